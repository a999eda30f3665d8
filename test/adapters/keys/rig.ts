import type { HeldValues } from '../../../lambdas/adapters/adapter.ts'
import { keyAdapter } from '../../../lambdas/adapters/keys/adapter.ts'
import type { KeyOptions } from '../../../lambdas/adapters/keys/options.ts'
import { keyRetirer } from '../../../lambdas/adapters/keys/retirer.ts'
import { isDigest } from '../../../lambdas/adapters/keys/written-version.ts'
import { fakeKeyCodec, type KeyPlaceTraits, keyPlace } from '../../fakes/key-place.ts'
import { type FakeKey, type KeyServerOptions, keyServer } from '../../fakes/key-server.ts'
import { type Call, directly } from '../../fakes/process.ts'

export const BEGIN = Date.parse('2026-01-04T03:00:00.000Z')

export type RigOptions = Partial<KeyPlaceTraits> &
  Omit<KeyServerOptions, 'now'> & {
    readonly call?: Call
    readonly patience?: KeyOptions<FakeKey>['patience']
    readonly remaining?: () => number
    readonly refuseCurrent?: KeyOptions<FakeKey>['refuseCurrent']
  }

/** A secret with a key, the server that minted that, and a clock that sleep moves. */
export function rig(given: RigOptions = {}) {
  const clock = { now: BEGIN }
  const now = () => clock.now
  const server = keyServer({ ...given, now })
  const traits = { secret: 'shop/robot', now, records: 'tags', disables: true, tellsLastUse: true } as const
  let unlisted: readonly string[] = []
  const placeFor = (call: Call) => {
    const place = keyPlace(server, call, { ...traits, ...given })
    const keys = async (of: FakeKey) => (await place.keys(of)).filter(({ id }) => !unlisted.includes(id))
    return { ...place, keys }
  }
  const slept: number[] = []
  /** Without `labelled` the version is there and has no label. */
  const versions = new Map<string, { readonly value: string; readonly labelled: boolean }>()
  const held: HeldValues = {
    labelled: async () =>
      [...versions].flatMap(([versionId, { value, labelled }]) => (labelled ? [{ versionId, value }] : [])),
    of: async (versionId) => {
      if (isDigest(versionId)) throw new Error('Secrets Manager takes no such id')
      return versions.get(versionId)?.value
    },
  }
  const optionsFor = (call: Call): KeyOptions<FakeKey> => ({
    kind: 'fake-key',
    place: placeFor(call),
    codec: fakeKeyCodec,
    held,
    now,
    sleep: async (ms) => {
      slept.push(ms)
      clock.now += ms
    },
    remaining: given.remaining ?? (() => Number.POSITIVE_INFINITY),
    ...(given.patience === undefined ? {} : { patience: given.patience }),
    ...(given.refuseCurrent === undefined ? {} : { refuseCurrent: given.refuseCurrent }),
  })
  const madeByHand = (): FakeKey => {
    const made = server.mint('robot', '', true)
    if (made === undefined) throw new Error('there is no room')
    return made
  }
  const call = given.call ?? directly
  return {
    clock,
    slept,
    server,
    versions,
    madeByHand,
    options: () => optionsFor(call),
    place: () => placeFor(call),
    adapter: (through = call) => keyAdapter(optionsFor(through)),
    retirer: (through = call) => keyRetirer(optionsFor(through)),
    holds: (versionId: string, key: FakeKey, labelled = true) =>
      void versions.set(versionId, { value: fakeKeyCodec.serialize(key), labelled }),
    unlists: (...keys: readonly FakeKey[]) => {
      unlisted = keys.map(({ keyId }) => keyId)
    },
    passes: (ms: number) => {
      clock.now += ms
    },
  }
}

export type Rig = ReturnType<typeof rig>
