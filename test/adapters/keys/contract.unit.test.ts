import { adapterContract } from '../../contracts/adapter.contract.ts'
import type { Traits } from '../../contracts/traits.ts'
import type { FakeKey } from '../../fakes/key-server.ts'
import { type RigOptions, rig } from './rig.ts'

const asIam: Traits = { credentials: 'minted', tells: 'last use', records: true, disables: true }

/** What the one adapter of keys makes of places that differ in what they tell and in what they can do. */
const places: Readonly<Record<string, { readonly traits: Traits; readonly rig: RigOptions }>> = {
  'keys with tags': { traits: asIam, rig: {} },
  'keys with names': { traits: { ...asIam, records: false }, rig: { records: 'names' } },
  'keys that are told of late, and at each front end at another time': {
    traits: asIam,
    rig: { propagationMs: 4_000 },
  },
  'keys with names that cannot be disabled': {
    traits: { ...asIam, records: false, disables: false },
    rig: { records: 'names', disables: false },
  },
  'keys with names of which nothing is told': {
    traits: { credentials: 'minted', tells: 'nothing', records: false, disables: false },
    rig: { records: 'names', disables: false, tellsLastUse: false },
  },
}

for (const [name, place] of Object.entries(places))
  adapterContract<FakeKey>(name, {
    start: async () => {},
    stop: async () => {},
    overlap: true,
    traits: place.traits,
    subject: async () => {
      const { server, adapter, retirer, holds, passes, unlists, madeByHand } = rig(place.rig)
      const first = madeByHand()
      passes(86_400_000)
      return {
        secretString: JSON.stringify({ ...first, note: 'of the robot' }),
        adapter: () => adapter(),
        retirer: () => retirer(),
        works: async (key) => server.works(key),
        use: async (key) => {
          server.use(key)
          return async () => {}
        },
        corrupted: (key) => ({ ...key, key: 'another secret' }),
        elsewhere: (key) => ({ ...key, account: 'somebody else' }),
        minted: { holds, passes, unlists, madeByHand: async () => madeByHand() },
      }
    },
  })
