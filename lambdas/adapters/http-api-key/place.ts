import { createHash } from 'node:crypto'
import type { KeyPlace, LastUse, Whoami } from '../keys/place.ts'
import {
  comparable,
  instantAt,
  invalid,
  meets,
  refuseEmpty,
  refuseKey,
  shown,
  type Told,
  textAt,
} from './answers.ts'
import { CHANGE_MS, type HttpPlaceOptions, httpAsking, idValue } from './asking.ts'
import { headersOf } from './authentication.ts'
import { call } from './calls.ts'
import type { HttpApiKey } from './credential.ts'
import { nameMark } from './key-name.ts'
import { listedKeys, placedKey } from './listing.ts'
import { pointed } from './pointers.ts'
import type { HttpProvider, LastUsedStep } from './provider.ts'
import { addressOf, bodyOf } from './requests.ts'
import { withValues } from './template.ts'

/** What both a rotation and a retirement ask of a provider that is described as data: it tells of keys, and puts one back. */
export function httpKeyPlace(options: HttpPlaceOptions) {
  const { provider } = options
  const { ask, askPage, change } = httpAsking(options)
  const mark = nameMark(options.secretArn)
  const endpoint = endpointOf(provider)

  return {
    mostKeys: provider.keys,
    disables: provider.disable !== undefined,
    endpoint,

    async keys() {
      const listed = await listedKeys(provider, (url) => askPage('list', provider.list, url))
      return listed.map((key) => placedKey(key, mark))
    },

    /** A key's name says whose it is since it was minted, and there is no room for more. */
    record: async () => {},

    async activate(_of, keyId) {
      if (provider.enable)
        await change('enable', provider.enable, keyId, { until: options.now() + CHANGE_MS })
    },

    async lastUse(of, keyId): Promise<LastUse> {
      const { lastUsed: step, times } = provider
      if (step === undefined) return { known: 'nothing' }
      const { told } = await ask({ name: 'lastUsed', step, values: idValue(keyId), again: 'read' })
      refuseEmpty(told)
      return lastUseIn(told, step.expect, times, of.key)
    },

    async whoami(key): Promise<Whoami> {
      const { whoami } = provider
      const values = new Map([...withValues(provider.with), ...idValue(key.keyId), ['key', key.key]])
      const refused = whoami.refused ?? [401]
      const { status, told } = await call(options, {
        step: 'whoami',
        method: whoami.method,
        url: addressOf(provider, whoami, idValue(key.keyId)),
        body: bodyOf(provider, whoami, idValue(key.keyId), undefined),
        headers: async () => headersOf(provider.key, values),
        as: 'key',
        again: 'read',
        answers: refused,
      })
      if (refused.includes(status)) return { answer: 'unknown' }
      if (saysMoreThanItsStatus(provider)) refuseEmpty(told)
      const { as, keyId, rights, active } = whoami.expect ?? {}
      if (active !== undefined && !meets(told.document, active)) return { answer: 'unknown' }
      if (keyId !== undefined && textAt(told, keyId) !== key.keyId) return { answer: 'another id' }
      return {
        answer: 'accepted',
        as: as === undefined ? endpoint : accountIn(told, as, key.key),
        ...(rights === undefined ? {} : { rights: rightsIn(told, rights, key.key) }),
      }
    },
  } satisfies Partial<KeyPlace<HttpApiKey>>
}

/** Where a definition reads nothing in the answer to `whoami`, the status alone says that the key is known. */
function saysMoreThanItsStatus({ whoami, failure, success }: HttpProvider): boolean {
  return [...Object.values(whoami.expect ?? {}), failure, success].some((read) => read !== undefined)
}

/** `host:port`. */
export function endpointOf({ origin }: Pick<HttpProvider, 'origin'>): string {
  const { hostname, port } = new URL(origin)
  return `${hostname}:${port || '443'}`
}

/** Where there is nothing at all nobody knows; null says that there was none. */
function lastUseIn(
  told: Told,
  { at, by, from }: LastUsedStep['expect'],
  times: HttpProvider['times'],
  key: string,
): LastUse {
  const moment = instantAt(told, at, times)
  if (moment === undefined) return { known: pointed(told.document, at) === null ? 'never' : 'nothing' }
  return { known: 'used', at: moment, by: words(told, by, key), from: words(told, from, key) }
}

/** It is shown to people, and kept in the journal. */
function words(told: Told, pointer: string | undefined, key: string): string {
  const value = pointer === undefined ? undefined : pointed(told.document, pointer)
  if (pointer === undefined || typeof value !== 'string') return ''
  refuseKey(told, pointer, value, key)
  return value.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100)
}

function accountIn(told: Told, pointer: string, key: string): string {
  const account = textAt(told, pointer, (text) => text.length <= 200)
  refuseKey(told, pointer, account, key)
  return account
}

/** Rights that are long are told by their digest, which compares as well. */
function rightsIn(told: Told, pointer: string, key: string): string {
  const value = pointed(told.document, pointer)
  if (value === undefined) throw invalid(told, `holds nothing at ${shown(pointer)}`)
  const rights = comparable(value)
  refuseKey(told, pointer, rights, key)
  return rights.length <= 1_000 ? rights : `sha256 ${createHash('sha256').update(rights).digest('hex')}`
}
