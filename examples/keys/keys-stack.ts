import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { type IUser, User } from 'aws-cdk-lib/aws-iam'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { AccessKeys } from '../../infra/access-keys.ts'
import { KeyProvider } from '../../infra/key-provider.ts'
import { Overlap } from '../../infra/overlap.ts'
import type { FunctionCode } from '../../infra/overlap-function.ts'
import { RotatedSecret } from '../../infra/rotated-secret.ts'

/** The functions may touch the keys of these two users and of one account at the provider, and nothing else. */
export class KeysStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly code: FunctionCode }) {
    super(scope, id, props)
    const overlap = new Overlap(this, 'Overlap', {
      code: props.code,
      schedules: {
        weekly: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' },
        monthly: { cron: '0 3 1 * ? *', timezone: 'Europe/Berlin' },
      },
      pageEmails: ['on-call@example.com'],
      ticketEmails: ['team-ci@example.com'],
    })

    const robots = new AccessKeys(overlap, 'robots')
    // With exactOptionalPropertyTypes, TypeScript does not see that a User is an IUser.
    const exporter = new User(this, 'Exporter', { userName: 'exporter' }) as IUser
    new RotatedSecret(this, 'Export', {
      accessKeys: robots,
      user: exporter,
      secret: this.#secret('ExportKey', 'robots/export-AbCdEf'),
      owner: 'team-data',
      mode: 'enforce',
    })
    new RotatedSecret(this, 'Deploy', {
      accessKeys: robots,
      user: User.fromUserArn(this, 'Deployer', `arn:aws:iam::${this.account}:user/ci/deployer`),
      secret: this.#secret('DeployKey', 'robots/deploy-AbCdEf'),
      owner: 'team-ci',
      // It deploys once a week, so only a longer time without a use of the old key proves anything; and that fits between two rotations of a month alone.
      schedule: 'monthly',
      drain: Duration.days(8),
      consumers: ['manual:pipeline'],
    })

    const mail = new KeyProvider(overlap, 'mail', {
      definition: 'sendgrid',
      adminSecret: this.#secret('MailAdmin', 'mail/admin-AbCdEf'),
    })
    new RotatedSecret(this, 'Sender', {
      provider: mail,
      secret: this.#secret('SenderKey', 'mail/sender-AbCdEf'),
      owner: 'team-shop',
      consumers: ['ecs:shop/mailer'],
    })
  }

  /** By its complete ARN, with the six characters that Secrets Manager adds to a name. */
  #secret(id: string, nameAndSuffix: string): ISecret {
    const arn = `arn:aws:secretsmanager:${this.region}:${this.account}:secret:${nameAndSuffix}`
    return Secret.fromSecretCompleteArn(this, id, arn)
  }
}
