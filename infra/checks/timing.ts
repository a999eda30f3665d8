import type { Duration } from 'aws-cdk-lib'
import { readCron } from '../cron.ts'
import { inTag, inWords } from '../durations.ts'
import { type Kind, lags } from '../kinds.ts'
import type { Settings } from '../overlap-settings.ts'
import { DEFAULT_SCHEDULE, NO_SCHEDULE } from '../policy-tags.ts'
import type { AnyPolicy } from '../rotation-policy.ts'
import { DEFAULT_DRAIN, DEFAULT_MAXIMUM_AGE, DEFAULT_QUARANTINE } from './policy-defaults.ts'
import { type Expect, found, type Problem } from './problems.ts'

/** Does a rotation come when it shall, and is all of it over before the next one? */
export function timingProblems(policy: AnyPolicy, kind: Kind, settings: Settings, expect: Expect): Problem[] {
  const { schedule = DEFAULT_SCHEDULE, maximumAge = DEFAULT_MAXIMUM_AGE } = policy
  const ageMs = maximumAge.toMilliseconds()
  if (schedule === NO_SCHEDULE)
    return gapProblems(policy, kind, settings, { gapMs: ageMs, by: 'maximumAge' }, expect)
  const names = Object.keys(settings.schedules)
  const recurrence = names.includes(schedule) ? settings.schedules[schedule] : undefined
  if (recurrence === undefined)
    return expect(
      false,
      'SCHEDULE_UNKNOWN',
      'schedule',
      `must be one of ${[...names, NO_SCHEDULE].join(', ')}; ${found(schedule)}`,
    )
  const reading = readCron(recurrence)
  // What is wrong with a schedule is told once, for the schedule.
  if (reading.problem !== undefined) return []
  return [
    ...expect(
      ageMs > reading.longestGapMs,
      'MAXIMUM_AGE_TOO_SHORT',
      'maximumAge',
      `must be longer than the longest gap between two runs of ${schedule}, ${inWords(reading.longestGapMs)}, or Secrets Manager rotates at an hour of its own choice; it is ${inTag(maximumAge)}`,
    ),
    ...(ageMs > reading.longestGapMs
      ? staleProblems(policy, kind, settings, reading.longestGapMs, expect)
      : []),
    ...gapProblems(
      policy,
      kind,
      settings,
      { gapMs: reading.shortestGapMs, by: `schedule ${schedule}` },
      expect,
    ),
  ]
}

/** An alarm that rings although everything happens as it was asked for teaches people not to look. */
function staleProblems(
  policy: AnyPolicy,
  kind: Kind,
  { staleWarning, staleCritical }: Settings,
  longestGapMs: number,
  expect: Expect,
): Problem[] {
  const { maximumAge, strategy } = policy
  const criticalMs = staleCritical.toMilliseconds()
  // A secret's own maximum age may only tighten what the deployment judges by (lambdas/inventory/thresholds.ts).
  const ownMs = Math.min(maximumAge?.toMilliseconds() ?? criticalMs, criticalMs)
  const warningMs = staleWarning.toMilliseconds() * (ownMs / criticalMs)
  const oldestMs = longestGapMs + (strategy === 'single-user' ? 0 : sumOf(drainOf(policy, kind)))
  return expect(
    oldestMs < warningMs,
    'STALE_BY_DESIGN',
    ownMs === criticalMs ? 'schedule' : 'maximumAge',
    `must have every credential replaced, and its drain over, before it is due: that takes up to ${inWords(oldestMs)}, and it is due when it is ${inWords(warningMs)} old. ` +
      `Rotate more often, or lengthen ${ownMs === criticalMs ? 'the staleWarning of the deployment' : 'maximumAge'}`,
  )
}

/** All of one rotation must be over before the next begins, which would find its slot taken. */
function gapProblems(
  policy: AnyPolicy,
  kind: Kind,
  { rolloutLimit, sweepEvery }: Settings,
  { gapMs, by }: { readonly gapMs: number; readonly by: string },
  expect: Expect,
): Problem[] {
  const { quarantine = DEFAULT_QUARANTINE, strategy } = policy
  const retirement = strategy === 'single-user' ? {} : { ...drainOf(policy, kind), quarantine }
  const phases = { rolloutLimit, ...retirement, sweepEvery }
  const needed = sumOf(phases)
  const sum = Object.entries(phases)
    .map(([name, duration]) => `${name} ${inTag(duration)}`)
    .join(' + ')
  return expect(
    needed <= gapMs,
    'TIMING_TOO_TIGHT',
    'schedule',
    `${sum} = ${inWords(needed)} must fit into the shortest gap between two rotations, ${inWords(gapMs)} by ${by}. Rotate less often, or shorten drain or quarantine`,
  )
}

/** A drain goes on for as long as a use at its end may be told later. One of zero is a swap, and waits for nothing. */
function drainOf({ drain = DEFAULT_DRAIN, lag }: AnyPolicy, kind: Kind): Readonly<Record<string, Duration>> {
  const late = lag ?? lags[kind].byDefault
  return drain.toMilliseconds() === 0 || late.toMilliseconds() === 0 ? { drain } : { drain, lag: late }
}

function sumOf(phases: Readonly<Record<string, Duration>>): number {
  return Object.values(phases).reduce((sum, duration) => sum + duration.toMilliseconds(), 0)
}
