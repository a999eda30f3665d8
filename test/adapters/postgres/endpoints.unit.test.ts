import { describe, expect, it } from 'vitest'
import { parseCredential } from '../../../lambdas/adapters/postgres/credential.ts'
import { endpointName, parseEndpoint } from '../../../lambdas/adapters/postgres/endpoint.ts'
import {
  consumerEndpoints,
  endpointsOf,
  refuseForeignHost,
} from '../../../lambdas/adapters/postgres/endpoints.ts'
import type { RdsTopology } from '../../../lambdas/adapters/postgres/rds-topology.ts'

const credentialAt = (host: string, port = 5432) =>
  parseCredential(
    JSON.stringify({ engine: 'postgres', host, port, dbname: 'd', username: 'app', password: 'pw-CANARY' }),
  )

const noRds = () => Promise.reject(new Error('RDS is not asked'))

describe('endpoint names', () => {
  it.each(['db:5432', 'db.example.com:1', '[::1]:65535', '10.0.0.1:5432'])('%s comes back', (text) => {
    const endpoint = parseEndpoint(text)
    expect(endpoint && endpointName(endpoint)).toBe(text)
  })

  it.each(['db', 'db:0', 'db:65536', ':5432', 'a b:1', '::1:5432', 'http://db:1'])('%s is none', (text) => {
    expect(parseEndpoint(text)).toBeUndefined()
  })
})

describe('endpointsOf', () => {
  it('finds what the deployment declared, whatever the case of the host, and does not ask RDS about other hosts', async () => {
    const endpoints = new Map([['Admin.Example:5432', ['replica.example:5433']]])
    const known = await endpointsOf({ host: 'admin.example', port: 5432 }, { endpoints, rds: noRds })
    expect(known.declared).toEqual([{ host: 'replica.example', port: 5433 }])
  })

  it('asks RDS about its hosts', async () => {
    const host = 'db.abc.us-east-1.rds.amazonaws.com'
    const member = { endpoint: { host, port: 5432 }, status: 'available' }
    const rds: RdsTopology = {
      serverOf: async () => ({ members: [member], entrances: [] }),
      masterEndpoint: () => Promise.reject(new Error('not asked')),
    }
    const known = await endpointsOf({ host, port: 5432 }, { endpoints: new Map(), rds: async () => rds })
    expect(known.members).toEqual([member])
  })
})

describe('refuseForeignHost', () => {
  const known = {
    primary: { host: 'admin', port: 5432 },
    declared: [{ host: 'replica', port: 5433 }],
    members: [{ endpoint: { host: 'member', port: 5432 }, status: 'rebooting' }],
    entrances: [{ host: 'cluster', port: 5432 }],
  }
  it.each([
    ['ADMIN', 5432],
    ['replica', 5433],
    ['member', 5432],
    ['cluster', 5432],
  ])('allows %s:%i', (host, port) => {
    expect(() => refuseForeignHost(credentialAt(host, port), known)).not.toThrow()
  })

  it.each([
    ['evil', 5432],
    ['admin', 5433],
    ['replica', 5432],
  ])('refuses %s:%i and says what is allowed', (host, port) => {
    expect(() => refuseForeignHost(credentialAt(host, port), known)).toThrow(
      expect.objectContaining({
        code: 'TARGET_NOT_ALLOWED',
        message: expect.stringContaining('admin:5432, replica:5433, member:5432, cluster:5432'),
      }),
    )
  })

  it.each([
    'app.proxy-abc.us-east-1.rds.amazonaws.com',
    'ro.endpoint.proxy-abc.cn-north-1.rds.amazonaws.com.cn',
  ])('refuses the proxy %s even where it is declared', (host) => {
    const declared = { ...known, declared: [{ host, port: 5432 }] }
    expect(() => refuseForeignHost(credentialAt(host), declared)).toThrow(
      expect.objectContaining({ code: 'PROXY_UNSUPPORTED' }),
    )
  })

  it('takes a host for a proxy only where RDS has one', () => {
    const host = 'db.proxy-abc.example.com'
    const declared = { ...known, declared: [{ host, port: 5432 }] }
    expect(() => refuseForeignHost(credentialAt(host), declared)).not.toThrow()
  })
})

describe('consumerEndpoints', () => {
  it('names each once: what must answer, then the available members', () => {
    const known = {
      primary: { host: 'a', port: 1 },
      declared: [
        { host: 'b', port: 1 },
        { host: 'A', port: 1 },
      ],
      members: [
        { endpoint: { host: 'b', port: 1 }, status: 'available' },
        { endpoint: { host: 'c', port: 1 }, status: 'available' },
        { endpoint: { host: 'd', port: 1 }, status: 'rebooting' },
      ],
      entrances: [{ host: 'e', port: 1 }],
    }
    const named = consumerEndpoints(credentialAt('e', 1), known).map(
      ({ endpoint, required }) => `${endpointName(endpoint)} ${required}`,
    )
    expect(named).toEqual(['a:1 true', 'b:1 true', 'e:1 true', 'c:1 false'])
  })
})
