import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A connection between a client and a server that a test can cut. */
export interface Wire {
  readonly port: number
  /** How many connections were made through it. */
  connections(): number
  /** What happens to the next bytes that a client sends, on whichever connection; later connections pass. */
  next(fate: Fate): void
  /** Every later connection waits that many milliseconds before its client is heard. */
  delay(ms: number): void
  /** Nothing is forwarded any more, and nothing is closed. */
  silence(): void
  close(): Promise<void>
}

/** `cut before`: they never reach the server. `lose reply`: they do, and its answer is never seen. */
export type Fate = 'cut before' | 'lose reply'

/** `port` of the server on localhost; `listenOn` 0 lets the system choose. */
export async function wireTo(port: number, listenOn = 0): Promise<Wire> {
  const sockets = new Set<Socket>()
  let count = 0
  let fate: Fate | undefined
  let silent = false
  let delayMs = 0
  const server = createServer((client) => {
    count++
    const upstream = connect(port, 'localhost')
    let losing = false
    const end = () => {
      if (silent) return
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', (bytes) => {
      if (silent) return
      const now = fate
      fate = undefined
      if (now === 'cut before') return end()
      losing ||= now === 'lose reply'
      upstream.write(bytes)
    })
    if (delayMs > 0) {
      client.pause()
      setTimeout(() => client.resume(), delayMs)
    }
    upstream.on('data', (bytes) => {
      if (silent) return
      if (losing) return end()
      client.write(bytes)
    })
  })
  server.listen(listenOn, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    port: address.port,
    connections: () => count,
    next: (wanted) => {
      fate = wanted
    },
    delay: (ms) => {
      delayMs = ms
    },
    silence: () => {
      silent = true
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
