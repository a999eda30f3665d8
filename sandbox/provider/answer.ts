import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './faults.ts'

export interface Answer {
  readonly status: number
  /** undefined: no body. */
  readonly body?: object | undefined
  readonly retryAfter?: number | undefined
}

const failure: Answer = {
  status: 500,
  body: { error: { code: 'internal', message: 'Something went wrong.' } },
}
const page = '<!doctype html><html><body><h1>We will be back soon</h1></body></html>'

/** Gives the answer, or what becomes of it. */
export async function give(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
): Promise<void> {
  switch (fault?.is) {
    case undefined:
      return send(response, answer)
    case 'error':
    case 'error after success':
      return send(response, failure)
    case 'lost':
    case 'lost after success':
      response.destroy()
      return
    case 'slow':
      await sleep(fault.ms, undefined, { ref: false })
      return send(response, answer)
    case 'too many':
      return send(response, { ...refusal(429), retryAfter: fault.retryAfter })
    case 'unavailable':
      return send(response, { ...refusal(503), retryAfter: fault.retryAfter })
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end(page)
      return
    case 'error in 200':
      return send(response, { ...failure, status: 200 })
    case 'cut off':
    case 'half of the JSON':
      return half(response, answer, fault.is === 'cut off')
    case 'empty object':
      return send(response, { ...answer, body: {} })
    case 'padded':
      return send(response, { ...answer, body: { ...answer.body, padding: ' '.repeat(fault.bytes) } })
    case 'redirect':
      response.writeHead(302, { location: fault.to }).end()
      return
  }
}

function refusal(status: number): Answer {
  return { status, body: { error: { code: 'try_later', message: 'Try again later.' } } }
}

function send(response: ServerResponse, { status, body, retryAfter }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  response
    .writeHead(status, {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      'content-length': Buffer.byteLength(text),
    })
    .end(text)
}

function half(response: ServerResponse, { status, body }: Answer, announcesAll: boolean): void {
  const text = JSON.stringify(body ?? {})
  const sent = text.slice(0, Math.ceil(text.length / 2))
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(announcesAll ? text : sent),
  })
  if (announcesAll) response.write(sent, () => response.destroy())
  else response.end(sent)
}
