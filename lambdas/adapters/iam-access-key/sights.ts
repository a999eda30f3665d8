import type { KeyPlace, LastUse } from '../keys/place.ts'
import { placedKeys } from './attribution.ts'
import type { IamAccessKey } from './credential.ts'
import type { IamCaller, IamSights } from './iam.ts'

export interface Seen {
  /** Of the secret. */
  readonly mark: string
  /** host:port of IAM. */
  readonly endpoint: string
  readonly sights: IamSights
  readonly caller: IamCaller
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities */
const KEYS_PER_USER = 2

/** IAM as the place of a user's access keys, as far as it is looked at. */
export function iamSeen({ mark, endpoint, sights, caller }: Seen) {
  return {
    mostKeys: KEYS_PER_USER,
    disables: true,
    endpoint,
    async keys({ userName }) {
      const listed = await sights.keys(userName)
      // In this order: a key that was recorded meanwhile is not listed, rather than listed as nobody's.
      return placedKeys(mark, listed, await sights.tags(userName))
    },
    async lastUse(_of, keyId): Promise<LastUse> {
      const use = await sights.lastUsed(keyId)
      return use === undefined ? { known: 'never' } : { known: 'used', ...use, at: endOf(use.at) }
    },
    whoami: (key) => caller(key),
  } satisfies Partial<KeyPlace<IamAccessKey>>
}

const MINUTE_MS = 60_000

/**
 * Dates of a last use in AWS's own examples end with the minute (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html). Where one does, the use may be any in that
 * minute, and one after a moment must never look as if it came before it.
 */
function endOf(at: number): number {
  return at % MINUTE_MS === 0 ? at + MINUTE_MS - 1 : at
}
