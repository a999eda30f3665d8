import { randomUUID } from 'node:crypto'
import type { HttpApiKey } from '../../../lambdas/adapters/http-api-key/credential.ts'
import { httpApiKeyCodec } from '../../../lambdas/adapters/http-api-key/credential.ts'
import type { HttpApiKeyOptions } from '../../../lambdas/adapters/http-api-key/options.ts'
import { pace } from '../../../lambdas/adapters/http-api-key/pace.ts'
import type { HttpProvider } from '../../../lambdas/adapters/http-api-key/provider.ts'
import { validProvider } from '../../../lambdas/adapters/http-api-key/validation.ts'
import { exchangeWith } from '../../../lambdas/adapters/http-api-key/wiring.ts'
import { mailDefinition } from '../../../sandbox/provider/definition.ts'
import type { Provider } from '../../../sandbox/provider/server.ts'

/** Time that passes while somebody waits, and never by itself. */
export interface WaitedTime {
  now(): number
  sleep(ms: number): Promise<void>
  /** Milliseconds that were waited. */
  waited(): number
}

export function waitedTime(start = Date.now()): WaitedTime {
  let passed = 0
  return {
    now: () => start + passed,
    async sleep(ms) {
      passed += ms
    },
    waited: () => passed,
  }
}

export interface OnProvider {
  readonly time?: WaitedTime
  /** Replaces parts of the definition; undefined takes one away. */
  readonly definition?: Readonly<Record<string, unknown>>
  /** Milliseconds that may be waited. */
  readonly remaining?: number
  readonly secretArn?: string
  readonly admins?: HttpApiKeyOptions['admins']
  readonly held?: HttpApiKeyOptions['held']
}

/** What one invocation brings that rotates a key of the sandbox's provider. */
export function optionsOn(provider: Provider, given: OnProvider = {}): HttpApiKeyOptions {
  const { time = waitedTime(), remaining = 60_000 } = given
  const host = new URL(provider.url).host
  const definition: HttpProvider = validProvider({
    ...mailDefinition({ host, ca: provider.ca }),
    ...given.definition,
  })
  return {
    name: 'mail',
    provider: definition,
    exchange: exchangeWith(definition),
    pace: pace(definition.rate, time.now),
    now: time.now,
    sleep: time.sleep,
    remaining: () => remaining - time.waited(),
    secretArn:
      given.secretArn ??
      `arn:aws:secretsmanager:us-east-1:123456789012:secret:mail-${randomUUID().slice(0, 6)}`,
    adminSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mail-admin-AbCdEf',
    admins: given.admins ?? {
      read: async () => JSON.stringify({ token: provider.adminToken }),
      forget: () => {},
    },
    held: given.held ?? { labelled: async () => [], of: async () => undefined },
  }
}

/** A key that a person made, as a secret holds it. */
export function seeded(provider: Provider, scopes: readonly string[] = ['send']): HttpApiKey {
  const { id, key } = provider.seed({ name: 'made by hand', scopes })
  const { parse } = httpApiKeyCodec({ provider: 'mail', endpoint: new URL(provider.url).host })
  return parse(JSON.stringify({ keyId: id, key, from: 'robot@example.com' }))
}

type Exchange = HttpApiKeyOptions['exchange']

/** Something stands before the provider: what it answers, the provider is not asked. */
export function behind(
  options: HttpApiKeyOptions,
  answer: (...asked: Parameters<Exchange>) => Partial<Awaited<ReturnType<Exchange>>> | undefined,
): HttpApiKeyOptions {
  return {
    ...options,
    async exchange(request, milliseconds) {
      const answered = answer(request, milliseconds)
      if (answered === undefined) return options.exchange(request, milliseconds)
      return { status: 200, retryAfter: undefined, text: '', ...answered }
    },
  }
}
