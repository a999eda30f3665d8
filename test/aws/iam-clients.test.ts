import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { iamCaller } from '../../lambdas/aws/iam-caller.ts'
import { callerClient, iamClient, iamEndpoint, onceClient } from '../../lambdas/aws/iam-clients.ts'
import { iamMint, iamSights } from '../../lambdas/aws/iam-keys.ts'
import { iamForRetirement } from '../../lambdas/aws/iam-wiring.ts'

const signal = () => AbortSignal.timeout(30_000)
const servers: Server[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** Answers as IAM and STS; what came is counted. */
async function answering(answer: RequestListener) {
  const seen = { requests: 0, connections: 0 }
  const server = createServer((request, response) => {
    seen.requests += 1
    answer(request, response)
  })
  server.on('connection', () => {
    seen.connections += 1
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFUNCTIONSOWNKEYS')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_ENDPOINT_URL_IAM', url)
  vi.stubEnv('AWS_ENDPOINT_URL_STS', url)
  return seen
}

const failing: RequestListener = (_request, response) => response.writeHead(500).end()
const hangingUp: RequestListener = (request) => request.socket.destroy()
const identity: RequestListener = (_request, response) =>
  response.writeHead(200, { 'content-type': 'text/xml' }).end(
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111122223333:user/deployer</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  )

describe('the clients of the functions for access keys', () => {
  it.each([
    ['fails', failing, 'IAM_FAILED'],
    ['hangs up', hangingUp, 'TIME_UP'],
  ])('ask for a key once, also when IAM %s: the answer may be what got lost', async (_how, answer, code) => {
    const seen = await answering(answer)
    const minting = iamMint(onceClient(), signal).create('deployer')
    await expect(minting).rejects.toMatchObject({ code })
    expect(seen.requests).toBe(1)
  })

  it('ask once, likewise, for what takes a key out of use or away: a late one may meet a key that is back', async () => {
    const seen = await answering(failing)
    const context = { getRemainingTimeInMillis: () => 60_000 }
    const { revocations } = iamForRetirement(process.env)(context)
    await expect(revocations.deactivate('deployer', 'AKIA')).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(seen.requests).toBe(1)
    await expect(revocations.remove('deployer', 'AKIA')).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(seen.requests).toBe(2)
  })

  it('ask again for what may be asked twice', async () => {
    const seen = await answering(failing)
    const { keys } = iamSights(iamClient(), signal)
    await expect(keys('deployer')).rejects.toMatchObject({ code: 'IAM_FAILED' })
    expect(seen.requests).toBe(4)
  })

  it('reach STS by a new connection each time, with the key that is asked about', async () => {
    const signers: (string | undefined)[] = []
    const seen = await answering((request, response) => {
      signers.push(request.headers.authorization?.match(/Credential=(\w+)\//)?.[1])
      identity(request, response)
    })
    const caller = iamCaller(callerClient, signal)
    const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
    for (const _ of [1, 2, 3])
      expect(await caller(key)).toEqual({
        answer: 'accepted',
        as: 'arn:aws:iam::111122223333:user/deployer',
      })
    expect(seen).toEqual({ requests: 3, connections: 3 })
    expect(new Set(signers)).toEqual(new Set([key.accessKeyId]))
  })
})

describe('the endpoint of IAM', () => {
  it.each([
    [{ AWS_REGION: 'eu-central-1' }, 'iam.amazonaws.com:443'],
    [{ AWS_REGION: 'cn-north-1' }, 'iam.cn-north-1.amazonaws.com.cn:443'],
    [{ AWS_REGION: 'us-gov-west-1' }, 'iam.us-gov.amazonaws.com:443'],
    [{}, 'iam.amazonaws.com:443'],
    [{ AWS_ENDPOINT_URL: 'https://aws.test' }, 'aws.test:443'],
    [{ AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:4566', AWS_ENDPOINT_URL: 'https://a.test' }, '127.0.0.1:4566'],
    [{ AWS_ENDPOINT_URL_IAM: 'http://iam.test' }, 'iam.test:80'],
  ])('with %j is %s', (environment, endpoint) => {
    expect(iamEndpoint(iamClient(), environment)).toBe(endpoint)
  })
})
