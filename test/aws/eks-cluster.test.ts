import { EKSClient } from '@aws-sdk/client-eks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterEndpoint } from '../../lambdas/aws/eks-cluster.ts'
import { type Eks, startEks } from '../../sandbox/eks/server.ts'

const CA = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n'
let eks: Eks
let client: EKSClient

beforeAll(async () => {
  eks = await startEks()
  eks.add({ name: 'eks-shop', url: 'https://127.0.0.1:1', ca: CA })
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' }
  client = new EKSClient({ endpoint: eks.url, region: 'us-east-1', credentials, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await eks.close()
})

const time = () => AbortSignal.timeout(10_000)

describe('the endpoint of a cluster', () => {
  it('is told by EKS, with the authority in PEM', async () => {
    await expect(clusterEndpoint(client, 'eks-shop', time())).resolves.toEqual({
      url: 'https://127.0.0.1:1',
      authority: CA,
    })
  })

  it('is unknown for a cluster that is not there', async () => {
    await expect(clusterEndpoint(client, 'none', time())).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
      message: expect.stringContaining('there is no EKS cluster none'),
    })
  })

  it('is unknown when the time is up', async () => {
    await expect(clusterEndpoint(client, 'eks-shop', AbortSignal.abort())).rejects.toMatchObject({
      code: 'TIME_UP',
    })
  })

  it('is unknown when EKS does not answer', async () => {
    const nobody = new EKSClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      maxAttempts: 1,
    })
    await expect(clusterEndpoint(nobody, 'eks-shop', time())).rejects.toMatchObject({
      code: 'KUBERNETES_FAILED',
      message: expect.stringContaining('DescribeCluster failed'),
    })
    nobody.destroy()
  })
})
