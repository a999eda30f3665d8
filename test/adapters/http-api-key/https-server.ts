import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { createCertificateAuthority } from '../../../sandbox/postgres/certificate.ts'

export interface HttpsServer {
  readonly port: number
  /** PEM of the authority of its certificate. */
  readonly ca: string
  /** How many connections it has had. */
  connections(): number
  close(): Promise<void>
}

/** A server on loopback that answers as it is told to, however wrong. */
export async function serveHttps(answer: RequestListener): Promise<HttpsServer> {
  const authority = await createCertificateAuthority()
  return listening(createServer(await authority.issueCertificate(), answer), authority.ca)
}

/** One that does not even speak HTTP. */
export async function serveTls(answer: (socket: TLSSocket) => void): Promise<HttpsServer> {
  const authority = await createCertificateAuthority()
  return listening(createTlsServer(await authority.issueCertificate(), answer), authority.ca)
}

async function listening(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>,
  ca: string,
): Promise<HttpsServer> {
  const sockets = new Set<{ destroy(): void }>()
  let count = 0
  server.on('connection', (socket: { destroy(): void }) => {
    count += 1
    sockets.add(socket)
  })
  server.on('secureConnection', (socket: TLSSocket) => void socket.on('error', () => {}))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    connections: () => count,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

/** A resolver whose answers are these, one after another; the last one stays. */
export function resolving(...answers: readonly (readonly string[])[]) {
  let asked = 0
  const lookup = ((_host: string, _options: unknown, done: (error: null, found: unknown) => void) => {
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? []
    asked += 1
    done(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    )
  }) as unknown as typeof import('node:dns').lookup
  return { lookup, asked: () => asked }
}
