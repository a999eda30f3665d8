import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Listener, listenOnLoopback, tellTime } from './loopback.ts'
import { type CallControl, ServiceCalls } from './service-calls.ts'

/** An error as AWS's query services answer it (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html). */
export class QueryError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
  }
}

/** A result, or a part of one. Members that are undefined are left out; the items of a list become `member`. */
export type XmlValue = string | number | boolean | readonly XmlValue[] | XmlMembers
export interface XmlMembers {
  readonly [name: string]: XmlValue | undefined
}

export interface QueryServiceOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number | undefined
  /** Of the answers, such as `https://iam.amazonaws.com/doc/2010-05-08/`. */
  readonly namespace: string
  /** Answers one call of an action. Throws QueryError. */
  readonly perform: (action: string, fields: URLSearchParams) => XmlMembers
  /** What time it is, in ms since the epoch. Undefined: no answer says so. */
  readonly now?: () => number
}

export interface QueryService extends Listener, CallControl {}

/**
 * A service on loopback that speaks AWS's query protocol, as the AWS CLI and the SDKs do: a form in, XML out
 * (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). Signatures are not checked, but every call needs an Authorization header; nobody's
 * permissions are checked either.
 */
export async function startQueryService(options: QueryServiceOptions): Promise<QueryService> {
  const calls = new ServiceCalls()
  const listener = await listenOnLoopback(options.port, (request, response) =>
    answer(options, calls, request, response),
  )
  return {
    ...listener,
    calls: () => calls.calls(),
    resetCalls: () => calls.resetCalls(),
    throttle: (action, nth) => calls.throttle(action, nth),
  }
}

async function answer(
  options: QueryServiceOptions,
  calls: ServiceCalls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = new URLSearchParams(await text(request))
  const requestId = randomUUID()
  response.setHeader('content-type', 'text/xml')
  response.setHeader('x-amzn-requestid', requestId)
  try {
    const action = admit(calls, request, fields)
    const result = options.perform(action, fields)
    if (options.now) tellTime(response, options.now())
    response.writeHead(200).end(answerXml(options.namespace, { action, result, requestId }))
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    response.writeHead(error.status).end(errorXml(options.namespace, error, requestId))
  }
}

/** Returns the action. Throws for a call that reaches no action. */
function admit(calls: ServiceCalls, request: IncomingMessage, fields: URLSearchParams): string {
  const action = fields.get('Action') ?? ''
  const named = request.method === 'POST' && /^[A-Za-z]+$/.test(action)
  if (named) calls.arrived(action)
  if (!request.headers.authorization)
    throw new QueryError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
  if (!named) throw invalidAction(action)
  if (calls.isOneTooMany(action)) throw new QueryError('Throttling', 'Rate exceeded', 400)
  return action
}

export function invalidAction(action: string): QueryError {
  return new QueryError('InvalidAction', `The action ${action} is not part of the sandbox`, 400)
}

function answerXml(
  namespace: string,
  { action, result, requestId }: { action: string; result: XmlMembers; requestId: string },
): string {
  return (
    `<${action}Response xmlns="${namespace}">${element(`${action}Result`, result)}` +
    `${element('ResponseMetadata', { RequestId: requestId })}</${action}Response>`
  )
}

function errorXml(namespace: string, { code, message, status }: QueryError, requestId: string): string {
  const type = status < 500 ? 'Sender' : 'Receiver'
  return (
    `<ErrorResponse xmlns="${namespace}">${element('Error', { Type: type, Code: code, Message: message })}` +
    `${element('RequestId', requestId)}</ErrorResponse>`
  )
}

function element(name: string, value: XmlValue): string {
  return `<${name}>${content(value)}</${name}>`
}

function content(value: XmlValue): string {
  if (typeof value !== 'object') return escaped(String(value))
  if (isList(value)) return value.map((item) => element('member', item)).join('')
  return Object.entries(value)
    .flatMap(([name, member]) => (member === undefined ? [] : element(name, member)))
    .join('')
}

/** Array.isArray does not narrow a readonly array away. */
function isList(value: readonly XmlValue[] | XmlMembers): value is readonly XmlValue[] {
  return Array.isArray(value)
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
