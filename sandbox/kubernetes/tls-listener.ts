import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createCertificateAuthority } from '../postgres/certificate.ts'

export interface TlsListener {
  /** `https://127.0.0.1:port`. */
  readonly url: string
  /** PEM of the authority that issued its certificate. */
  readonly ca: string
  close(): Promise<void>
}

/** A server with a certificate of its own authority, that only this machine reaches. */
export async function listenWithTls(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<TlsListener> {
  const authority = await createCertificateAuthority()
  const server = createServer(await authority.issueCertificate(), (request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    ca: authority.ca,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      )
    },
  }
}
