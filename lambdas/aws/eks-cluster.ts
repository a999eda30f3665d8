import { DescribeClusterCommand, EKSClient, ResourceNotFoundException } from '@aws-sdk/client-eks'
import { OverlapError } from '../rotation/errors.ts'

export function eksClient(): EKSClient {
  // Milliseconds. A call that hangs is given up and repeated while there is time.
  const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }
  return new EKSClient({ requestHandler, maxAttempts: 3 })
}

export interface ClusterEndpoint {
  /** `https://...`. */
  readonly url: string
  /** PEM of the authority that the cluster's certificate is verified with, and no other. */
  readonly authority: string
}

/** Rejects with `KUBERNETES_FAILED` or `TIME_UP`. Needs eks:DescribeCluster on the cluster. */
export async function clusterEndpoint(
  client: EKSClient,
  name: string,
  signal: AbortSignal,
): Promise<ClusterEndpoint> {
  const { cluster } = await client
    .send(new DescribeClusterCommand({ name }), { abortSignal: signal })
    .catch((error) => eksFailed(name, error))
  const authority = cluster?.certificateAuthority?.data
  if (cluster?.endpoint === undefined || authority === undefined)
    throw new OverlapError(
      'KUBERNETES_FAILED',
      `the EKS cluster ${name} has no endpoint: it is ${cluster?.status ?? 'of no known status'}`,
    )
  return { url: cluster.endpoint, authority: Buffer.from(authority, 'base64').toString() }
}

function eksFailed(cluster: string, error: unknown): never {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'AbortError' || name === 'TimeoutError')
    throw new OverlapError('TIME_UP', 'DescribeCluster was not answered in time: the outcome is unknown')
  const detail = { operation: 'DescribeCluster', awsError: name }
  if (error instanceof ResourceNotFoundException)
    throw new OverlapError('KUBERNETES_FAILED', `there is no EKS cluster ${cluster} in this Region`, {
      detail,
    })
  throw new OverlapError('KUBERNETES_FAILED', `DescribeCluster failed: ${name}: ${message}`, { detail })
}
