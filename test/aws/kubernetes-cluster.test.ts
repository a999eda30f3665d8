import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { EKSClient } from '@aws-sdk/client-eks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eksWorkloads } from '../../lambdas/aws/kubernetes-cluster.ts'
import { type Eks, startEks } from '../../sandbox/eks/server.ts'
import { createCertificateAuthority } from '../../sandbox/postgres/certificate.ts'

const CANARY = Buffer.from('a canary').toString('base64')
let server: Server
let eks: Eks
let client: EKSClient

/** What stands between and gives more than it is asked for. */
beforeAll(async () => {
  const made = await createCertificateAuthority()
  server = createServer(await made.issueCertificate(), (_, response) => {
    const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'db' }, data: { password: CANARY } }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(secret))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  eks = await startEks()
  eks.add({ name: 'eks-shop', url: `https://127.0.0.1:${port}`, ca: made.ca })
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' }
  client = new EKSClient({ endpoint: eks.url, region: 'us-east-1', credentials })
})
afterAll(async () => {
  client.destroy()
  server.closeAllConnections()
  server.close()
  await eks.close()
})

it('more of a Secret than its metadata is refused, and repeated nowhere', async () => {
  const signal = () => AbortSignal.timeout(10_000)
  const cluster = eksWorkloads({ client, cluster: 'eks-shop', signal, now: Date.now })
  const error: Error = await cluster.secret('shop', 'db').then(
    () => new Error('it was taken'),
    (thrown) => thrown,
  )
  expect(error).toMatchObject({
    code: 'KUBERNETES_FAILED',
    message: expect.stringContaining('more than its metadata'),
  })
  expect(`${error.message}${error.stack}${error.cause}`).not.toContain(CANARY)
})
