import type { Duration } from 'aws-cdk-lib'
import type { Problem } from './problems.ts'
import type { RotationPolicy } from './rotation-policy.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_TAG_VALUE = 256
const tagCharacters = /^[\p{L}\p{N}\p{Zs}+\-=._:/@]*$/u

export const NO_SCHEDULE = 'none'
export const DEFAULT_SCHEDULE = 'weekly'
export const DEFAULT_MAXIMUM_AGE_DAYS = 90

/** The `overlap:` tags of one secret, with defaults written out, so that a newer version of the functions reads them as they were meant. */
export function policyTags(
  policy: RotationPolicy,
  secret: { readonly kind: string; readonly isNew: boolean },
): Record<string, string> {
  const { schedule = DEFAULT_SCHEDULE, mode = secret.isNew ? 'enforce' : 'observe' } = policy
  const optional: Record<string, string | undefined> = {
    schedule: schedule === NO_SCHEDULE ? undefined : schedule,
    'max-age': policy.maximumAge && inTag(policy.maximumAge),
    drain: policy.drain && inTag(policy.drain),
    quarantine: policy.quarantine && inTag(policy.quarantine),
    consumers: policy.consumers && policy.consumers.length > 0 ? policy.consumers.join(' ') : undefined,
    strategy: policy.strategy,
    'accept-failed-logins': flag(policy.acceptFailedLogins),
    'allow-scram': flag(policy.allowScram),
    probe: policy.probe,
    partner: policy.partner,
    'adopt-partner': policy.adoptPartner,
    'new-user': flag(secret.isNew),
  }
  const tags: Record<string, string> = {
    'overlap:kind': secret.kind,
    'overlap:owner': policy.owner,
    'overlap:mode': mode,
  }
  for (const [name, value] of Object.entries(optional))
    if (value !== undefined) tags[`overlap:${name}`] = value
  return tags
}

/** What a tag cannot hold. `subject` names the secret. */
export function tagProblems(subject: string, tags: Readonly<Record<string, string>>): Problem[] {
  return Object.entries(tags).flatMap(([tag, value]) => {
    const problem = (message: string): Problem[] => [
      { code: 'TAG_INVALID', subject, field: fieldOf(tag), message: `tag ${tag} ${message}` },
    ]
    if (value.length > MAX_TAG_VALUE)
      return problem(`has ${MAX_TAG_VALUE} characters at most, this value has ${value.length}`)
    const refused = [...value].find((character) => !tagCharacters.test(character))
    if (refused !== undefined)
      return problem(
        `holds letters, digits, spaces and + - = . _ : / @ alone; found ${JSON.stringify(refused)}`,
      )
    return []
  })
}

/** A whole number and the largest unit that leaves none over. */
export function inTag(duration: Duration): string {
  const seconds = duration.toSeconds()
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
  ]
  for (const [size, unit] of units) if (seconds > 0 && seconds % size === 0) return `${seconds / size}${unit}`
  return `${seconds}s`
}

function flag(value: boolean | undefined): string | undefined {
  return value ? 'true' : undefined
}

/** `overlap:max-age` is what the user wrote as `maximumAge`. */
function fieldOf(tag: string): string {
  const name = tag.slice('overlap:'.length)
  if (name === 'max-age') return 'maximumAge'
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
