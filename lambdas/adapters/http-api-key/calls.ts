import { OverlapError } from '../../rotation/errors.ts'
import { parsedAnswer, refuseFailure, type Told } from './answers.ts'
import type { Exchange, HttpAnswer, HttpRequest } from './http-client.ts'
import type { Pace } from './pace.ts'
import type { HttpProvider, Step } from './provider.ts'
import { retryAfterMs } from './retry-after.ts'

/** One step of the definition as it is asked. */
export interface Call {
  /** As the definition calls it. */
  readonly step: string
  readonly method: Step['method']
  readonly url: URL
  readonly body?: object | undefined
  /** Who authenticates. */
  readonly as: 'admin' | 'key'
  /** Made when it is asked. `anew`: what was sent before was refused. */
  readonly headers: (anew: boolean) => Promise<Readonly<Record<string, string>>>
  /**
   * What is asked again within this very call:
   * - `read`: it changes nothing. Asked again after 5xx, twice; and after 429 or 503 once the time has come that Retry-After tells
   * - `unless-refused`: asked again after 429 alone, which says that it was not carried out
   * - `once`: never
   */
  readonly again: 'read' | 'unless-refused' | 'once'
  /** Statuses that are answers of this step, besides 2xx. */
  readonly answers?: readonly number[]
  /** It is given up by then, and not sent after that. In ms since the epoch; undefined: as long as there is time. */
  readonly until?: number | undefined
}

export interface Answered {
  readonly status: number
  /** Of a 2xx status alone. */
  readonly told: Told
}

export interface Calling {
  readonly provider: HttpProvider
  readonly exchange: Exchange
  readonly pace: Pace
  /** In ms since the epoch. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that may still be waited. */
  readonly remaining: () => number
}

const DEFAULT_MS = 5_000
const PAUSE_MS = 250
const MORE_READS = 2
const MORE_WAITS = 5

/**
 * Asks a provider for one thing. Throws `PROVIDER_FAILED` naming step and status, `ADMIN_LOGIN_REFUSED` for 401 to what the admin secret was read anew for,
 * `PROVIDER_ANSWER_INVALID`, `UNREACHABLE`, `TLS_FAILED`, `TARGET_NOT_ALLOWED` and `TIME_UP`.
 */
export async function call(calling: Calling, asked: Call): Promise<Answered> {
  const { provider } = calling
  const until = Math.min(asked.until ?? Number.POSITIVE_INFINITY, calling.now() + calling.remaining())
  let [failures, isAnew] = [0, false]
  for (;;) {
    const answer = await exchanged(calling, asked, isAnew, until)
    const { status } = answer
    if (asked.answers?.includes(status)) {
      // Something is concluded from it. What stands before a provider has such statuses, too, and a page of its own with them.
      parsedAnswer(asked.step, asked.url.host, answer.text)
      return { status, told: { step: asked.step, host: asked.url.host, document: undefined } }
    }
    if (status >= 200 && status < 300) {
      const told = parsedAnswer(asked.step, asked.url.host, answer.text)
      refuseFailure(told, provider)
      return { status, told }
    }
    if (status === 401 && asked.as === 'admin' && !isAnew) {
      // Nothing was done. The admin secret may have been changed since it was read.
      isAnew = true
      continue
    }
    const wait = waitFor(answer, asked, failures, calling.now())
    if (wait === undefined || calling.now() + wait >= until) throw refused(asked, answer)
    failures += 1
    await calling.sleep(wait)
  }
}

async function exchanged(calling: Calling, asked: Call, anew: boolean, until: number): Promise<HttpAnswer> {
  const { method, url, body } = asked
  const headers = await asked.headers(anew)
  const wait = calling.pace.take(until - calling.now())
  if (wait === undefined)
    throw new OverlapError(
      'TIME_UP',
      `${asked.step}: there is no time left to ask ${url.host}; it was not asked`,
    )
  if (wait > 0) await calling.sleep(wait)
  const request: HttpRequest = {
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
  const most = calling.provider.limits?.milliseconds ?? DEFAULT_MS
  try {
    return await calling.exchange(request, Math.max(1, Math.ceil(Math.min(most, until - calling.now()))))
  } catch (error) {
    if (error instanceof OverlapError)
      throw new OverlapError(error.code, `${asked.step}: ${error.message}`, {
        detail: { ...error.detail, step: asked.step },
      })
    throw error
  }
}

/** Milliseconds until it may be asked again; undefined: not in this call. */
function waitFor(
  { status, retryAfter }: HttpAnswer,
  { again }: Call,
  failures: number,
  now: number,
): number | undefined {
  if (again === 'once') return undefined
  if (status === 429 || (status === 503 && again === 'read')) {
    const told = retryAfterMs(retryAfter, now)
    if (told !== undefined && failures < MORE_WAITS) return Math.max(PAUSE_MS, told)
  }
  return again === 'read' && status >= 500 && failures < MORE_READS ? PAUSE_MS * (failures + 1) : undefined
}

function refused({ step, url, again, as }: Call, { status, retryAfter }: HttpAnswer): OverlapError {
  const [host, detail] = [url.host, { step, status }]
  if (status === 401 && as === 'admin')
    return new OverlapError(
      'ADMIN_LOGIN_REFUSED',
      `${step}: ${host} refused the admin secret (401), also after it was read again`,
      { detail },
    )
  if (status === 429 || (status === 503 && retryAfter !== undefined))
    return new OverlapError(
      'PROVIDER_FAILED',
      `${step}: ${host} allows no call now (${status}${retryAfter === undefined ? '' : '; Retry-After says until when'}): the next attempt comes later`,
      { detail },
    )
  const unknown =
    status >= 500 && again !== 'read' ? '. Whether the change was made all the same is not known' : ''
  const right =
    status === 403 && as === 'admin' ? '. Perhaps the admin secret lacks the right to do that' : ''
  const room = right !== '' && step === 'create' ? ', or the account has as many keys as it may have' : ''
  return new OverlapError(
    'PROVIDER_FAILED',
    `${step}: ${host} answered with status ${status}${unknown}${right}${room}`,
    {
      detail,
    },
  )
}
