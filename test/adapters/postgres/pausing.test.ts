import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import type { PostgresOptions } from '../../../lambdas/adapters/postgres/options.ts'
import { type Pauses, serverlessPauses } from '../../../lambdas/adapters/postgres/serverless-pauses.ts'
import { postgresRetirer } from '../../../lambdas/adapters/postgres.ts'
import { adminArn } from './application.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const HOST = 'quiet-1.abc.us-east-1.rds.amazonaws.com'
const credential = parseCredential(
  JSON.stringify({
    ...{ engine: 'aurora-postgresql', host: HOST, username: 'app', password: 'a', masterarn: adminArn },
  }),
)

/** A retirer of a server that may pause. Whoever connects is heard of. */
async function paused(pauses: Pauses) {
  const connections: unknown[] = []
  const server = createServer()
  server.on('connection', (socket) => {
    connections.push(socket)
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dns = await import('node:dns')
  const lookup = dns.default.lookup as (host: string, ...rest: unknown[]) => void
  vi.spyOn(dns.default, 'lookup').mockImplementation(((host: string, ...rest: unknown[]) =>
    lookup(host.endsWith('.amazonaws.com') ? '127.0.0.1' : host, ...rest)) as typeof dns.default.lookup)
  const options: PostgresOptions = {
    ...{ secretId: 'arn:s', tags: new Map(), rotated: true, endpoints: new Map(), lockDatabase: 'postgres' },
    ...{ deadline: Date.now() + 1_500, now: Date.now, randomBytes: (size) => Buffer.alloc(size) },
    admins: {
      read: async () => ({
        value: JSON.stringify({ host: HOST, port, username: 'admin', password: 'b' }),
        tags: new Map(),
      }),
      forget: () => undefined,
    },
    rds: async () => ({
      masterEndpoint: () => Promise.reject(new Error('the admin secret says where it is')),
      serverOf: async () => ({
        members: [{ endpoint: { host: HOST, port }, status: 'available', pausing: 'quiet-1' }],
        entrances: [],
      }),
    }),
    pauses: async () => pauses,
    certificates: async () => '',
    note: () => undefined,
  }
  const look = () => postgresRetirer(options).sightings(credential, credential)
  return { look, connections, port, close: () => server.close() }
}

describe('a look at a server that may pause', () => {
  it('leaves one asleep that is asleep', async () => {
    const { look, connections, port, close } = await paused({ pausedAmong: async (all) => new Set(all) })
    expect(await look()).toEqual({
      ...{ sightings: [], endpoints: [], asleep: true, witness: undefined, principal: 'app' },
    })
    expect(connections).toEqual([])
    // And it would have been heard of.
    const caller = connect(port, '127.0.0.1')
    caller.on('error', () => undefined)
    await once(caller, 'close')
    expect(connections).toHaveLength(1)
    close()
  })

  it('is not made, and says nothing of it, where it is unknown', async () => {
    const unknown = serverlessPauses({ capacities: async () => [] }, Date.now)
    const { look, connections, close } = await paused(unknown)
    await expect(look()).rejects.toMatchObject({ code: 'UNREACHABLE', detail: { instance: 'quiet-1' } })
    expect(connections).toEqual([])
    close()
  })

  it('is made where it is awake', async () => {
    const { look, connections, close } = await paused({ pausedAmong: async () => new Set() })
    await expect(look()).rejects.toMatchObject({ code: expect.stringMatching(/^(UNREACHABLE|TLS_FAILED)$/) })
    expect(connections.length).toBeGreaterThan(0)
    close()
  })
})
