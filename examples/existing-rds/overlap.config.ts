/**
 * An RDS instance that runs today, in a VPC with a NAT gateway, and the user that an application logs in as today.
 *
 *   npx cdk deploy --all -c config=examples/existing-rds/overlap.config.ts
 *
 * Before: the admin once runs `GRANT app TO admin WITH ADMIN OPTION` on PostgreSQL 16 and later, if it did not create `app`. Whatever is missing, the outputs of the
 * deployment say, with the statement to run.
 */
import type { OverlapConfig } from '../../infra/deployment.ts'

const account = '111122223333'
const region = 'eu-west-1'
const secret = (name: string) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}`

const config: OverlapConfig = {
  environments: [
    {
      name: 'production',
      account,
      region,
      timezone: 'Europe/Berlin',
      networks: {
        main: {
          vpcId: 'vpc-0123456789abcdef0',
          subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
          egress: 'existing',
        },
      },
      databases: {
        orders: {
          kind: 'postgres',
          network: 'main',
          host: 'orders.abcdefghijkl.eu-west-1.rds.amazonaws.com',
          // The instance's master user, managed by RDS.
          adminSecretArn: secret('rds!db-01234567-89ab-cdef-0123-456789abcdef-AbCdEf'),
          securityGroupId: 'sg-0123456789abcdef0',
          secrets: [
            {
              name: 'orders/app',
              arn: secret('orders/app-AbCdEf'),
              owner: 'team-orders',
              consumers: ['ecs:orders/api', 'lambda:orders-export'],
              // What exists is observed first: rotated and watched, and nothing is disabled. Then: mode: 'enforce'.
            },
          ],
        },
      },
      page: { emails: ['on-call@example.com'] },
      ticket: { emails: ['team-databases@example.com'] },
    },
  ],
}

export default config
