/**
 * The one file to edit. Each environment is a deployment: the stack `Overlap-<name>`, and `Overlap-<name>-<database>` for each database, and likewise for each group of access
 * keys and each provider.
 *
 *   npx cdk synth                        # says all that is wrong, needs no account
 *   npx cdk deploy --all                 # shows for each secret whether it is ready, or what would block a rotation
 *   npx cdk synth -c config=PATH         # another file
 *
 * Every field, with its default: infra/deployment.ts, infra/keys-config.ts and infra/rotation-policy.ts.
 */
import type { OverlapConfig } from './infra/deployment.ts'

const account = '111122223333'
const region = 'eu-west-1'
/** Complete, with the six characters that Secrets Manager adds: `aws secretsmanager list-secrets --query 'SecretList[].ARN'`. */
const secret = (nameAndSuffix: string) =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${nameAndSuffix}`

const config: OverlapConfig = {
  environments: [
    {
      name: 'production',
      account,
      region,
      // Sunday 03:00 there, unless `schedules` says otherwise.
      timezone: 'Europe/Berlin',

      // Where the functions run that log in at databases; left out, as databases may be, where there are keys alone. 'no-vpc' is for a server that the internet reaches.
      networks: {
        main: {
          vpcId: 'vpc-0123456789abcdef0',
          subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
          // A NAT gateway, or interface endpoints with private DNS, are there. 'endpoints' makes two for the functions alone.
          egress: 'existing',
        },
      },

      databases: {
        shop: {
          kind: 'postgres',
          network: 'main',
          host: 'shop.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com',
          dbname: 'shop',
          // Who rotates the others: here the master user, whose secret RDS manages.
          adminSecretArn: secret('rds!cluster-01234567-89ab-cdef-0123-456789abcdef-AbCdEf'),
          // The server's. It then lets the functions in.
          securityGroupId: 'sg-0123456789abcdef0',
          // Where the server logs its logins (log_connections = on), so that a retirement is proved by who logged in:
          // loginLogs: ['logs:/aws/rds/cluster/shop/postgresql'],
          secrets: [
            {
              // A secret and a user that exist today. They are rotated and watched, and nothing is disabled until you add mode: 'enforce'.
              name: 'shop/app',
              arn: secret('shop/app-AbCdEf'),
              owner: 'team-shop',
              // Who reads it. After each rotation they are brought to the new version, and nothing is disabled before they run it.
              consumers: ['ecs:shop/api', 'lambda:orders'],
            },
            {
              // A secret and a user that the deployment makes. Taken out of this file, both stay; put back, it is one that exists, with its arn and mode: 'enforce'.
              name: 'shop/reports',
              newUser: 'reports',
              owner: 'team-analytics',
            },
          ],
        },
      },

      // Access keys of IAM users. Each secret holds one of a user who has no other: {accessKeyId, secretAccessKey, userName}, or as the console and the CLI write it.
      // One that is taken out is still in rotation, and the functions lose their rights on its user: have it leave before (overlap leave), or name the user in the group's userArns.
      accessKeys: {
        robots: {
          secrets: [
            {
              name: 'robots/deploy',
              arn: secret('robots/deploy-AbCdEf'),
              userArn: `arn:aws:iam::${account}:user/deployer`,
              owner: 'team-ci',
            },
          ],
        },
      },

      // Keys of HTTP APIs that allow two. Each secret holds one: {keyId, key}, and whatever else you keep there.
      providers: {
        mail: {
          // One of the ready ones, or your own: docs/providers.md.
          definition: 'sendgrid',
          // What makes and deletes keys there.
          adminSecretArn: secret('mail/admin-AbCdEf'),
          secrets: [
            {
              name: 'mail/sender',
              arn: secret('mail/sender-AbCdEf'),
              owner: 'team-shop',
              // SendGrid does not tell when a key was last used, so mode: 'enforce' needs them.
              consumers: ['ecs:shop/mailer'],
            },
          ],
        },
      },

      // Workloads in Kubernetes are consumers like kubernetes:eks-shop/web/deployment/api. What the cluster has to grant: docs/kubernetes.md.
      // clusters: { 'eks-shop': { network: 'main' } },

      // No rotation begins in these times, however it is asked for:
      // freezes: [{ from: '2026-12-18T00:00:00+01:00', until: '2027-01-04T00:00:00+01:00', reason: 'Christmas sales' }],

      // A page: a consumer is failing, or soon will be. A ticket: something needs work, and nobody is hurt. Every address must confirm a mail.
      page: { emails: ['on-call@example.com'] },
      ticket: { emails: ['team-databases@example.com'] },
      // A credential is due at 75 days and stale at 90, and a ticket says so. An owner may have that told at a place of its own, for about $1.70 a month:
      // owners: { 'team-shop': { emails: ['team-shop@example.com'] } },
    },
  ],
}

export default config
