import { inTag } from '../durations.ts'
import { type Kind, lags, mints } from '../kinds.ts'
import type { SecretNature } from '../policy-tags.ts'
import type { AnyPolicy } from '../rotation-policy.ts'
import type { Expect, Problem } from './problems.ts'

/** What is said of users who log in, and means nothing for a key. */
const ofUsers = ['strategy', 'acceptFailedLogins', 'allowScram', 'probe', 'partner', 'adoptPartner'] as const

/** What is wrong with how keys shall be rotated that are minted by whoever accepts them. */
export function keyPolicyProblems(policy: AnyPolicy, { tellsUse }: SecretNature, expect: Expect): Problem[] {
  return [
    ...ofUsers.flatMap((field) =>
      expect(
        policy[field] === undefined,
        'SETTING_INVALID',
        field,
        'must not be set for a key: it is about users of a database. A key is always replaced by a second one beside it',
      ),
    ),
    ...expect(
      policy.evidence !== 'logged',
      'SETTING_INVALID',
      'evidence',
      'must not be logged for a key: no log without gaps tells who uses one. sampled asks for its last use',
    ),
    ...expect(
      policy.evidence !== 'sampled' || tellsUse,
      'SETTING_INVALID',
      'evidence',
      'must not be sampled: by its definition the provider does not tell when a key was last used, so nothing could ever be seen and the replaced key would stay valid',
    ),
    ...expect(
      policy.mode !== 'enforce' ||
        tellsUse ||
        (policy.consumers ?? []).length > 0 ||
        policy.evidence !== undefined,
      'SETTING_INVALID',
      'consumers',
      'must name who reads the secret where mode is enforce: by its definition the provider does not tell when a key was last used, so without consumers the replaced key is deleted by the clock, ' +
        "whoever still uses it. List them (manual:NAME for one that a person moves), or write evidence: 'clock' if the clock shall be enough",
    ),
  ]
}

/** What is wrong with how late a use is said to be told. */
export function lagProblems({ lag }: AnyPolicy, kind: Kind, expect: Expect): Problem[] {
  if (lag === undefined) return []
  const { atLeast } = lags[kind]
  return [
    ...expect(
      mints(kind),
      'SETTING_INVALID',
      'lag',
      'must not be set for a user of a database, whose sessions are seen at once',
    ),
    ...expect(
      lag.toMilliseconds() >= atLeast.toMilliseconds(),
      'DURATION_INVALID',
      'lag',
      `must be at least ${inTag(atLeast)}, since that is how late IAM may tell of a use; it is ${inTag(lag)}`,
    ),
  ]
}
