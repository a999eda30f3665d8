import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { connect as connectTls, TLSSocket } from 'node:tls'

/** A server's front under names of its own: it ends the client's TLS with its certificate and begins another with the server. */
export interface Front {
  readonly port: number
  close(): Promise<void>
}

const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex')

/** `port` of the server on localhost, `ca` what that server's certificate is verified with; `said` is what the server hears of a client's bytes. */
export async function frontOf(
  server: { port: number; ca: string },
  certificate: { key: string; cert: string },
  said: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<Front> {
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const upstream = connect(server.port, 'localhost')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.once('data', () => {
      upstream.write(SSL_REQUEST)
      upstream.once('data', () => {
        client.write('S')
        const inner = connectTls({ socket: upstream, servername: 'localhost', ca: server.ca })
        const outer = new TLSSocket(client, { isServer: true, ...certificate })
        for (const socket of [inner, outer]) socket.on('error', () => client.destroy())
        const hearing = new Transform({ transform: (bytes, _, next) => next(null, said(bytes)) })
        outer.pipe(hearing).pipe(inner)
        inner.pipe(outer)
      })
    })
  })
  listener.listen(0, 'localhost')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}
