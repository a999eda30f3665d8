import type { OverlapConfig } from '../../infra/deployment.ts'

/** What gives the sweep its variables: a schedule, a network, and consumers that a function rolls out. */
export default {
  environments: [
    {
      name: 'bench',
      account: '123456789012',
      region: 'us-east-1',
      schedules: { weekly: { cron: '0 3 ? * SUN *', timezone: 'UTC' } },
      networks: { loopback: 'no-vpc' },
      databases: {
        shop: {
          kind: 'postgres',
          network: 'loopback',
          adminSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/admin-Sandbx',
          host: 'postgres.bench',
          dbname: 'shop',
          secrets: [
            {
              name: 'shop/app',
              arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-Sandbx',
              owner: 'bench',
              mode: 'enforce',
              schedule: 'weekly',
              consumers: ['ecs:shop/checkout', 'lambda:invoices'],
            },
          ],
        },
      },
    },
  ],
} satisfies OverlapConfig
