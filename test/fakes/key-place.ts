import type { KeyCodec } from '../../lambdas/adapters/keys/codec.ts'
import type { KeyPlace, PlacedKey } from '../../lambdas/adapters/keys/place.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { FakeKey, KeyServer, ServedKey } from './key-server.ts'
import type { Call } from './process.ts'

export interface KeyPlaceTraits {
  /** The secret that the place is made for. */
  readonly secret: string
  readonly now: () => number
  /** `tags`, as IAM: an intent, and a record for each key. `names`, as a provider: a key is called after its version, and nothing else is on record. */
  readonly records: 'tags' | 'names'
  readonly disables: boolean
  readonly tellsLastUse: boolean
  /** How a version id stands in a name, where that is not as it is. */
  readonly writtenAs?: (versionId: string) => string
}

/** An intent that is older is written once more, in the moment of minting. */
const INTENT_MS = 5_000
/** A key that was made in this time around its intent fits it. */
const FITS_MS = { before: 2_000, after: 30_000 }

/** A request that was held up for longer is given up, and is never carried out. */
const CALL_MS = 8_000

/** What it promises is in lambdas/adapters/keys/place.ts. Every call of it is one that a process may die at, or be paused before. */
export function keyPlace(server: KeyServer, through: Call, traits: KeyPlaceTraits): KeyPlace<FakeKey> {
  const { secret, now, records, disables, tellsLastUse, writtenAs = (id) => id } = traits
  const call: Call = (name, effect) => {
    const askedAt = now()
    return through(name, () => {
      if (now() - askedAt > CALL_MS) throw new OverlapError('UNREACHABLE', `${name} took too long`)
      return effect()
    })
  }
  const isTagged = records === 'tags'

  const placed = (key: ServedKey): PlacedKey => {
    const { keyId: id, created, active } = key
    return { id, created, active, ...(isTagged ? taggedAs(key) : namedAs(key)) }
  }
  const taggedAs = ({ account, keyId, created }: ServedKey): Omit<PlacedKey, 'id' | 'created' | 'active'> => {
    const tag = server.tags(account).get(keyId)
    const intent = server.intent(account)
    const fits =
      tag === undefined &&
      intent?.secret === secret &&
      !intent.ids.includes(keyId) &&
      created >= intent.at - FITS_MS.before &&
      created <= intent.at + FITS_MS.after
    const { versionId, state, since } = tag ?? {}
    return {
      record:
        tag?.secret === secret && versionId !== undefined && state !== undefined && since !== undefined
          ? { versionId, state, since }
          : undefined,
      perhapsFor: fits ? { versionId: intent.versionId } : undefined,
      isAnothers: tag !== undefined && tag.secret !== secret,
    }
  }
  const namedAs = ({ name, created, active }: ServedKey): Omit<PlacedKey, 'id' | 'created' | 'active'> => {
    const [made, by, versionId = ''] = name.split(' ')
    const isOurs = made === 'overlap' && by === secret
    return {
      record: isOurs ? { versionId, state: active ? 'live' : 'disabled', since: created } : undefined,
      perhapsFor: undefined,
      isAnothers: made === 'overlap' && !isOurs,
    }
  }
  const change = (of: FakeKey, keyId: string, active: boolean) => {
    if (server.keys(of.account).every((key) => key.keyId !== keyId))
      throw new OverlapError('IAM_FAILED', `there is no key ${keyId}`)
    server.setActive(keyId, active)
  }

  return {
    mostKeys: server.mostKeys,
    disables,
    endpoint: 'keys.test:443',
    keys: ({ account }) => call('list keys', () => server.keys(account).map(placed)),

    async mint({ account, note }, versionId, present) {
      const ids = present.map(({ id }) => id)
      const name = isTagged ? '' : `overlap ${secret} ${writtenAs(versionId)}`
      for (;;) {
        let at = now()
        if (isTagged)
          await call('write intent', () => {
            at = now()
            server.writeIntent(account, { secret, versionId, at, ids })
          })
        const minted = await call('mint key', () => {
          if (isTagged && now() - at > INTENT_MS) return 'late'
          const key = server.mint(account, name)
          if (key !== undefined) return key
          throw new OverlapError('LABELS_MOVED', 'there is no room for another key')
        })
        if (minted === 'late') continue
        const tag = { secret, versionId, state: 'live' } as const
        if (isTagged)
          await call('record key', () => server.tag(account, minted.keyId, { ...tag, since: now() }))
        return { ...minted, ...(note === undefined ? {} : { note }) }
      }
    },
    async record({ account }, keyId, record) {
      if (isTagged) await call('record key', () => server.tag(account, keyId, { secret, ...record }))
    },
    async forget({ account }) {
      if (isTagged) await call('forget', () => server.forget(account, secret))
    },
    activate: (of, keyId) => call('activate key', () => change(of, keyId, true)),
    deactivate: (of, keyId) => call('deactivate key', () => change(of, keyId, false)),
    async remove({ account }, keyId) {
      await call('remove key', () => server.remove(keyId))
      if (isTagged) await call('forget key', () => server.untag(account, keyId))
    },
    lastUse: (_of, keyId) =>
      call('last use', () => {
        const use = server.lastUse(keyId)
        if (!tellsLastUse) return { known: 'nothing' }
        return use === undefined ? { known: 'never' } : { known: 'used', ...use }
      }),
    whoami: (key) =>
      call('whoami', () => {
        const answer = server.ask(key)
        return answer === 'accepted' ? { answer, as: `account ${key.account}` } : { answer }
      }),
  }
}

/** Of a value as JSON. */
export const fakeKeyCodec: KeyCodec<FakeKey> = {
  parse(secretString) {
    const invalid = new OverlapError('SECRET_INVALID', 'account, keyId and key must be strings')
    let value: unknown
    try {
      value = JSON.parse(secretString)
    } catch {
      throw invalid
    }
    if (typeof value !== 'object' || value === null) throw invalid
    const { account, keyId, key, note }: Partial<Record<keyof FakeKey, unknown>> = value
    if (typeof account !== 'string' || typeof keyId !== 'string' || typeof key !== 'string') throw invalid
    return { account, keyId, key, ...(typeof note === 'string' ? { note } : {}) }
  },
  serialize: (key) => JSON.stringify(key),
  target: ({ account }) => account,
  carried: ({ account, note }) => JSON.stringify([account, note]),
  keyId: ({ keyId }) => keyId,
  rollsInPlace: false,
  secret: ({ key }) => key,
}
