import { Duration } from 'aws-cdk-lib'
import type { OverlapConfig } from '../../infra/deployment.ts'

/**
 * The shop's database with its replica and the functions for consumers of every kind. Tests make secrets of their own, each with the tags that it is about, so
 * that many of them live through the same days.
 */
export default {
  environments: [
    {
      name: 'sandbox',
      account: '123456789012',
      region: 'us-east-1',
      networks: { loopback: 'no-vpc' },
      clusters: { sandbox: { network: 'loopback' } },
      otherConsumers: ['ecs:shop/checkout', 'lambda:receipts:live', 'event:warehouse'],
      sampleEvery: Duration.minutes(15),
      databases: {
        shop: {
          kind: 'postgres',
          network: 'loopback',
          adminSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/admin-Sandbx',
          host: 'postgres.sandbox',
          replicas: ['replica.sandbox:5432'],
          dbname: 'shop',
          secrets: [
            {
              name: 'shop/app',
              arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-Sandbx',
              owner: 'team-shop',
              schedule: 'none',
            },
          ],
        },
      },
    },
  ],
} satisfies OverlapConfig
