import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Listener, listenOnLoopback, tellTime } from './loopback.ts'
import { type CallControl, ServiceCalls } from './service-calls.ts'

/** Members of a call or of an answer; those that are undefined are left out of an answer. */
export type Members = Readonly<Record<string, unknown>>

/** An answer other than 200. The message never quotes the request, which may hold a secret. */
export class Refusal extends Error {
  readonly type: string
  readonly status: number

  constructor(type: string, message: string, status = 400) {
    super(message)
    this.name = type
    this.type = type
    this.status = status
  }

  /** As the front door of every AWS JSON service spells it; a service may spell its own errors otherwise. */
  get body(): Members {
    return { __type: this.type, message: this.message }
  }
}

export interface JsonServiceOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number | undefined
  /** What stands before the operation's name in X-Amz-Target, without the dot. */
  readonly target: string
  /** Answers one call of an operation. Throws a Refusal. */
  readonly perform: (operation: string, request: Members) => Members
  /** What time it is, in ms since the epoch. Undefined: no answer says so. */
  readonly now?: () => number
}

export interface JsonService extends Listener, CallControl {}

const LONGEST_BODY_BYTES = 1024 * 1024

/**
 * A service on loopback that speaks AWS JSON 1.1, as the AWS CLI and the SDKs do. Signatures are not checked, but every call needs an
 * Authorization header; nobody's permissions are checked either.
 */
export async function startJsonService(options: JsonServiceOptions): Promise<JsonService> {
  const calls = new ServiceCalls()
  const listener = await listenOnLoopback(options.port, (request, response) =>
    answer(options, calls, request, response),
  )
  return {
    ...listener,
    calls: () => calls.calls(),
    resetCalls: () => calls.resetCalls(),
    throttle: (operation, nth) => calls.throttle(operation, nth),
  }
}

async function answer(
  options: JsonServiceOptions,
  calls: ServiceCalls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request)
    const members = perform(options, calls, request, body)
    if (options.now) tellTime(response, options.now())
    send(response, 200, members)
  } catch (error) {
    if (error instanceof Refusal) send(response, error.status, error.body)
    else if (!response.destroyed) {
      // The cause's message is left out: it could quote the request.
      const cause = error instanceof Error ? ` (${error.name})` : ''
      send(response, 500, {
        __type: 'InternalServiceError',
        Message: `An error occurred on the server side${cause}.`,
      })
    }
  }
}

function perform(
  options: JsonServiceOptions,
  calls: ServiceCalls,
  request: IncomingMessage,
  body: string,
): Members {
  const [target, operation = '', ...more] = String(request.headers['x-amz-target'] ?? '').split('.')
  const named = target === options.target && /^[A-Za-z]+$/.test(operation) && more.length === 0
  if (request.method !== 'POST' || !named)
    throw new Refusal('UnknownOperationException', `X-Amz-Target must be ${options.target}.Operation.`)
  calls.arrived(operation)
  if (!request.headers.authorization)
    throw new Refusal('MissingAuthenticationTokenException', 'Missing Authentication Token')
  if (calls.isOneTooMany(operation)) throw new Refusal('ThrottlingException', 'Rate exceeded')
  return options.perform(operation, parse(body))
}

function parse(body: string): Members {
  let parsed: unknown
  try {
    parsed = JSON.parse(body === '' ? '{}' : body)
  } catch {
    // The parser's own message would quote the body, values included.
    throw new Refusal('SerializationException', 'The request is not valid JSON.')
  }
  if (!isObject(parsed)) throw new Refusal('SerializationException', 'The request must be a JSON object.')
  return parsed
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= LONGEST_BODY_BYTES) chunks.push(chunk)
    })
    request.on('end', () => {
      if (bytes > LONGEST_BODY_BYTES) reject(new Refusal('ValidationException', 'The request is too large.'))
      else resolve(Buffer.concat(chunks).toString('utf8'))
    })
    request.on('error', reject)
  })
}

function send(response: ServerResponse, status: number, body: Members): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  })
  response.end(text)
}
