import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Clock, systemClock } from '../clock.ts'
import { listenWithTls } from '../kubernetes/tls-listener.ts'
import { perform } from './account.ts'
import { type Answer, give } from './answer.ts'
import { type Fault, Faults, isDone, type Route } from './faults.ts'
import { Keys, type ProviderKey, type SeededKey } from './keys.ts'
import { type Rate, RateLimit } from './rate-limit.ts'
import { ProviderRefusal } from './refusal.ts'
import { type ProviderRequest, readRequest } from './request.ts'

export type { Fault, Route } from './faults.ts'
export type { ProviderKey, SeededKey } from './keys.ts'

export interface ProviderOptions {
  /** For dates. Default: real time. */
  readonly clock?: Clock
  /** Name of the account. Default `sandbox`. */
  readonly account?: string
  /** How many keys the account may have at once. Default 2. */
  readonly mostKeys?: number
  /** Milliseconds after which a use of a key is told. Default 0. */
  readonly lastUseLagMs?: number
  /** Milliseconds after which each of its front ends accepts a new key; calls go round. Default: one, at once. */
  readonly frontEndsMs?: readonly number[]
  /** Default: no limit. */
  readonly rate?: Rate
  /** How many keys one page of the list has. Default 100. */
  readonly pageSize?: number
}

/** One call that arrived, in the order in which they came. It holds no key. */
export interface ProviderCall {
  readonly route: Route
  /** Empty where the call names no key. */
  readonly keyId: string
}

/** Told of a call before it is carried out, and before it is answered. A hook that throws ends the connection without an answer. */
export type CallHook = (call: ProviderCall, moment: 'before' | 'after') => void | Promise<void>

export interface Provider {
  /** `https://localhost:port`. */
  readonly url: string
  readonly port: number
  /** PEM of the authority that issued its certificate. */
  readonly ca: string
  /** What the owner of the account brings as a bearer token. */
  readonly adminToken: string
  /** Milliseconds after which each of its front ends accepts a new key. */
  readonly frontEndsMs: readonly number[]
  /** A key that is accepted at once, made by hand. The answer has the key itself. */
  seed(key: SeededKey): { readonly id: string; readonly key: string }
  /** What the account's owner sees. */
  keys(): readonly ProviderKey[]
  /** As the account's owner does by hand. Each throws for a key that is not there. */
  setActive(id: string, active: boolean): void
  remove(id: string): void
  calls(): readonly ProviderCall[]
  /** The next calls of a route, one by default, go wrong. */
  fail(route: Route, fault: Fault, times?: number): void
  /** Nothing goes wrong any more. */
  heal(): void
  /** Stands between the calls and what they do; undefined: nothing does. */
  watch(hook: CallHook | undefined): void
  close(): Promise<void>
}

/**
 * A company that sends mail and gives its customers keys, on loopback and over TLS: one account that may have two keys, which are made, listed, taken out of use and removed
 * by its owner, and of which it is told, some time later, when they were last used.
 */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const { clock = systemClock, mostKeys = 2, lastUseLagMs = 0, frontEndsMs = [0] } = options
  const keys = new Keys({ clock, mostKeys, lastUseLagMs, frontEndsMs })
  const adminToken = `adm_${randomBytes(24).toString('base64url')}`
  const account = { name: options.account ?? 'sandbox', keys, adminToken, pageSize: options.pageSize ?? 100 }
  const rate = new RateLimit(options.rate)
  const faults = new Faults()
  const calls: ProviderCall[] = []
  let hook: CallHook | undefined

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const read = attempt(() => readRequest(request.method ?? '', request.url ?? '', body))
    if ('status' in read) return give(response, read, undefined)
    const call = { route: read.route, keyId: read.keyId }
    calls.push(call)
    await hook?.(call, 'before')
    const fault = faults.take(read.route)
    const answer = isDone(fault) ? attempt(() => performed(read, request)) : { status: 500 }
    await hook?.(call, 'after')
    // What is refused is refused as ever.
    await give(response, answer, isDone(fault) && answer.status >= 400 ? undefined : fault)
  }

  function performed(read: ProviderRequest, request: IncomingMessage): Answer {
    rate.admit(performance.now())
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    return perform(account, read, { token, address: request.socket.remoteAddress ?? '' })
  }

  const listener = await listenWithTls(respond)
  const port = Number(new URL(listener.url).port)
  return {
    url: `https://localhost:${port}`,
    port,
    ca: listener.ca,
    adminToken,
    frontEndsMs,
    seed(key) {
      const { told, key: value } = keys.seed(key)
      return { id: told.id, key: value }
    },
    keys: () => keys.list(),
    setActive: (id, active) => void keys.setActive(id, active),
    remove: (id) => keys.remove(id),
    calls: () => calls,
    fail: (route, fault, times) => faults.set(route, fault, times),
    heal: () => faults.clear(),
    watch(given) {
      hook = given
    },
    close: listener.close,
  }
}

function attempt<T>(act: () => T): T | Answer {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof ProviderRefusal)) throw error
    return { status: error.status, body: error.body, retryAfter: error.retryAfter }
  }
}
