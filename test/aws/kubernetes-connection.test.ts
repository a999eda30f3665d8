import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubernetesConnection } from '../../lambdas/aws/kubernetes-connection.ts'
import { createCertificateAuthority } from '../../sandbox/postgres/certificate.ts'

const call = { verb: 'get', resource: 'deployments.apps', namespace: 'shop', name: 'api' } as const
let server: Server
let url: string
let authority: string
const headers: (string | undefined)[] = []

/** Answers nobody, except under /moved, and there with another place. */
beforeAll(async () => {
  const made = await createCertificateAuthority()
  authority = made.ca
  server = createServer(await made.issueCertificate(), (request, response) => {
    headers.push(request.headers.authorization)
    if (request.url?.startsWith('/moved'))
      response.writeHead(302, { location: url.replace('https', 'http') }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const read = (endpoint: string, signal: AbortSignal) => {
  const connection = kubernetesConnection({
    cluster: 'eks-shop',
    endpoint: async () => ({ url: endpoint, authority }),
    token: async () => 'token',
    signal: () => signal,
  })
  return connection(call, {}, ({ apps }, options) =>
    apps.readNamespacedDeployment({ namespace: 'shop', name: 'api' }, options),
  )
}

describe('a call that hangs', () => {
  it('is given up before the time of the function is up, and is unknown', async () => {
    const started = performance.now()
    const took = () => performance.now() - started
    const late = expect(read(url, AbortSignal.timeout(300)))
      .rejects.toMatchObject({ code: 'TIME_UP' })
      .then(took)
    const slow = expect(read(url, AbortSignal.timeout(30_000)))
      .rejects.toMatchObject({ code: 'KUBERNETES_FAILED' })
      .then(took)
    expect(await late).toBeLessThan(4_000)
    expect(await slow).toBeLessThan(15_000)
  })
})

describe('the token', () => {
  it('is not said where nothing is encrypted', async () => {
    headers.length = 0
    await expect(read(url.replace('https', 'http'), AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
    })
    expect(headers).toEqual([])
  })

  it('follows nobody elsewhere', async () => {
    await expect(read(`${url}/moved`, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
    })
  })
})
