import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { type BlockList, isIP, type LookupFunction } from 'node:net'
import { OverlapError } from '../../rotation/errors.ts'
import { isAllowed } from './addresses.ts'

export interface HttpRequest {
  readonly method: string
  /** https; its host was found to be one of the declared ones. */
  readonly url: URL
  readonly headers: OutgoingHttpHeaders
  readonly body?: string
}

export interface HttpAnswer {
  readonly status: number
  /** Undefined: not told. */
  readonly retryAfter: string | undefined
  readonly text: string
}

export type Exchange = (request: HttpRequest, milliseconds: number) => Promise<HttpAnswer>

export interface HttpClientOptions {
  /** Private addresses that are allowed. */
  readonly allowed: BlockList
  /** PEM; undefined: the authorities of Node.js. */
  readonly ca: string | undefined
  /** Of one answer's body. */
  readonly bytes: number
  /** All addresses of a name. Default: the system's. */
  readonly lookup?: typeof systemLookup
}

/**
 * One request and its answer, over a connection of its own, within so many milliseconds from the resolution of the name to the last byte. A connection goes to an
 * address that was looked at, never to one that is resolved again after that; certificates are verified whatever the environment says; no redirect is followed.
 *
 * Throws `TARGET_NOT_ALLOWED` where the name leads to an address that is not public, and `PROVIDER_FAILED` where the request is none, before anything is sent;
 * `UNREACHABLE`, `TLS_FAILED` and `PROVIDER_ANSWER_INVALID`. No error holds anything of the request's headers or body, nor of the answer.
 */
export function httpClient({ allowed, ca, bytes, lookup = systemLookup }: HttpClientOptions): Exchange {
  const checked = checkedLookup(allowed, lookup)
  const tls = {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  } as const
  // A connection that was kept may have died meanwhile, and then nobody knows whether the request was heard.
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 0 })

  return ({ method, url, headers, body }, milliseconds) =>
    new Promise((resolve, reject) => {
      const literal = url.hostname.replace(/^\[|\]$/g, '')
      // Nobody resolves what is an address already.
      if (isIP(literal) !== 0 && !isAllowed(literal, allowed)) throw notAllowed(url.hostname)
      const request = begun(url, {
        ...tls,
        method,
        agent,
        lookup: checked,
        headers: {
          accept: 'application/json',
          'user-agent': 'overlap',
          ...headers,
          'accept-encoding': 'identity',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      })
      const end = (outcome: () => void) => {
        clearTimeout(timer)
        outcome()
        request.destroy()
      }
      const fail = (error: unknown) => end(() => reject(failureOf(error, url)))
      const timer = setTimeout(
        () =>
          fail(
            new OverlapError(
              'UNREACHABLE',
              `${url.host} did not answer within ${milliseconds} ms: the outcome is unknown`,
            ),
          ),
        milliseconds,
      )
      request.on('error', fail)
      // An answer that switches to another protocol is none.
      request.on('upgrade', () => fail(invalid(url, 'changes the protocol')))
      request.on('response', (response) => {
        received(response, bytes, url).then((answer) => end(() => resolve(answer)), fail)
      })
      request.end(body)
    })
}

/** Throws `PROVIDER_FAILED`: Node.js refuses to send some texts at all, such as a header with a line break, and quotes them. */
function begun(url: URL, options: RequestOptions) {
  try {
    return httpsRequest(url, options)
  } catch (error) {
    throw new OverlapError(
      'PROVIDER_FAILED',
      `Node.js refuses to send the request to ${url.host} that the definition describes (${codeOf(error)}). Nothing was sent`,
    )
  }
}

async function received(response: IncomingMessage, most: number, url: URL): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0
  if (status >= 300 && status < 400)
    throw invalid(url, `redirects (${status}), and no redirect is followed`, { status })
  if ((response.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    throw invalid(url, 'is compressed, which was not asked for')
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > most) throw invalid(url, `is longer than ${most} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof OverlapError ? error : invalid(url, 'breaks off')
  }
  return {
    status,
    retryAfter: response.headers['retry-after'],
    text: Buffer.concat(chunks).toString('utf8'),
  }
}

/** Resolves a name and lets a connection have the addresses only where every one of them is allowed: so it never depends on which one is taken. */
function checkedLookup(allowed: BlockList, lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      if (addresses.length === 0 || !addresses.every(({ address }) => isAllowed(address, allowed)))
        return callback(notAllowed(hostname), [])
      const [first] = addresses as [LookupAddress]
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}

function notAllowed(host: string): OverlapError & NodeJS.ErrnoException {
  return new OverlapError(
    'TARGET_NOT_ALLOWED',
    `${host} leads to an address that is not public. Nothing was sent. Where the provider is in a private network, allowAddresses of its definition must name that network`,
  )
}

function invalid(url: URL, what: string, detail: Record<string, number> = {}): OverlapError {
  return new OverlapError('PROVIDER_ANSWER_INVALID', `the answer of ${url.host} ${what}`, { detail })
}

/** Node's own messages may quote what was sent or received, so only their codes are told. */
function failureOf(error: unknown, url: URL): OverlapError {
  if (error instanceof OverlapError) return error
  const code = codeOf(error)
  if (/^HPE_/.test(code)) return invalid(url, `is not HTTP (${code})`)
  if (isTls(code))
    return new OverlapError(
      'TLS_FAILED',
      `TLS to ${url.host} could not be established or verified (${code}). The certificate must name that host and come from a known authority`,
    )
  return new OverlapError(
    'UNREACHABLE',
    `${url.host} could not be reached, or did not answer (${code}): the outcome is unknown`,
  )
}

/** Of several addresses that were tried the error tells one by one. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown }
  const told = Array.isArray(errors) && code === undefined ? (errors[0] as { code?: unknown })?.code : code
  return /^[A-Z][A-Z0-9_]*$/.test(String(told)) ? String(told) : 'unknown'
}

function isTls(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(
    code,
  )
}
