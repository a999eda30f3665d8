import type { KeyPlace } from '../keys/place.ts'
import { type HttpPlaceOptions, httpAsking } from './asking.ts'
import type { HttpApiKey } from './credential.ts'

/** Statuses that say that a key is gone, which is what was asked for. */
const GONE = [404, 410]

/** Takes keys out of use, and away. */
export function httpRevoking(options: HttpPlaceOptions) {
  const { disable, remove } = options.provider
  const { change } = httpAsking(options)
  return {
    async deactivate(_of, keyId) {
      if (disable) await change('disable', disable, keyId)
    },
    remove: (_of, keyId) => change('remove', remove, keyId, GONE),
    /** There are names alone, which go with their keys. */
    forget: async () => {},
  } satisfies Partial<KeyPlace<HttpApiKey>>
}
