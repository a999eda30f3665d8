import type { OverlapConfig } from '../../infra/deployment.ts'

/** One secret, whose owner has a topic of their own, and an owner with alarms who has none. */
export default {
  environments: [
    {
      name: 'sandbox',
      account: '123456789012',
      region: 'us-east-1',
      networks: { loopback: 'no-vpc' },
      owners: {
        'team-shop': { topicArn: 'arn:aws:sns:us-east-1:123456789012:team-shop' },
        'team-mail': {},
      },
      databases: {
        shop: {
          kind: 'postgres',
          network: 'loopback',
          adminSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/admin-Sandbx',
          host: 'postgres.sandbox',
          dbname: 'shop',
          secrets: [
            {
              name: 'shop/app',
              arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-Sandbx',
              owner: 'team-shop',
              mode: 'enforce',
            },
          ],
        },
      },
    },
  ],
} satisfies OverlapConfig
