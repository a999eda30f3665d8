import { type Environment, jsonVariable } from './environment.ts'

/**
 * `OVERLAP_OWNERS`: the owners that have metrics and alarms of their own, and the ARN of the topic that their alarms are told to; undefined where that is the
 * deployment's. A tag names any owner that somebody likes, and each metric costs money, so only these are ever a dimension. None when the variable is absent.
 * Throws `CONFIGURATION_INVALID`.
 */
export function ownersVariable(environment: Environment): ReadonlyMap<string, string | undefined> {
  const expected =
    'JSON of the form {"<owner>": "<ARN of a topic>" or ""}, an owner being what a tag can hold in ASCII'
  const owners = jsonVariable(environment, 'OVERLAP_OWNERS', expected, areOwners) ?? {}
  return new Map(Object.entries(owners).map(([owner, topic]) => [owner, topic === '' ? undefined : topic]))
}

/** `OVERLAP_OWNER_NAMES`: the same owners, for whoever counts and tells nobody. None when the variable is absent. Throws `CONFIGURATION_INVALID`. */
export function ownerNamesVariable(environment: Environment): readonly string[] {
  const expected = 'JSON of the form ["<owner>"], an owner being what a tag can hold in ASCII'
  return jsonVariable(environment, 'OVERLAP_OWNER_NAMES', expected, areNames) ?? []
}

function areNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((owner) => typeof owner === 'string' && ownerForm.test(owner))
}

/** They come to stand in a dimension, and in commands that people paste into a shell. */
function areOwners(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([owner, topic]) => ownerForm.test(owner) && isTopic(topic))
  )
}

const ownerForm = /^[A-Za-z0-9 +\-=._/@][A-Za-z0-9 +\-=._:/@]{0,255}$/

function isTopic(topic: unknown): boolean {
  return typeof topic === 'string' && (topic === '' || /^arn:[\w-]+:sns:/.test(topic))
}
