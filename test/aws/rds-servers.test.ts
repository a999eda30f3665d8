import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { rdsTopology } from '../../lambdas/adapters/postgres/rds-topology.ts'
import { rdsCalls } from '../../lambdas/aws/rds-servers.ts'

it('an RDS that does not answer is unreachable as soon as the signal says so', async () => {
  const calling = new AbortController()
  const silent = createServer(() => calling.abort())
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  vi.stubEnv('AWS_ENDPOINT_URL_RDS', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  const topology = rdsTopology(rdsCalls(() => calling.signal))
  await expect(topology.serverOf('shop.abc.us-east-1.rds.amazonaws.com')).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining('DescribeDBInstances'),
  })
  vi.unstubAllEnvs()
  silent.closeAllConnections()
  silent.close()
})
