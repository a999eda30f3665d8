import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to one call: `after` lets the server carry it out and loses the reply. */
export type HttpFate = 'pass' | 'lose-before' | 'lose-after' | 'error' | 'hang'

export interface HttpWire {
  readonly url: string
  close(): Promise<void>
}

/**
 * A proxy in front of an AWS JSON endpoint. `onCall` is asked before each call is forwarded, with a count from 1 and the operation's
 * name; a call waits for as long as the answer does. `onLost` is called before the caller can notice that it is to get no reply: the moment
 * to kill its process.
 */
export async function startHttpWire(options: {
  readonly target: string
  readonly onCall: (count: number, operation: string) => HttpFate | Promise<HttpFate>
  readonly onLost?: () => void
}): Promise<HttpWire> {
  let count = 0
  const server = createServer((incoming, outgoing) => {
    collect(incoming)
      .then(async (body) => {
        count += 1
        const operation =
          String(incoming.headers['x-amz-target'] ?? '')
            .split('.')
            .at(-1) ?? ''
        await carryOut(options, await options.onCall(count, operation), incoming, outgoing, body)
      })
      .catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function carryOut(
  options: { readonly target: string; readonly onLost?: () => void },
  fate: HttpFate,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Buffer,
): Promise<void> {
  if (fate === 'hang') return
  if (fate === 'lose-before') {
    options.onLost?.()
    outgoing.destroy()
    return
  }
  if (fate === 'error') {
    // An error that the SDK does not repeat by itself, so that the function sees it.
    outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
    outgoing.end(JSON.stringify({ __type: 'DecryptionFailure', message: 'injected by the test' }))
    return
  }
  const reply = await forward(options.target, incoming, body)
  if (fate === 'lose-after') {
    options.onLost?.()
    outgoing.destroy()
    return
  }
  outgoing.writeHead(reply.status, reply.headers)
  outgoing.end(reply.body)
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer) {
  const { host: _host, connection: _connection, ...headers } = incoming.headers
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
    const outgoing = request(
      `${target}${incoming.url ?? '/'}`,
      { method: incoming.method ?? 'POST', headers },
      (reply) => {
        collect(reply).then(
          (bytes) =>
            resolve({
              status: reply.statusCode ?? 500,
              headers: meant(reply.headers),
              body: bytes,
            }),
          reject,
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Headers that say something of the answer, such as X-Amz-Function-Error, and nothing of the connection. By the date an SDK sees whether its clock is right. */
function meant(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => ['content-type', 'date'].includes(name) || name.startsWith('x-amz'),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]))
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
