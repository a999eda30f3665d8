import { once } from 'node:events'
import { createServer } from 'node:net'

/** A TCP port that was free a moment ago on every loopback address that this machine has. */
export async function findFreePort(): Promise<{ port: number; addresses: readonly string[] }> {
  for (;;) {
    const port = await bind('127.0.0.1', 0)
    if (typeof port !== 'number') throw new Error(`cannot listen on 127.0.0.1: ${port}`)
    const six = await bind('::1', port)
    if (typeof six === 'number') return { port, addresses: ['127.0.0.1', '::1'] }
    if (six !== 'EADDRINUSE') return { port, addresses: ['127.0.0.1'] }
  }
}

/** The port, or the code of the error. */
async function bind(host: string, port: number): Promise<number | string> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    return typeof address === 'object' && address ? address.port : 'EINVAL'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EINVAL'
  }
}
