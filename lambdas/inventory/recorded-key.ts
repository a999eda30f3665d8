import { createHash } from 'node:crypto'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import type { AccessKey } from './access-key.ts'
import { isOverlaps } from './ours.ts'

/**
 * Which secret in rotation has this key on record, as the tag of its user tells (`overlap:key:ID`, docs/decisions/2026-11-26-whose-a-key-is.md): in the form of `markOf`. Whoever may
 * tag the user can make it look so.
 */
export function secretOfKey({ id, tags }: AccessKey): string | undefined {
  const record = tags?.get(`overlap:key:${id}`) ?? ''
  return /^v=1 (?:.* )?secret=([0-9a-f]{16})(?: |$)/.exec(record)?.[1]
}

/** What stands for a secret on the tags of IAM users. */
export function markOf(secretArn: string): string {
  return createHash('sha256').update(secretArn).digest('hex').slice(0, 16)
}

/** The secrets that were listed and are rotated with access keys: what they hold is told with them, and not once more. */
export class KeysOfSecrets {
  readonly #marks = new Set<string>()

  hear(secret: ListedSecret): void {
    if (secret.tags.get('overlap:kind') === 'iam-access-key' && isOverlaps(secret))
      this.#marks.add(markOf(secret.arn))
  }

  hold(key: AccessKey): boolean {
    const mark = secretOfKey(key)
    return mark !== undefined && this.#marks.has(mark)
  }
}
