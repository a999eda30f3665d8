import type { OverlapConfig } from '../infra/deployment.ts'

/** One secret on a server without a replica, so that a rotation makes no more connections than it needs. */
export default {
  environments: [
    {
      name: 'bench',
      account: '123456789012',
      region: 'us-east-1',
      networks: { loopback: 'no-vpc' },
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
              owner: 'bench',
              mode: 'enforce',
            },
          ],
        },
      },
    },
  ],
} satisfies OverlapConfig
