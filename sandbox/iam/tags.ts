import { QueryError } from '../query-service.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const TAGS_PER_USER = 50

const keyForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const valueForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

export function isTag(key: string, value: string): boolean {
  return keyForm.test(key) && valueForm.test(value) && !/^aws:/i.test(key)
}

/**
 * Tags of a user. Keys that differ in case alone are one key, and a tag that is set again replaces the one that was there
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules).
 */
export class Tags {
  /** By key in lower case. */
  readonly #tags = new Map<string, readonly [key: string, value: string]>()

  /** All of them or none. Throws QueryError; its words but for those of the quota are not documented. */
  set(tags: readonly (readonly [key: string, value: string])[]): void {
    const named = new Set(tags.map(([key]) => key.toLowerCase()))
    if (named.size < tags.length)
      throw new QueryError(
        'InvalidInput',
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
        400,
      )
    if (new Set([...this.#tags.keys(), ...named]).size > TAGS_PER_USER)
      throw new QueryError('LimitExceeded', 'The number of tags has reached the maximum limit.', 409)
    for (const [key, value] of tags) this.#tags.set(key.toLowerCase(), [key, value])
  }

  /** One that is not there is no error, which is not documented. */
  remove(keys: readonly string[]): void {
    for (const key of keys) this.#tags.delete(key.toLowerCase())
  }

  list(): readonly (readonly [key: string, value: string])[] {
    return [...this.#tags.values()]
  }
}
