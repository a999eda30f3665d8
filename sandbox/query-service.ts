import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type CallFates, CallsAtRisk } from './call-fates.ts'
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

/** As it came over the wire, which is what a signature is of. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** By name in lower case; each value of a header that came several times. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>
  readonly body: Buffer
}

export interface QueryServiceOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number | undefined
  /** Of the answers, such as `https://iam.amazonaws.com/doc/2010-05-08/`. */
  readonly namespace: string
  /** Answers one call of an action. Throws QueryError. */
  readonly perform: (
    action: string,
    fields: URLSearchParams,
    request: ReceivedRequest,
  ) => XmlMembers | Promise<XmlMembers>
  /** What time it is, in ms since the epoch. Undefined: no answer says so. */
  readonly now?: () => number
}

export interface QueryService extends Listener, CallControl, CallFates {}

/**
 * A service on loopback that speaks AWS's query protocol, as the AWS CLI and the SDKs do: a form or a query string in, XML out
 * (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html; https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html has GET, too). Every call needs a signature, in the
 * Authorization header or in the query string; whether it is right is for `perform` to find out.
 */
export async function startQueryService(options: QueryServiceOptions): Promise<QueryService> {
  const calls = new ServiceCalls()
  const risks = new CallsAtRisk()
  const listener = await listenOnLoopback(options.port, (request, response) =>
    answer({ ...options, calls, risks }, request, response),
  )
  return {
    ...listener,
    calls: () => calls.calls(),
    resetCalls: () => calls.resetCalls(),
    throttle: (action, nth) => calls.throttle(action, nth),
    decideFates: (fateOf, onLost) => risks.decideFates(fateOf, onLost),
  }
}

interface Service extends QueryServiceOptions {
  readonly calls: ServiceCalls
  readonly risks: CallsAtRisk
}

async function answer(service: Service, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request: ReceivedRequest = {
    method: incoming.method ?? '',
    target: incoming.url ?? '/',
    headers: incoming.headersDistinct,
    body: await buffer(incoming),
  }
  const fields = fieldsOf(request)
  const action = fields.get('Action') ?? ''
  const named = ['GET', 'POST'].includes(request.method) && /^[A-Za-z]+$/.test(action)
  if (named) service.calls.arrived(action)
  const send = await service.risks.carryOut(action, () =>
    outcome(service, { request, fields, action, named }),
  )
  send(response)
}

interface Call {
  readonly request: ReceivedRequest
  readonly fields: URLSearchParams
  readonly action: string
  /** Is `action` the name of one, and is this how one asks for it? */
  readonly named: boolean
}

/** What would be answered, if it is. */
async function outcome(
  service: Service,
  { request, fields, action, named }: Call,
): Promise<(response: ServerResponse) => void> {
  const requestId = randomUUID()
  const write = (response: ServerResponse, status: number, xml: string) => {
    response.setHeader('content-type', 'text/xml')
    response.setHeader('x-amzn-requestid', requestId)
    response.writeHead(status).end(xml)
  }
  try {
    if (!isSigned(request))
      throw new QueryError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
    if (!named) throw invalidAction(action)
    if (service.calls.isOneTooMany(action)) throw new QueryError('Throttling', 'Rate exceeded', 400)
    const result = await service.perform(action, fields, request)
    const { now } = service
    return (response) => {
      if (now) tellTime(response, now())
      write(response, 200, answerXml(service.namespace, { action, result, requestId }))
    }
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    return (response) => write(response, error.status, errorXml(service.namespace, error, requestId))
  }
}

function fieldsOf({ method, target, body }: ReceivedRequest): URLSearchParams {
  return method === 'GET' ? queryOf(target) : new URLSearchParams(body.toString('utf8'))
}

/** The query string of a path with one. */
export function queryOf(target: string): URLSearchParams {
  return new URLSearchParams(target.split('?').slice(1).join('?'))
}

function isSigned({ headers, target }: ReceivedRequest): boolean {
  return headers.authorization !== undefined || queryOf(target).has('X-Amz-Signature')
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
