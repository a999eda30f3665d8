import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * `silent`: connections are accepted and nothing moves; what was sent goes on its way when the mode changes, as after a network outage.
 * `refuse`: nobody listens on the port; connections that stand are left alone. `delayMs`: each piece of data is late by this much.
 */
export type ProxyMode = 'pass' | 'silent' | 'refuse' | { readonly delayMs: number }

export interface TcpProxy {
  readonly host: 'localhost'
  readonly port: number
  /** Clients that are connected now. */
  connections(): number
  setMode(mode: ProxyMode): Promise<void>
  /** Resets (RST) every connection that stands. */
  resetConnections(): void
  /**
   * For the connections that stand: what the client sends still arrives; what the server answers is dropped, and with the first such answer the
   * connection is reset. So the server has done what it was asked, and the client cannot know.
   */
  blackholeReplies(): void
  /** Ends every connection. */
  close(): Promise<void>
}

interface Relay {
  readonly client: Socket
  readonly target: Socket
  blackholed: boolean
}

/** A TCP proxy on loopback that fails in the ways of a network. It does not look into what it carries. */
export async function startTcpProxy(options: {
  readonly target: { readonly host: string; readonly port: number }
}): Promise<TcpProxy> {
  const relays = new Set<Relay>()
  let delayMs = 0
  let open = Promise.resolve()
  let reopen: (() => void) | undefined

  /** Moves data in order, each piece after the silence, if there is one, and its delay. */
  const carry = (from: Socket, write: (piece: Buffer) => void, end: () => void): void => {
    let last = Promise.resolve()
    const then = (act: () => void): void => {
      const late = delayMs > 0 ? sleep(delayMs) : undefined
      last = Promise.all([last, late])
        .then(() => open)
        .then(act)
    }
    from.on('data', (piece) => then(() => write(piece)))
    from.on('end', () => then(end))
  }
  const accept = (client: Socket): void => {
    const target = connect({ ...options.target, noDelay: true, allowHalfOpen: true })
    const relay: Relay = { client, target, blackholed: false }
    relays.add(relay)
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      socket.on('error', () => other.resetAndDestroy())
      socket.once('close', () => {
        if (client.destroyed && target.destroyed) relays.delete(relay)
      })
    }
    carry(
      client,
      (piece) => target.write(piece),
      () => target.end(),
    )
    carry(
      target,
      (piece) => (relay.blackholed ? reset(relay) : client.write(piece)),
      () => (relay.blackholed ? reset(relay) : client.end()),
    )
  }

  let listener = await listen(0, accept)
  const { port } = listener.address() as AddressInfo
  return {
    host: 'localhost',
    port,
    connections: () => [...relays].filter(({ client }) => !client.destroyed).length,
    setMode: async (mode) => {
      delayMs = typeof mode === 'object' ? mode.delayMs : 0
      if (mode !== 'silent') {
        reopen?.()
        reopen = undefined
      } else if (!reopen)
        open = new Promise((resolve) => {
          reopen = resolve
        })
      if (mode === 'refuse') stopListening(listener)
      else if (!listener.listening) listener = await listen(port, accept)
    },
    resetConnections: () => {
      for (const relay of relays) reset(relay)
    },
    blackholeReplies: () => {
      for (const relay of relays) relay.blackholed = true
    },
    close: async () => {
      stopListening(listener)
      await Promise.all(
        [...relays]
          .flatMap(({ client, target }) => [client, target])
          .filter((socket) => !socket.closed)
          .map((socket) => {
            const closed = once(socket, 'close')
            socket.destroy()
            return closed
          }),
      )
    },
  }
}

function reset({ client, target }: Relay): void {
  client.resetAndDestroy()
  target.destroy()
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, accept)
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  return listener
}

/** At once: connections that stand are no reason to wait. */
function stopListening(listener: Server): void {
  if (listener.listening) listener.close()
}
