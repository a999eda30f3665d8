import { Token } from 'aws-cdk-lib'
import { expecting, found, type Problem } from './checks/problems.ts'
import { inTag } from './durations.ts'
import type { Kind } from './kinds.ts'
import type { AnyPolicy } from './rotation-policy.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_TAG_VALUE = 256
const tagCharacter = /^[\p{L}\p{N}\p{Zs}+\-=._:/@]$/u

export const NO_SCHEDULE = 'none'
export const DEFAULT_SCHEDULE = 'weekly'

/** What a policy's tags depend on besides the policy. */
export interface SecretNature {
  readonly kind: Kind
  /** The user is to be created. */
  readonly isNew: boolean
  /** Where the server's logins are logged. */
  readonly loginLogs: readonly string[]
  /** Whoever accepts the credential tells when it was used. */
  readonly tellsUse: boolean
  /** Name of the IAM user whose keys they are, where they are that. */
  readonly iamUser?: string
}

/** The `overlap:` tags of one secret. What is not said is not written: then the functions' own defaults hold. */
export function policyTags(
  policy: AnyPolicy,
  { kind, isNew, loginLogs, iamUser }: SecretNature,
): Record<string, string> {
  const { schedule = DEFAULT_SCHEDULE, mode = isNew ? 'enforce' : 'observe' } = policy
  const tags: Record<string, string | undefined> = {
    'overlap:kind': kind,
    'overlap:owner': policy.owner,
    'overlap:mode': mode,
    'overlap:iam-user': iamUser,
    'overlap:schedule': schedule === NO_SCHEDULE ? undefined : schedule,
    'overlap:max-age': policy.maximumAge && inTag(policy.maximumAge),
    'overlap:drain': policy.drain && inTag(policy.drain),
    'overlap:lag': policy.lag && inTag(policy.lag),
    'overlap:quarantine': policy.quarantine && inTag(policy.quarantine),
    'overlap:consumers': policy.consumers?.length ? policy.consumers.join(' ') : undefined,
    'overlap:evidence': policy.evidence,
    'overlap:login-log': loginLogs.length > 0 ? loginLogs.join(' ') : undefined,
    'overlap:strategy': policy.strategy,
    'overlap:accept-failed-logins': flag(policy.acceptFailedLogins),
    'overlap:allow-scram': flag(policy.allowScram),
    'overlap:probe': policy.probe,
    'overlap:partner': policy.partner,
    'overlap:adopt-partner': policy.adoptPartner,
    'overlap:new-user': flag(isNew),
  }
  return Object.fromEntries(
    Object.entries(tags).filter((tag): tag is [string, string] => tag[1] !== undefined),
  )
}

/** What a tag cannot hold. What only the deployment knows is not looked at. `subject` names the secret. */
export function tagProblems(subject: string, tags: Readonly<Record<string, string>>): Problem[] {
  const expect = expecting(subject)
  return Object.entries(tags).flatMap(([tag, value]) => {
    if (Token.isUnresolved(value)) return []
    const refused = [...value].find((character) => !tagCharacter.test(character))
    return [
      ...expect(
        value !== '' && value.length <= MAX_TAG_VALUE,
        'TAG_INVALID',
        fieldOf(tag),
        `must have 1 to ${MAX_TAG_VALUE} characters, since the tag ${tag} holds it; it has ${value.length}`,
      ),
      ...expect(
        refused === undefined,
        'TAG_INVALID',
        fieldOf(tag),
        `must consist of letters, digits, spaces and + - = . _ : / @, since the tag ${tag} holds it; ${found(refused)}`,
      ),
    ]
  })
}

function flag(value: boolean | undefined): string | undefined {
  return value ? 'true' : undefined
}

/** `overlap:adopt-partner` is what the user wrote as `adoptPartner`. */
function fieldOf(tag: string): string {
  if (tag === 'overlap:max-age') return 'maximumAge'
  if (tag === 'overlap:login-log') return 'loginLogs'
  if (tag === 'overlap:iam-user') return 'userArn'
  return tag.slice('overlap:'.length).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
