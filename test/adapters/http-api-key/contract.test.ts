import { randomUUID } from 'node:crypto'
import type { HttpApiKey } from '../../../lambdas/adapters/http-api-key/credential.ts'
import { httpApiKeyAdapter, httpApiKeyRetirer } from '../../../lambdas/adapters/http-api-key.ts'
import { movableClock } from '../../../sandbox/clock.ts'
import { type Provider, startProvider } from '../../../sandbox/provider/server.ts'
import { adapterContract, type Subject } from '../../contracts/adapter.contract.ts'
import type { Traits } from '../../contracts/traits.ts'
import { call } from '../../sandbox/provider/caller.ts'
import { optionsOn, seeded } from './on-provider.ts'

/** A key that is neither accepted nor listed: that one which is listed as active is not accepted would prove nothing. */
const another = { keyId: 'key_another', key: 'mk_another-key-of-the-same-form' }

/** What a provider says and does not say; what it does not is taken out of its definition. */
const providers: readonly {
  readonly name: string
  readonly definition: Readonly<Record<string, unknown>>
  readonly frontEndsMs: readonly number[]
  readonly traits: Traits
}[] = [
  {
    name: 'keys of a provider',
    definition: {},
    frontEndsMs: [0],
    traits: { credentials: 'minted', tells: 'last use', records: false, disables: true },
  },
  {
    name: 'keys of a provider whose front ends learn of one at a time of their own',
    definition: {},
    frontEndsMs: [0, 2_000, 5_000],
    traits: { credentials: 'minted', tells: 'last use', records: false, disables: true },
  },
  {
    name: 'keys of a provider that neither disables them, nor tells of their use, nor of their age',
    definition: {
      disable: undefined,
      enable: undefined,
      lastUsed: undefined,
      list: {
        method: 'GET',
        url: '/v1/keys',
        expect: { items: '/api_keys', id: '/id', name: '/name' },
        paging: { next: '/next' },
      },
    },
    frontEndsMs: [0],
    traits: { credentials: 'minted', tells: 'nothing', records: false, disables: false },
  },
]

for (const { name, definition, frontEndsMs, traits } of providers) {
  const running: Provider[] = []

  const subject = async (): Promise<Subject<HttpApiKey>> => {
    const clock = movableClock(Date.now())
    const provider = await startProvider({ clock, frontEndsMs })
    running.push(provider)
    const first = seeded(provider)
    /** A provider tells a key once; and whoever tried one here would be its last use. */
    const told = new Map([[first.keyId, first.key]])
    const versions = new Map<string, string>()
    let unlisted: readonly string[] = []
    const secretArn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:mail/${randomUUID()}-AbCdEf`
    const options = () => {
      const made = optionsOn(provider, {
        secretArn,
        definition,
        held: {
          labelled: async () => [...versions].map(([versionId, value]) => ({ versionId, value })),
          of: async (versionId) => versions.get(versionId),
        },
      })
      return {
        ...made,
        async exchange(...asked: Parameters<typeof made.exchange>) {
          const answer = await made.exchange(...asked)
          if (asked[0].method !== 'GET' || asked[0].url.pathname !== '/v1/keys') return answer
          const { api_keys: keys, ...rest } = JSON.parse(answer.text)
          const listed = keys.filter(({ id }: { id: string }) => !unlisted.includes(id))
          return { ...answer, text: JSON.stringify({ ...rest, api_keys: listed }) }
        },
        now: clock.now,
        sleep: async (ms: number) => clock.advance(ms),
        remaining: () => Number.POSITIVE_INFINITY,
      }
    }
    const adapter = () => {
      const made = httpApiKeyAdapter(options())
      return {
        ...made,
        async create(...asked: Parameters<typeof made.create>) {
          const key = await made.create(...asked)
          told.set(key.keyId, key.key)
          return key
        },
      }
    }
    return {
      secretString: adapter().serialize(first),
      adapter,
      retirer: () => httpApiKeyRetirer(options()),
      works: async ({ keyId, key }) =>
        provider.keys().some(({ id, active }) => id === keyId && active) && told.get(keyId) === key,
      async use({ key }) {
        await call(provider, ['POST', '/v1/messages'], key, {})
        return async () => {}
      },
      corrupted: (key) => ({ ...key, ...another }),
      mistaken: (key) => ({ ...key, key: another.key }),
      elsewhere: (key) => ({ ...key, place: 'another.example:443' }),
      minted: {
        holds: (versionId, key) => void versions.set(versionId, adapter().serialize(key)),
        passes: (ms) => clock.advance(ms),
        unlists: (...keys) => {
          unlisted = keys.map(({ keyId }) => keyId)
        },
        async madeByHand() {
          const made = seeded(provider)
          told.set(made.keyId, made.key)
          return { ...first, keyId: made.keyId, key: made.key }
        },
      },
    }
  }

  adapterContract<HttpApiKey>(name, {
    async start() {},
    async stop() {
      await Promise.all(running.splice(0).map((provider) => provider.close()))
    },
    overlap: true,
    traits,
    subject,
  })
}
