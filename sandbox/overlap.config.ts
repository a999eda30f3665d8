import { Duration } from 'aws-cdk-lib'
import type { OverlapConfig } from '../infra/deployment.ts'
import { mailDefinition } from './provider/definition.ts'

/**
 * What the sandbox deploys: a database that is there, with a user who is at work, and a new user; the access key of an IAM user; and a key of a company that sends
 * mail. The names of the servers stand for those that are here, whose ports nobody knows before they are up. Looks are few, since the clock is moved by hours.
 */
export default {
  environments: [
    {
      name: 'sandbox',
      account: '123456789012',
      region: 'us-east-1',
      timezone: 'Europe/Berlin',
      schedules: {
        weekly: { cron: '0 3 ? * SUN *' },
        monthly: { cron: '0 4 1 * ? *' },
        'every-other-month': { cron: '0 3 28 1,3,5,7,9,11 ? *' },
      },
      sampleEvery: Duration.hours(4),
      networks: { loopback: 'no-vpc' },
      clusters: { sandbox: { network: 'loopback' } },
      databases: {
        shop: {
          kind: 'postgres',
          network: 'loopback',
          adminSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/admin-Sandbx',
          host: 'postgres.sandbox',
          replicas: ['replica.sandbox:5432'],
          dbname: 'shop',
          loginLogs: [
            'logs:/aws/rds/instance/shop/postgresql',
            'logs:/aws/rds/instance/shop-replica/postgresql',
          ],
          secrets: [
            {
              name: 'shop/app',
              arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-Sandbx',
              owner: 'team-shop',
              mode: 'enforce',
              consumers: [
                'ecs:shop/checkout',
                'ecs:shop/orders',
                'kubernetes:sandbox/shop/deployment/search',
                'lambda:invoices',
              ],
            },
            { name: 'shop/reports', newUser: 'reports', owner: 'team-analytics', schedule: 'monthly' },
          ],
        },
      },
      accessKeys: {
        robots: {
          secrets: [
            {
              name: 'robots/deploy',
              arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:robots/deploy-Sandbx',
              userArn: 'arn:aws:iam::123456789012:user/deployer',
              owner: 'team-platform',
              schedule: 'every-other-month',
              mode: 'enforce',
            },
          ],
        },
      },
      providers: {
        mail: {
          definition: mailDefinition(),
          adminSecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mail/admin-Sandbx',
          secrets: [
            {
              name: 'mail/sender',
              arn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mail/sender-Sandbx',
              owner: 'team-newsletters',
              schedule: 'every-other-month',
              mode: 'enforce',
              consumers: ['manual:newsletters'],
            },
          ],
        },
      },
    },
  ],
} satisfies OverlapConfig
