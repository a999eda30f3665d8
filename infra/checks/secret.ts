import { Duration } from 'aws-cdk-lib'
import { readCron } from '../cron.ts'
import { inTag, inWords } from '../durations.ts'
import { evidenceLag, type Kind } from '../kinds.ts'
import type { Settings } from '../overlap-settings.ts'
import { DEFAULT_SCHEDULE, NO_SCHEDULE, policyTags, type SecretNature, tagProblems } from '../policy-tags.ts'
import type { RotationPolicy } from '../rotation-policy.ts'
import { acknowledgedProblems, consumerProblems } from './consumers.ts'
import { type Expect, expecting, found, type Problem } from './problems.ts'

/** What the functions assume where a tag is missing. */
const DEFAULT_DRAIN = Duration.hours(24)
const DEFAULT_QUARANTINE = Duration.hours(48)
export const DEFAULT_MAXIMUM_AGE = Duration.days(90)

/** What the deployment of a secret says. */
export interface Declared {
  readonly settings: Settings
  /** Names of its Kubernetes clusters. */
  readonly clusters: readonly string[]
}

/** Everything that is wrong with how this secret shall be rotated. `subject` names it. */
export function secretProblems(
  subject: string,
  policy: RotationPolicy,
  nature: SecretNature,
  { settings, clusters }: Declared,
): Problem[] {
  const expect = expecting(subject)
  const ownerless = expect(
    typeof policy.owner === 'string' && policy.owner.trim() !== '',
    'OWNER_MISSING',
    'owner',
    'must name who is told about this secret, such as team-shop',
  )
  if (ownerless.length > 0) return ownerless
  return [
    ...tagProblems(subject, policyTags(policy, nature)),
    ...choiceProblems(policy, expect),
    ...consumerProblems('consumers', policy.consumers ?? [], clusters, expect),
    ...acknowledgedProblems(policy.consumers ?? [], expect),
    ...evidenceProblems(policy, nature, expect),
    ...maximumAgeProblems(policy, expect),
    ...drainProblems(policy, nature.kind, settings, expect),
    ...quarantineProblems(policy, nature, settings, expect),
    ...scheduleProblems(policy, settings, expect),
  ]
}

function choiceProblems(policy: RotationPolicy, expect: Expect): Problem[] {
  const { mode, strategy = 'alternating-users' } = policy
  const swaps = strategy === 'single-user'
  return [
    ...expect(
      mode === undefined || mode === 'observe' || mode === 'enforce',
      'SETTING_INVALID',
      'mode',
      `must be observe or enforce; ${found(mode)}`,
    ),
    ...expect(
      swaps || strategy === 'alternating-users',
      'SETTING_INVALID',
      'strategy',
      `must be alternating-users or single-user; ${found(strategy)}`,
    ),
    ...expect(
      !swaps || policy.acceptFailedLogins === true,
      'SETTING_INVALID',
      'acceptFailedLogins',
      'must be true for the strategy single-user: from the change of the password until a consumer has read the new version its logins fail',
    ),
    ...expect(
      !swaps || (policy.partner ?? policy.adoptPartner) === undefined,
      'SETTING_INVALID',
      policy.partner === undefined ? 'adoptPartner' : 'partner',
      'must not be set for the strategy single-user, which has no second user',
    ),
  ]
}

/** What could never be known would keep every replaced credential valid for ever. */
function evidenceProblems(
  { evidence = 'clock', consumers = [], drain = DEFAULT_DRAIN }: RotationPolicy,
  { loginLogs }: SecretNature,
  expect: Expect,
): Problem[] {
  return [
    ...expect(
      ['clock', 'sampled', 'logged'].includes(evidence),
      'SETTING_INVALID',
      'evidence',
      `must be clock, sampled or logged; ${found(evidence)}`,
    ),
    ...expect(
      evidence !== 'sampled' || consumers.length > 0,
      'SETTING_INVALID',
      'evidence',
      'must not be sampled without consumers: it asks that every consumer was seen on the new version, and none is declared',
    ),
    ...expect(
      evidence !== 'logged' || loginLogs.length > 0,
      'SETTING_INVALID',
      'evidence',
      'must not be logged without loginLogs of the database: it asks what the log of logins shows',
    ),
    ...expect(
      evidence === 'clock' || drain.toMilliseconds() > 0,
      'SETTING_INVALID',
      'evidence',
      `must not be ${evidence} with a drain of 0, in which nothing can be seen`,
    ),
  ]
}

function maximumAgeProblems({ maximumAge = DEFAULT_MAXIMUM_AGE }: RotationPolicy, expect: Expect): Problem[] {
  const days = maximumAge.toDays({ integral: false })
  return expect(
    Number.isInteger(days) && days >= 1 && days <= 1000,
    'DURATION_INVALID',
    'maximumAge',
    `must be 1 to 1000 whole days, as Secrets Manager's AutomaticallyAfterDays is; it is ${inTag(maximumAge)}`,
  )
}

/** A drain of zero is a swap, which a deployment asks for with a floor of zero. */
function drainProblems(
  { drain = DEFAULT_DRAIN }: RotationPolicy,
  kind: Kind,
  { drainFloor, sweepEvery, sampleEvery }: Settings,
  expect: Expect,
): Problem[] {
  const asked = drain.toMilliseconds()
  const tooLow = expect(
    asked >= drainFloor.toMilliseconds(),
    'DRAIN_TOO_SHORT',
    'drain',
    `must be at least the drainFloor of the deployment, ${inTag(drainFloor)}; it is ${inTag(drain)}`,
  )
  if (tooLow.length > 0) return tooLow
  const needed = evidenceLag[kind].toMilliseconds() + sweepEvery.toMilliseconds()
  const looks = 2 * sampleEvery.toMilliseconds()
  return [
    ...expect(
      asked === 0 || asked >= needed,
      'DRAIN_TOO_SHORT',
      'drain',
      `must be at least ${inWords(needed)}, so that a pass of the sweep can see who still uses a credential of kind ${kind}; it is ${inTag(drain)}`,
    ),
    ...expect(
      asked === 0 || asked >= looks,
      'DRAIN_TOO_SHORT',
      'drain',
      `must be at least twice the sampleEvery of the deployment, ${inWords(looks)}, so that who uses the credential is looked at more than once; it is ${inTag(drain)}`,
    ),
  ]
}

/** Without a log of logins only looks tell that somebody got hold of what is disabled, so at least one of them has to come. */
function quarantineProblems(
  { quarantine = DEFAULT_QUARANTINE, strategy }: RotationPolicy,
  { loginLogs }: SecretNature,
  { quarantineFloor, sampleEvery }: Settings,
  expect: Expect,
): Problem[] {
  if (strategy === 'single-user') return []
  const asked = quarantine.toMilliseconds()
  const looks = 2 * sampleEvery.toMilliseconds()
  return [
    ...expect(
      asked >= quarantineFloor.toMilliseconds(),
      'QUARANTINE_TOO_SHORT',
      'quarantine',
      `must be at least the quarantineFloor of the deployment, ${inTag(quarantineFloor)}; it is ${inTag(quarantine)}`,
    ),
    ...expect(
      asked === 0 || loginLogs.length > 0 || asked >= looks,
      'QUARANTINE_TOO_SHORT',
      'quarantine',
      `must be at least twice the sampleEvery of the deployment, ${inWords(looks)}, or 0, since the database names no loginLogs and only looks tell who is refused; it is ${inTag(quarantine)}`,
    ),
  ]
}

function scheduleProblems(policy: RotationPolicy, settings: Settings, expect: Expect): Problem[] {
  const { schedule = DEFAULT_SCHEDULE, maximumAge = DEFAULT_MAXIMUM_AGE } = policy
  const ageMs = maximumAge.toMilliseconds()
  if (schedule === NO_SCHEDULE) return timingProblems(policy, settings, ageMs, 'maximumAge', expect)
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
    ...(ageMs > reading.longestGapMs ? staleProblems(policy, settings, reading.longestGapMs, expect) : []),
    ...timingProblems(policy, settings, reading.shortestGapMs, `schedule ${schedule}`, expect),
  ]
}

/** An alarm that rings although everything happens as it was asked for teaches people not to look. */
function staleProblems(
  { maximumAge, drain = DEFAULT_DRAIN, strategy }: RotationPolicy,
  { staleWarning, staleCritical }: Settings,
  longestGapMs: number,
  expect: Expect,
): Problem[] {
  const criticalMs = staleCritical.toMilliseconds()
  // A secret's own maximum age may only tighten what the deployment judges by (lambdas/inventory/thresholds.ts).
  const ownMs = Math.min(maximumAge?.toMilliseconds() ?? criticalMs, criticalMs)
  const warningMs = staleWarning.toMilliseconds() * (ownMs / criticalMs)
  const oldestMs = longestGapMs + (strategy === 'single-user' ? 0 : drain.toMilliseconds())
  return expect(
    oldestMs < warningMs,
    'STALE_BY_DESIGN',
    ownMs === criticalMs ? 'schedule' : 'maximumAge',
    `must have every credential replaced, and its drain over, before it is due: that takes up to ${inWords(oldestMs)}, and it is due when it is ${inWords(warningMs)} old. ` +
      `Rotate more often, or lengthen ${ownMs === criticalMs ? 'the staleWarning of the deployment' : 'maximumAge'}`,
  )
}

/** All of one rotation must be over before the next begins, which would find its slot taken. */
function timingProblems(
  { drain = DEFAULT_DRAIN, quarantine = DEFAULT_QUARANTINE, strategy }: RotationPolicy,
  { rolloutLimit, sweepEvery }: Settings,
  gapMs: number,
  between: string,
  expect: Expect,
): Problem[] {
  const retirement = strategy === 'single-user' ? {} : { drain, quarantine }
  const phases = Object.entries({ rolloutLimit, ...retirement, sweepEvery })
  const needed = phases.reduce((sum, [, duration]) => sum + duration.toMilliseconds(), 0)
  const sum = phases.map(([name, duration]) => `${name} ${inTag(duration)}`).join(' + ')
  return expect(
    needed <= gapMs,
    'TIMING_TOO_TIGHT',
    'schedule',
    `${sum} = ${inWords(needed)} must fit into the shortest gap between two rotations, ${inWords(gapMs)} by ${between}. Rotate less often, or shorten drain or quarantine`,
  )
}
