import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import { OverlapError } from '../../rotation/errors.ts'
import type { Endpoint } from './endpoint.ts'

/** One instance of a server that RDS runs. */
export interface RdsMember {
  readonly endpoint: Endpoint
  /** `available`, `rebooting`, `stopped`, ... (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html). */
  readonly status: string
  /** Its DBInstanceIdentifier where it may pause: of Aurora Serverless v2, with a least capacity of 0. */
  readonly pausing?: string
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

export function rdsTopology(calls: RdsCalls): RdsTopology {
  return {
    async serverOf(host) {
      const [identifier = '', label = ''] = host.toLowerCase().split('.')
      const found = await replicated(calls, {
        kind: label.startsWith('cluster-') ? 'cluster' : 'db',
        name: identifier,
      })
      return found.instances.length === 0 && found.clusters.length === 0
        ? undefined
        : {
            members: found.instances.flatMap((instance) => member(instance, found.clusters)),
            entrances: found.clusters.flatMap(entrancesOf),
          }
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

/** An instance or a cluster of this account and Region. */
interface Reference {
  readonly kind: 'db' | 'cluster'
  readonly name: string
}

/**
 * Everything that replicates with it, however far: a replica may have replicas of its own, an instance those of a cluster, and a cluster those that
 * are instances. Roles and passwords are the same in all of them.
 */
async function replicated(
  calls: RdsCalls,
  start: Reference,
): Promise<{ readonly instances: readonly DBInstance[]; readonly clusters: readonly DBCluster[] }> {
  const instances = new Map<string, DBInstance>()
  const clusters: DBCluster[] = []
  const asked = new Set<string>()
  for (let wave: readonly Reference[] = [start]; wave.length > 0; ) {
    const fresh = wave.filter(({ kind, name }) => !asked.has(`${kind} ${name}`))
    for (const { kind, name } of fresh) asked.add(`${kind} ${name}`)
    const names = (kind: Reference['kind']) => [
      ...new Set(fresh.filter((one) => one.kind === kind).map(({ name }) => name)),
    ]
    const next: Reference[] = []
    const meet = (found: readonly DBInstance[]) => {
      for (const instance of found) {
        asked.add(`db ${instance.DBInstanceIdentifier}`)
        instances.set(instance.DBInstanceIdentifier ?? '', instance)
        next.push(...relativesOf(instance))
      }
    }
    if (names('db').length > 0) meet(await calls.instances({ name: 'db-instance-id', values: names('db') }))
    for (const name of names('cluster')) {
      const [cluster] = await calls.clusters(name)
      if (!cluster) continue
      clusters.push(cluster)
      next.push(...relativesOfCluster(cluster))
      meet(await calls.instances({ name: 'db-cluster-id', values: [name] }))
    }
    wave = next
  }
  return { instances: [...instances.values()], clusters }
}

function relativesOf(instance: DBInstance): Reference[] {
  const local = localTo(instance.DBInstanceArn)
  return [
    ...local('cluster', [instance.DBClusterIdentifier]),
    ...local('db', instance.ReadReplicaDBInstanceIdentifiers ?? []),
    ...local('cluster', instance.ReadReplicaDBClusterIdentifiers ?? []),
    ...local('db', [instance.ReadReplicaSourceDBInstanceIdentifier]),
    ...local('cluster', [instance.ReadReplicaSourceDBClusterIdentifier]),
  ]
}

/** A Multi-AZ cluster's replicas are instances; an Aurora cluster's are clusters, named by their ARNs. */
function relativesOfCluster(cluster: DBCluster): Reference[] {
  const local = localTo(cluster.DBClusterArn)
  return [
    ...local('db', cluster.ReadReplicaIdentifiers ?? []),
    ...local('cluster', [cluster.ReplicationSourceIdentifier]),
  ]
}

/** What is in another Region or account is named by an ARN, and an ARN says itself what it names. */
function localTo(ownArn: string | undefined) {
  const place = (arn: string | undefined) => arn?.split(':').slice(3, 5).join(':')
  return (kind: Reference['kind'], names: readonly (string | undefined)[]): Reference[] =>
    names.flatMap((name) => {
      if (name === undefined) return []
      if (!name.startsWith('arn:')) return [{ kind, name }]
      const named = nameIn(name)
      if (named === undefined || place(name) !== place(ownArn)) return []
      return [{ kind: name.split(':')[5] === 'cluster' ? 'cluster' : 'db', name: named }]
    })
}

function entrancesOf(cluster: DBCluster): Endpoint[] {
  const hosts = [cluster.Endpoint, cluster.ReaderEndpoint, ...(cluster.CustomEndpoints ?? [])]
  return hosts.flatMap((host) => (host === undefined ? [] : [{ host, port: cluster.Port ?? 5432 }]))
}

/** An instance that is being created has no endpoint yet, so nobody uses it. */
function member(instance: DBInstance, clusters: readonly DBCluster[]): RdsMember[] {
  const { Address, Port } = instance.Endpoint ?? {}
  const { DBInstanceIdentifier: name, DBInstanceStatus: status = 'unknown' } = instance
  if (Address === undefined) return []
  const endpoint = { host: Address, port: Port ?? 5432 }
  return [
    { endpoint, status, ...(name !== undefined && mayPause(instance, clusters) ? { pausing: name } : {}) },
  ]
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html */
function mayPause(
  { DBInstanceClass, DBClusterIdentifier }: DBInstance,
  clusters: readonly DBCluster[],
): boolean {
  const cluster = clusters.find((one) => one.DBClusterIdentifier === DBClusterIdentifier)
  return DBInstanceClass === 'db.serverless' && cluster?.ServerlessV2ScalingConfiguration?.MinCapacity === 0
}

function nameIn(arn: string | undefined): string | undefined {
  return arn?.split(':')[6]
}
