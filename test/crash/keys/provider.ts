import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import type { Clock } from '../../../sandbox/clock.ts'
import { mailDefinition } from '../../../sandbox/provider/definition.ts'
import { type ProviderCall, startProvider } from '../../../sandbox/provider/server.ts'
import type { Fate } from '../lane.ts'
import type { Keeper } from './account.ts'

const DAY_MS = 86_400_000

export interface ProviderTraits {
  /** Of its account. */
  readonly mostKeys?: number
  /** It neither disables a key nor tells when one was last used, as SendGrid. */
  readonly isSparing?: boolean
}

/** A provider that has one account. */
export async function providerKeeper(
  clock: Clock,
  { mostKeys = 2, isSparing = false }: ProviderTraits = {},
): Promise<Keeper> {
  const provider = await startProvider({ clock, mostKeys })
  const { url, ca, adminToken } = provider
  const { disable, enable, lastUsed, ...always } = mailDefinition({ host: new URL(url).host, ca })
  const definition = { ...always, keys: mostKeys, ...(isSparing ? {} : { disable, enable, lastUsed }) }

  return {
    kind: 'http-api-key',
    admin: { token: adminToken },
    environment: (adminSecretArn) => ({
      OVERLAP_PROVIDER: JSON.stringify({ name: 'mail', definition, adminSecretArn }),
    }),

    async account() {
      for (const { id } of provider.keys()) provider.remove(id)
      const { id, key } = provider.seed({ name: 'by hand', created: clock.now() - DAY_MS })
      return {
        value: { keyId: id, key },
        keyId: (value) => value.keyId ?? '',
        keys: async () => provider.keys(),
        accepts: (value) => accepted(`${url}/v1/messages`, ca, value.key ?? ''),
        async make() {
          if (provider.keys().length >= mostKeys) return undefined
          const made = provider.seed({ name: `engineer's ${provider.keys().length}` })
          return { keyId: made.id, key: made.key }
        },
        remove: async (keyId) => provider.remove(keyId),
      }
    },

    decide(fateOf, onLost) {
      const waiting = new WeakMap<ProviderCall, Fate>()
      const lost = (fate: Fate) => {
        if (fate.startsWith('killed')) onLost()
        throw new Error('the connection ends')
      }
      provider.watch(async (call, moment) => {
        // What consumers do, past the functions.
        if (call.route === 'send') return
        const fate = moment === 'before' ? await fateOf(call.route) : (waiting.get(call) ?? 'pass')
        waiting.set(call, fate)
        if (fate === 'error') throw new Error('the connection ends')
        if (fate.endsWith(` ${moment}`)) lost(fate)
      })
    },
    close: provider.close,
  }
}

/** Throws for any other answer than that it is accepted, or not known. */
async function accepted(url: string, ca: string, key: string): Promise<boolean> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request(
      url,
      { method: 'POST', ca, headers: { authorization: `Bearer ${key}` } },
      (answer) => json(answer).then(() => resolve(answer.statusCode), reject),
    )
    asked.on('error', reject)
    asked.end('{}')
  })
  if (status === 202) return true
  if (status === 401 || status === 403) return false
  throw new Error(`the provider answered ${status}`)
}
