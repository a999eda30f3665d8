import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import { OverlapError } from '../../rotation/errors.ts'
import type { Endpoint } from './endpoint.ts'

/** One instance of a server that RDS runs. */
export interface RdsMember {
  readonly endpoint: Endpoint
  /** `available`, `rebooting`, `stopped`, ... (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html). */
  readonly status: string
}

/** What RDS knows about the server behind a host name, in the same Region. */
export interface RdsServer {
  readonly members: readonly RdsMember[]
  /** Names that lead to one of the members: the cluster's writer, reader and custom endpoints. */
  readonly entrances: readonly Endpoint[]
}

export interface RdsTopology {
  /** Undefined when RDS knows no such instance or cluster in this account and Region. Throws `UNREACHABLE` when it cannot be asked. */
  serverOf(host: string): Promise<RdsServer | undefined>
  /** Where the master user of a managed master secret logs in, by the tags that RDS puts on the secret. Throws `ADMIN_SECRET_INVALID`. */
  masterEndpoint(tags: ReadonlyMap<string, string>): Promise<Endpoint>
}

/** The two calls that are asked of RDS, so that a test can answer them. */
export interface RdsCalls {
  clusters(identifier: string): Promise<readonly DBCluster[]>
  instances(filter: {
    readonly name: 'db-instance-id' | 'db-cluster-id'
    readonly values: readonly string[]
  }): Promise<readonly DBInstance[]>
}

export function isRdsHost(host: string): boolean {
  return /\.rds\.amazonaws\.com(\.cn)?$/i.test(host)
}

/** `name.proxy-id.region.rds.amazonaws.com`, or an endpoint of a proxy, `name.endpoint.proxy-id...`. */
export function isRdsProxy(host: string): boolean {
  return isRdsHost(host) && /\.proxy-[^.]+\./i.test(host)
}

export function rdsTopology(calls: RdsCalls = rdsCalls()): RdsTopology {
  return {
    async serverOf(host) {
      const [identifier = '', label = ''] = host.toLowerCase().split('.')
      if (label.startsWith('cluster-')) return ofCluster(calls, identifier)
      const [instance] = await calls.instances({ name: 'db-instance-id', values: [identifier] })
      if (!instance) return undefined
      if (instance.DBClusterIdentifier !== undefined) return ofCluster(calls, instance.DBClusterIdentifier)
      const primary = instance.ReadReplicaSourceDBInstanceIdentifier
      // A replica in another Region is named by its ARN.
      const related = [
        ...(instance.ReadReplicaDBInstanceIdentifiers ?? []),
        ...(primary === undefined ? [] : [primary]),
      ]
      const local = related.filter((name) => !name.startsWith('arn:'))
      const others =
        local.length === 0 ? [] : await calls.instances({ name: 'db-instance-id', values: local })
      return { members: [instance, ...others].flatMap(member), entrances: [] }
    },
    async masterEndpoint(tags) {
      const cluster = nameIn(tags.get('aws:rds:primaryDBClusterArn'))
      const instance = nameIn(tags.get('aws:rds:primaryDBInstanceArn'))
      if (cluster !== undefined) {
        const [found] = await calls.clusters(cluster)
        if (found?.Endpoint !== undefined) return { host: found.Endpoint, port: found.Port ?? 5432 }
      } else if (instance !== undefined) {
        const [found] = await calls.instances({ name: 'db-instance-id', values: [instance] })
        if (found?.Endpoint?.Address !== undefined)
          return { host: found.Endpoint.Address, port: found.Endpoint.Port ?? 5432 }
      }
      throw new OverlapError(
        'ADMIN_SECRET_INVALID',
        'the admin secret has no field host, and RDS does not know the server that its tags aws:rds:primaryDBClusterArn or ' +
          'aws:rds:primaryDBInstanceArn name. Use the managed master secret of a server that exists, or add the field host',
      )
    },
  }
}

async function ofCluster(calls: RdsCalls, identifier: string): Promise<RdsServer | undefined> {
  const [cluster] = await calls.clusters(identifier)
  if (!cluster) return undefined
  const instances = await calls.instances({ name: 'db-cluster-id', values: [identifier] })
  const port = cluster.Port ?? 5432
  const entrances = [cluster.Endpoint, cluster.ReaderEndpoint, ...(cluster.CustomEndpoints ?? [])]
  return {
    members: instances.flatMap(member),
    entrances: entrances.flatMap((host) => (host === undefined ? [] : [{ host, port }])),
  }
}

/** An instance that is being created has no endpoint yet, so nobody uses it. */
function member(instance: DBInstance): RdsMember[] {
  const { Address, Port } = instance.Endpoint ?? {}
  return Address === undefined
    ? []
    : [{ endpoint: { host: Address, port: Port ?? 5432 }, status: instance.DBInstanceStatus ?? 'unknown' }]
}

function nameIn(arn: string | undefined): string | undefined {
  return arn?.split(':')[6]
}

function rdsCalls(): RdsCalls {
  // Asked for only when a host is RDS's: the client is the largest part of the function.
  const loaded = import('@aws-sdk/client-rds').then((sdk) => ({ sdk, client: new sdk.RDSClient({}) }))
  loaded.catch(() => undefined)
  return {
    async clusters(identifier) {
      const { sdk, client } = await loaded
      const answer = await client
        .send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: identifier }))
        .catch((error) => absent(error, 'DescribeDBClusters'))
      return answer?.DBClusters ?? []
    },
    async instances({ name, values }) {
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
