import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listener {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly port: number
  /** Ends connections and the listener. */
  close(): Promise<void>
}

/**
 * A server that only this machine reaches, for the SDKs.
 *
 * @param port undefined or 0 lets the system choose
 * @throws when the port is taken
 */
export async function listenOnLoopback(
  port: number | undefined,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listener> {
  const server = createServer((request, response) => {
    // The caller's clock need not be this machine's, nor the sandbox's: an SDK that saw the difference would try a refused call again.
    response.sendDate = false
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port ?? 0, '127.0.0.1', resolve)
  })
  const { port: chosen } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${chosen}`,
    port: chosen,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      )
    },
  }
}

/** Has an answer say what time it is, in whole seconds, as AWS's do. Only for one that is no refusal. `now` in ms since the epoch. */
export function tellTime(response: ServerResponse, now: number): void {
  response.setHeader('date', new Date(now).toUTCString())
}
