import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'

/** Something that passes for a PostgreSQL server until it is to prove that it is one. */
export interface Impostor {
  readonly host: 'localhost'
  readonly port: number
  /** All that clients have said to it, under TLS where there is TLS. */
  told(): Buffer
  close(): Promise<void>
}

/**
 * `certificate`: what it shows; without one it says that it has no TLS. Once a client has said who it is, it asks for the password itself
 * (AuthenticationCleartextPassword).
 */
export async function startImpostor(certificate?: {
  readonly key: string
  readonly cert: string
}): Promise<Impostor> {
  const sockets = new Set<Socket>()
  const told: Buffer[] = []
  const cleartextPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    // The first packet is an SSLRequest, which says nothing of the client.
    socket.once('data', () => {
      if (!certificate) {
        socket.write('N')
        socket.on('data', (bytes) => told.push(bytes))
        return
      }
      socket.write('S')
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext(certificate),
      })
      secure.on('error', () => secure.destroy())
      secure.on('data', (bytes) => told.push(bytes))
      secure.once('data', () => secure.write(cleartextPassword))
    })
  })
  listener.listen(0, 'localhost')
  await once(listener, 'listening')
  return {
    host: 'localhost',
    port: (listener.address() as AddressInfo).port,
    told: () => Buffer.concat(told),
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
