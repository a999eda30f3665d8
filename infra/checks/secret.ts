import { inTag, inWords } from '../durations.ts'
import { type Kind, mints } from '../kinds.ts'
import type { Settings } from '../overlap-settings.ts'
import { policyTags, type SecretNature, tagProblems } from '../policy-tags.ts'
import type { AnyPolicy } from '../rotation-policy.ts'
import { acknowledgedProblems, consumerProblems } from './consumers.ts'
import { durationProblems } from './durations.ts'
import { keyPolicyProblems, lagProblems } from './key-policy.ts'
import { DEFAULT_DRAIN, DEFAULT_MAXIMUM_AGE, DEFAULT_QUARANTINE } from './policy-defaults.ts'
import { type Expect, expecting, found, type Problem } from './problems.ts'
import { timingProblems } from './timing.ts'

/** What the deployment of a secret says. */
export interface Declared {
  readonly settings: Settings
  /** Names of its Kubernetes clusters. */
  readonly clusters: readonly string[]
}

/** Everything that is wrong with how this secret shall be rotated. `subject` names it. */
export function secretProblems(
  subject: string,
  policy: AnyPolicy,
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
  const { drain, lag, quarantine } = policy
  return [
    ...durationProblems({ drain, lag, quarantine }, expect),
    ...tagProblems(subject, policyTags(policy, nature)),
    ...modeProblems(policy, expect),
    ...(mints(nature.kind)
      ? keyPolicyProblems(policy, nature, expect)
      : loginProblems(policy, nature, expect)),
    ...lagProblems(policy, nature.kind, expect),
    ...consumerProblems('consumers', policy.consumers ?? [], clusters, expect),
    ...acknowledgedProblems(policy.consumers ?? [], expect),
    ...evidenceProblems(policy, expect),
    ...maximumAgeProblems(policy, expect),
    ...drainProblems(policy, nature.kind, settings, expect),
    ...quarantineProblems(policy, nature, settings, expect),
    ...timingProblems(policy, nature.kind, settings, expect),
  ]
}

function modeProblems({ mode }: AnyPolicy, expect: Expect): Problem[] {
  return expect(
    mode === undefined || mode === 'observe' || mode === 'enforce',
    'SETTING_INVALID',
    'mode',
    `must be observe or enforce; ${found(mode)}`,
  )
}

/** What is asked of users who log in. */
function loginProblems(policy: AnyPolicy, { loginLogs }: SecretNature, expect: Expect): Problem[] {
  const { strategy = 'alternating-users', evidence } = policy
  const swaps = strategy === 'single-user'
  return [
    ...expect(
      evidence !== 'logged' || loginLogs.length > 0,
      'SETTING_INVALID',
      'evidence',
      'must not be logged without loginLogs of the database: it asks what the log of logins shows',
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
  { evidence = 'clock', consumers = [], drain = DEFAULT_DRAIN }: AnyPolicy,
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
      evidence === 'clock' || drain.toMilliseconds() > 0,
      'SETTING_INVALID',
      'evidence',
      `must not be ${evidence} with a drain of 0, in which nothing can be seen`,
    ),
  ]
}

function maximumAgeProblems({ maximumAge = DEFAULT_MAXIMUM_AGE }: AnyPolicy, expect: Expect): Problem[] {
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
  { drain = DEFAULT_DRAIN }: AnyPolicy,
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
  const needed = sweepEvery.toMilliseconds()
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
  { quarantine = DEFAULT_QUARANTINE, strategy }: AnyPolicy,
  { kind, loginLogs }: SecretNature,
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
      `must be at least twice the sampleEvery of the deployment, ${inWords(looks)}, or 0, since ${mints(kind) ? '' : 'the database names no loginLogs and '}only looks tell who is refused; it is ${inTag(quarantine)}`,
    ),
  ]
}
