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
  readonly #byUser = new Map<string, string>()

  hear(secret: ListedSecret): void {
    if (secret.tags.get('overlap:kind') !== 'iam-access-key' || !isOverlaps(secret)) return
    this.#marks.add(markOf(secret.arn))
    const user = secret.tags.get('overlap:iam-user')
    if (user !== undefined) this.#byUser.set(userIn(secret.arn, user), secret.name)
  }

  hold(key: AccessKey): boolean {
    const mark = secretOfKey(key)
    return mark !== undefined && this.#marks.has(mark)
  }

  /** Name of the secret that holds a key of the same user, as its tag `overlap:iam-user` says. Before its first rotation nothing else says which of the user's keys that is. */
  ofUser({ userArn, userName }: AccessKey): string | undefined {
    return this.#byUser.get(userIn(userArn, userName))
  }
}

/** A user of the account that an ARN is of. In which case a name is written tells no user from another. */
function userIn(arn: string, userName: string): string {
  return `${arn.split(':')[4]} ${userName.toLowerCase()}`
}
