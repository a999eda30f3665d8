import { OverlapError } from '../../rotation/errors.ts'
import type { KeyPlace } from '../keys/place.ts'
import { CHANGE_MS, type HttpPlaceOptions, httpAsking } from './asking.ts'
import type { HttpApiKey } from './credential.ts'
import { listedKeys } from './listing.ts'

/** Statuses that say that a key is gone, which is what was asked for. */
const GONE = [404, 410]

/** A list may be told late. Milliseconds before each look. */
const LOOKS_MS = [0, 1_000, 2_000]

/** Takes keys out of use, and away. */
export function httpRevoking(options: HttpPlaceOptions) {
  const { provider, now, sleep, remaining } = options
  const { disable, remove } = provider
  const { askPage, change } = httpAsking(options)

  const isListed = async (keyId: string, until?: number) => {
    const keys = await listedKeys(provider, (url) => askPage('list', provider.list, url, until))
    return keys.some(({ id }) => id === keyId)
  }

  return {
    async deactivate(_of, keyId) {
      if (disable) await change('disable', disable, keyId, { until: now() + CHANGE_MS })
    },

    /** What is not a key of the account is not deleted, and what is said to be deleted must be gone from the list: anybody on the way may answer 404. */
    async remove(_of, keyId) {
      const until = now() + CHANGE_MS
      if (!(await isListed(keyId, until))) return
      await change('remove', remove, keyId, { until, answers: GONE })
      for (const pause of LOOKS_MS) {
        if (remaining() < pause) break
        if (pause > 0) await sleep(pause)
        if (!(await isListed(keyId))) return
      }
      throw new OverlapError(
        'PROVIDER_FAILED',
        `remove: the provider says that key ${keyId} is deleted, and lists it all the same: the next attempt looks again`,
        { detail: { step: 'remove', key: keyId } },
      )
    },

    /** There are names alone, which go with their keys. */
    forget: async () => {},
  } satisfies Partial<KeyPlace<HttpApiKey>>
}
