import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import { OverlapError } from '../rotation/errors.ts'

type InstanceFilter = {
  readonly name: 'db-instance-id' | 'db-cluster-id'
  readonly values: readonly string[]
}

/**
 * Clusters and instances of this account and Region; what does not exist is nothing. `signal` ends a call that hangs. Every call rejects with OverlapError: `UNREACHABLE`.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html, .../API_DescribeDBInstances.html
 */
export function rdsCalls(signal: () => AbortSignal) {
  // Asked for only when a host is RDS's: the client is the largest part of the function.
  const loaded = import('@aws-sdk/client-rds').then((sdk) => ({ sdk, client: new sdk.RDSClient({}) }))
  loaded.catch(() => undefined)
  return {
    async clusters(identifier: string): Promise<readonly DBCluster[]> {
      const { sdk, client } = await loaded
      const answer = await client
        .send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: identifier }), {
          abortSignal: signal(),
        })
        .catch((error) => absent(error, 'DescribeDBClusters'))
      return answer?.DBClusters ?? []
    },
    async instances({ name, values }: InstanceFilter): Promise<readonly DBInstance[]> {
      const { sdk, client } = await loaded
      const found: DBInstance[] = []
      let marker: string | undefined
      do {
        const page = await client
          .send(
            new sdk.DescribeDBInstancesCommand({
              Filters: [{ Name: name, Values: [...values] }],
              ...(marker === undefined ? {} : { Marker: marker }),
            }),
            { abortSignal: signal() },
          )
          .catch((error) => absent(error, 'DescribeDBInstances'))
        found.push(...(page?.DBInstances ?? []))
        marker = page?.Marker
      } while (marker)
      return found
    },
  }
}

function absent(error: unknown, operation: string): undefined {
  const { name } = error as { name?: string }
  if (
    name === 'DBClusterNotFoundFault' ||
    name === 'DBInstanceNotFoundFault' ||
    name === 'DBInstanceNotFound'
  )
    return undefined
  throw new OverlapError(
    'UNREACHABLE',
    `RDS did not answer ${operation}: ${name ?? 'unknown error'}. The function's role needs rds:DescribeDBClusters and rds:DescribeDBInstances, ` +
      'and the function a way to the RDS endpoint',
  )
}
