import type { EnvironmentConfig } from '../deployment.ts'

export interface Fleet {
  readonly name: string
  readonly secrets: number
  readonly networks: number
  readonly databases: number
  readonly egress: 'existing' | 'endpoints'
  readonly mode: 'observe' | 'enforce'
}

const account = '111122223333'
const region = 'us-east-1'
const secretArn = (name: string) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`

/** A deployment of that size in which everything is as it is by default: each secret exists, is read by one service, rotated weekly, and drains for a day; VPCs have two zones. */
export function fleetOf({ name, secrets, networks, databases, egress, mode }: Fleet): EnvironmentConfig {
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
  const network = {
    vpcId: 'vpc-01234567',
    subnetIds: ['subnet-01234567', 'subnet-12345678'],
    egress,
  }
  const secretsOf = (database: number) =>
    numbers(secrets)
      .filter((n) => n % databases === database)
      .map((n) => ({
        name: `service-${n}/database`,
        arn: secretArn(`service-${n}/database`),
        owner: `team-${n % 20}`,
        consumers: [`ecs:production/service-${n}`],
        mode,
      }))
  return {
    name,
    account,
    region,
    page: { emails: ['on-call@example.com'] },
    ticket: { emails: ['team-databases@example.com'] },
    networks: Object.fromEntries(numbers(networks).map((n) => [`vpc-${n}`, network])),
    databases: Object.fromEntries(
      numbers(databases).map((n) => [
        `database-${n}`,
        {
          kind: 'postgres' as const,
          network: `vpc-${n % networks}`,
          adminSecretArn: secretArn(`database-${n}/admin`),
          host: `database-${n}.example.com`,
          secrets: secretsOf(n),
        },
      ]),
    ),
  }
}
