import { parsePolicy } from '../rotation/policy.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Entry } from './entry.ts'
import type { Operating, Subject } from './operating.ts'

/** What would block a rotation now, as the rotation function and the deployment's schedules say. */
export async function check(
  { settings }: Operating,
  { secret: { arn, name, tags }, functions: { rotate } }: Subject,
): Promise<Entry> {
  const found = await rotate.check(arn)
  return {
    secret: arn,
    name,
    ...(found.outcome === 'ready'
      ? { ...found, ...unscheduled(tags, [...settings.schedules.keys()]) }
      : found),
  }
}

/** The rotation function does not know the deployment's schedules; and a secret with an unknown one is never rotated by itself. */
function unscheduled(tags: SecretDescription['tags'], schedules: readonly string[]): Partial<Entry> {
  const { schedule } = parsePolicy(tags, 0)
  if (schedule === undefined || schedules.includes(schedule)) return {}
  const known = schedules.length === 0 ? 'it has none' : `it has ${schedules.join(', ')}`
  return {
    outcome: 'blocked',
    code: 'POLICY_INVALID',
    message: `tag overlap:schedule names ${schedule}, which is no schedule of this deployment: ${known}`,
  }
}
