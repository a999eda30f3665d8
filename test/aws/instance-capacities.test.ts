import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { serverlessPauses } from '../../lambdas/adapters/postgres/serverless-pauses.ts'
import { capacityCalls } from '../../lambdas/aws/instance-capacities.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('CloudWatch', () => {
  async function answering(status: number, body: object, listening = () => {}) {
    const requests: string[] = []
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      requests.push(decodeURIComponent(text))
      listening()
      if (status === 0) return
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify(body))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    return { requests, close }
  }
  const pauses = (signal = AbortSignal.timeout(10_000)) =>
    serverlessPauses(
      capacityCalls(() => signal),
      Date.now,
    )

  it('that refuses leaves it unknown, and says which right is missing', async () => {
    const { requests, close } = await answering(400, { __type: 'AccessDenied', message: 'no' })
    await expect(pauses().pausedAmong(['quiet-1'])).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('cloudwatch:GetMetricData'),
    })
    for (const word of [
      'AWS/RDS',
      'ServerlessDatabaseCapacity',
      'DBInstanceIdentifier',
      'TimestampDescending',
    ])
      expect(requests[0]).toContain(word)
    close()
  })

  it('that does not answer leaves it unknown as soon as the signal says so', async () => {
    const calling = new AbortController()
    const { close } = await answering(0, {}, () => calling.abort())
    await expect(pauses(calling.signal).pausedAmong(['quiet-1'])).rejects.toMatchObject({
      code: 'UNREACHABLE',
    })
    close()
  })
})
