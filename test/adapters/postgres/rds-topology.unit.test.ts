import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import { describe, expect, it } from 'vitest'
import { type RdsCalls, rdsTopology } from '../../../lambdas/adapters/postgres/rds-topology.ts'

const instance = (id: string, more: DBInstance = {}): DBInstance => ({
  DBInstanceIdentifier: id,
  DBInstanceStatus: 'available',
  Endpoint: { Address: `${id}.abc.us-east-1.rds.amazonaws.com`, Port: 5432 },
  ...more,
})
const member = (id: string, status = 'available') => ({
  endpoint: { host: `${id}.abc.us-east-1.rds.amazonaws.com`, port: 5432 },
  status,
})

const cluster: DBCluster = {
  DBClusterIdentifier: 'shop',
  Endpoint: 'shop.cluster-abc.us-east-1.rds.amazonaws.com',
  ReaderEndpoint: 'shop.cluster-ro-abc.us-east-1.rds.amazonaws.com',
  CustomEndpoints: ['reports.cluster-custom-abc.us-east-1.rds.amazonaws.com'],
  Port: 6432,
}
const clustered = [
  instance('shop-1', { DBClusterIdentifier: 'shop' }),
  instance('shop-2', { DBClusterIdentifier: 'shop', DBInstanceStatus: 'rebooting' }),
  instance('shop-3', { DBClusterIdentifier: 'shop', DBInstanceStatus: 'creating', Endpoint: undefined }),
]
const alone = [
  instance('solo', { ReadReplicaDBInstanceIdentifiers: ['solo-r', 'arn:aws:rds:eu-west-1:1:db:far'] }),
  instance('solo-r', {
    ReadReplicaSourceDBInstanceIdentifier: 'solo',
    ReadReplicaDBInstanceIdentifiers: ['solo-r-r'],
  }),
  instance('solo-r-r', { ReadReplicaSourceDBInstanceIdentifier: 'solo-r' }),
]
const multiAz: DBCluster = {
  DBClusterIdentifier: 'wide',
  DBClusterArn: 'arn:aws:rds:us-east-1:1:cluster:wide',
  Endpoint: 'wide.cluster-abc.us-east-1.rds.amazonaws.com',
  ReadReplicaIdentifiers: [
    'wide-r',
    'arn:aws:rds:us-east-1:1:cluster:copy',
    'arn:aws:rds:eu-west-1:1:cluster:far',
  ],
}
const copy: DBCluster = {
  DBClusterIdentifier: 'copy',
  DBClusterArn: 'arn:aws:rds:us-east-1:1:cluster:copy',
  ReplicationSourceIdentifier: 'arn:aws:rds:us-east-1:1:cluster:wide',
}
const wide = [
  instance('wide-1', { DBClusterIdentifier: 'wide' }),
  instance('wide-r', { ReadReplicaSourceDBClusterIdentifier: 'wide' }),
  instance('copy-1', { DBClusterIdentifier: 'copy' }),
]

const calls: RdsCalls = {
  clusters: async (identifier) =>
    [cluster, multiAz, copy].filter((one) => one.DBClusterIdentifier === identifier),
  instances: async ({ name, values }) =>
    [...clustered, ...alone, ...wide].filter((one) =>
      values.includes((name === 'db-cluster-id' ? one.DBClusterIdentifier : one.DBInstanceIdentifier) ?? ''),
    ),
}
const topology = rdsTopology(calls)

describe('serverOf', () => {
  it.each([
    'shop.cluster-abc.us-east-1.rds.amazonaws.com',
    'SHOP.cluster-ro-abc.us-east-1.rds.amazonaws.com',
    'shop-1.abc.us-east-1.rds.amazonaws.com',
  ])('knows the cluster behind %s', async (host) => {
    expect(await topology.serverOf(host)).toEqual({
      members: [member('shop-1'), member('shop-2', 'rebooting')],
      entrances: [
        { host: 'shop.cluster-abc.us-east-1.rds.amazonaws.com', port: 6432 },
        { host: 'shop.cluster-ro-abc.us-east-1.rds.amazonaws.com', port: 6432 },
        { host: 'reports.cluster-custom-abc.us-east-1.rds.amazonaws.com', port: 6432 },
      ],
    })
  })

  it.each(['solo', 'solo-r', 'solo-r-r'])(
    'knows every replica in the same Region from %s, those of replicas, too',
    async (id) => {
      const server = await topology.serverOf(`${id}.abc.us-east-1.rds.amazonaws.com`)
      const ids = server?.members.map(({ endpoint }) => endpoint.host.split('.')[0]).sort()
      expect(ids).toEqual(['solo', 'solo-r', 'solo-r-r'])
    },
  )

  it.each(['wide.cluster-abc', 'wide-1.abc', 'wide-r.abc', 'copy.cluster-abc', 'copy-1.abc'])(
    'knows the replicas of a cluster from %s, instances and clusters',
    async (name) => {
      const server = await topology.serverOf(`${name}.us-east-1.rds.amazonaws.com`)
      const ids = server?.members.map(({ endpoint }) => endpoint.host.split('.')[0]).sort()
      expect(ids).toEqual(['copy-1', 'wide-1', 'wide-r'])
    },
  )

  it.each([
    {
      what: 'an instance of Aurora Serverless v2 with a least capacity of 0',
      minimum: 0,
      type: 'db.serverless',
      pauses: true,
    },
    { what: 'one with more', minimum: 0.5, type: 'db.serverless', pauses: false },
    { what: 'one of a fixed size beside it', minimum: 0, type: 'db.r8g.large', pauses: false },
    { what: 'one whose cluster says nothing', minimum: undefined, type: 'db.serverless', pauses: false },
  ])('knows that $what may pause: $pauses', async ({ minimum, type, pauses }) => {
    const quiet = rdsTopology({
      clusters: async () => [
        {
          ...{ DBClusterIdentifier: 'quiet', Endpoint: 'quiet.cluster-abc.us-east-1.rds.amazonaws.com' },
          ...(minimum === undefined ? {} : { ServerlessV2ScalingConfiguration: { MinCapacity: minimum } }),
        },
      ],
      instances: async () => [instance('quiet-1', { DBClusterIdentifier: 'quiet', DBInstanceClass: type })],
    })
    const server = await quiet.serverOf('quiet.cluster-abc.us-east-1.rds.amazonaws.com')
    expect(server?.members).toEqual([{ ...member('quiet-1'), ...(pauses ? { pausing: 'quiet-1' } : {}) }])
  })

  it('does not know what is not in this account and Region', async () => {
    expect(await topology.serverOf('other.abc.us-east-1.rds.amazonaws.com')).toBeUndefined()
    expect(await topology.serverOf('other.cluster-abc.us-east-1.rds.amazonaws.com')).toBeUndefined()
  })
})

describe('masterEndpoint', () => {
  it('is where the tags of the managed secret lead', async () => {
    expect(
      await topology.masterEndpoint(
        new Map([['aws:rds:primaryDBClusterArn', 'arn:aws:rds:us-east-1:1:cluster:shop']]),
      ),
    ).toEqual({ host: cluster.Endpoint, port: 6432 })
    expect(
      await topology.masterEndpoint(
        new Map([['aws:rds:primaryDBInstanceArn', 'arn:aws:rds:us-east-1:1:db:solo']]),
      ),
    ).toEqual(member('solo').endpoint)
  })

  it.each([
    [new Map<string, string>()],
    [new Map([['aws:rds:primaryDBInstanceArn', 'arn:aws:rds:us-east-1:1:db:gone']])],
  ])('refuses tags that lead nowhere', async (tags) => {
    await expect(topology.masterEndpoint(tags)).rejects.toMatchObject({ code: 'ADMIN_SECRET_INVALID' })
  })
})
