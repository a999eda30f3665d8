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

  const standingOf = async (keyId: string, witness: string | undefined, until?: number) => {
    const keys = await listedKeys(provider, (url) => askPage('list', provider.list, url, until))
    const isListed = (sought: string) => keys.some(({ id }) => id === sought)
    if (isListed(keyId)) return 'listed'
    return witness === undefined || isListed(witness) ? 'gone' : 'unknown'
  }

  return {
    async deactivate(_of, keyId) {
      if (disable) await change('disable', disable, keyId, { until: now() + CHANGE_MS })
    },

    /** What is not a key of the account is not deleted, and what is said to be deleted must be gone from the list: anybody on the way may answer 404. */
    async remove(_of, keyId, witness?: string) {
      const until = now() + CHANGE_MS
      const before = await standingOf(keyId, witness, until)
      if (before === 'gone') return
      if (before === 'unknown') throw incomplete(keyId, witness, 'nothing was deleted')
      await change('remove', remove, keyId, { until, answers: GONE })
      let after: Awaited<ReturnType<typeof standingOf>> = 'listed'
      for (const pause of LOOKS_MS) {
        if (remaining() < pause) break
        if (pause > 0) await sleep(pause)
        after = await standingOf(keyId, witness)
        if (after === 'gone') return
      }
      if (after === 'unknown') throw incomplete(keyId, witness, 'whether it is deleted is not known')
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

function incomplete(keyId: string, witness: string | undefined, what: string): OverlapError {
  return new OverlapError(
    'PROVIDER_ANSWER_INVALID',
    `remove: the list has neither key ${keyId} nor key ${witness}, which AWSCURRENT holds and which was listed a moment ago, so it is incomplete: ${what}, and the next attempt looks again`,
    { detail: { step: 'list', key: keyId } },
  )
}
