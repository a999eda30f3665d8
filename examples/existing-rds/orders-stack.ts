import { Stack, type StackProps } from 'aws-cdk-lib'
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { OverlapNetwork } from '../../infra/network.ts'
import { Overlap } from '../../infra/overlap.ts'
import type { FunctionCode } from '../../infra/overlap-function.ts'
import { RotatedSecret } from '../../infra/rotated-secret.ts'

/** The deployment beside what is there already; nothing of that is changed but one rule of the server's security group. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly code: FunctionCode }) {
    super(scope, id, props)
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
    })

    const overlap = new Overlap(this, 'Overlap', {
      code: props.code,
      schedules: { weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } },
      pageEmails: ['on-call@example.com'],
      ticketEmails: ['team-databases@example.com'],
    })
    const orders = new OverlapNetwork(overlap, 'main', { vpc }).postgres({
      host: 'orders.abcdefghijkl.eu-west-1.rds.amazonaws.com',
      // The instance's master user, whose secret RDS manages.
      adminSecret: this.#secret('Master', 'rds!db-01234567-89ab-cdef-0123-456789abcdef-AbCdEf'),
      securityGroup: SecurityGroup.fromSecurityGroupId(this, 'Server', 'sg-0123456789abcdef0'),
    })
    new RotatedSecret(this, 'App', {
      database: orders,
      secret: this.#secret('AppSecret', 'orders/app-AbCdEf'),
      owner: 'team-orders',
      consumers: ['ecs:orders/api', 'lambda:orders-export'],
      // What exists is observed first: rotated and watched, and nothing is disabled. Then: mode: 'enforce'.
    })
  }

  /** By its complete ARN, with the six characters that Secrets Manager adds to a name. */
  #secret(id: string, nameAndSuffix: string): ISecret {
    const arn = `arn:aws:secretsmanager:${this.region}:${this.account}:secret:${nameAndSuffix}`
    return Secret.fromSecretCompleteArn(this, id, arn)
  }
}
