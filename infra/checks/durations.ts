import type { Duration } from 'aws-cdk-lib'
import { inTag } from '../durations.ts'
import type { Expect, Problem } from './problems.ts'

/** As the functions read one (lambdas/rotation/policy.ts). */
const durationForm = /^\d{1,6}[smhd]$/

/** What is wrong with durations that become tags or variables, by field. Those that nobody set are right. */
export function durationProblems(
  durations: Readonly<Record<string, Duration | undefined>>,
  expect: Expect,
): Problem[] {
  return Object.entries(durations).flatMap(([field, duration]) =>
    expect(
      duration === undefined || durationForm.test(inTag(duration)),
      'DURATION_INVALID',
      field,
      `must be whole seconds, and no more than 999999 of the largest unit (seconds, minutes, hours or days) that divides it; it is ${duration && inTag(duration)}`,
    ),
  )
}
