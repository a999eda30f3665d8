import { once } from 'node:events'
import { createServer } from 'node:net'

/** Rejects with EADDRINUSE when somebody listens on this port of loopback: before anything is begun that would take longer to find it out. */
export async function refuseTakenPort(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
