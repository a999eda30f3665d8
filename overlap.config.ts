import { Duration } from 'aws-cdk-lib'
import type { OverlapConfig } from './infra/deployment.ts'

const config: OverlapConfig = {
  environments: [
    {
      name: 'production',
      account: '111122223333',
      region: 'eu-west-1',
      timezone: 'Europe/Berlin',
      networks: {
        main: {
          vpcId: 'vpc-0123456789abcdef0',
          subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
          egress: 'existing',
        },
      },
      page: { emails: ['on-call@example.com'] },
      ticket: { emails: ['databases@example.com'] },
      databases: {
        shop: {
          kind: 'postgres',
          network: 'main',
          adminSecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/admin-AbCdEf',
          host: 'shop.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com',
          dbname: 'shop',
          securityGroupId: 'sg-0123456789abcdef0',
          secrets: [
            {
              name: 'shop/app',
              arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/app-AbCdEf',
              owner: 'team-shop',
              consumers: ['ecs:shop/api'],
            },
            { name: 'shop/reports', newUser: 'reports', owner: 'team-reports', drain: Duration.hours(24) },
          ],
        },
      },
    },
  ],
}

export default config
