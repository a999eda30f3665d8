import { createHash } from 'node:crypto'
import { CfnOutput, type CfnResource, CustomResource, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnRotationSchedule, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { DEFAULT_MAXIMUM_AGE_DAYS, policyTags, tagProblems } from './policy-tags.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import { refuse } from './problems.ts'
import type { RotationPolicy } from './rotation-policy.ts'

/** A secret whose user exists today. */
export interface ExistingSecretProps extends RotationPolicy {
  readonly database: PostgresDatabase
  /** With its complete ARN, and its key if it has one of yours: `Secret.fromSecretAttributes(...)`. */
  readonly secret: ISecret
}

/** A secret and a user to be made. */
export interface NewSecretProps extends RotationPolicy {
  readonly database: PostgresDatabase
  readonly secretName: string
  /** Lower-case letters, digits and `_`. */
  readonly newUser: string
  /** @default the AWS managed key `aws/secretsmanager` */
  readonly encryptionKey?: IKey
}

export type RotatedSecretProps = ExistingSecretProps | NewSecretProps

/** One secret in rotation. What it makes stays when it is removed: neither the secret nor its rotation is ever deleted or turned off by a deployment. */
export class RotatedSecret extends Construct {
  readonly secret: ISecret
  /** `ready`, or what would block a rotation: a code, a colon and what to do. */
  readonly check: string

  constructor(scope: Construct, id: string, props: RotatedSecretProps) {
    super(scope, id)
    const stack = Stack.of(this)
    const { database } = props
    const { network } = database
    const isNew = 'newUser' in props
    const tags = policyTags(props, { kind: 'postgres', isNew })
    const subject = isNew ? props.secretName : id
    refuse(tagProblems(subject, tags))

    const made = isNew ? this.#make(props, tags) : this.#tag(props, tags)
    this.secret = made.secret
    const name = isNew ? props.secretName : stack.resolve(made.secret.secretArn)
    const key = digest(JSON.stringify(name))

    const schedule = new CfnRotationSchedule(this, 'Rotation', {
      secretId: this.secret.secretArn,
      rotationLambdaArn: network.rotateArn,
      rotationRules: { automaticallyAfterDays: props.maximumAge?.toDays() ?? DEFAULT_MAXIMUM_AGE_DAYS },
      // Otherwise every change of the stack would rotate (aws-cdk#25365). What remains is the service's lone testSecret.
      rotateImmediatelyOnUpdate: false,
    })
    schedule.applyRemovalPolicy(RemovalPolicy.RETAIN)
    schedule.overrideLogicalId(`Rotation${key}`)
    schedule.addDependency(made.resource)

    const check = new CustomResource(this, 'Check', {
      serviceToken: network.overlap.adopters.checkServiceToken,
      resourceType: 'Custom::OverlapCheck',
      removalPolicy: RemovalPolicy.RETAIN,
      properties: {
        SecretId: this.secret.secretArn,
        Function: network.rotateArn,
        NewUser: String(isNew),
        Policy: digest(JSON.stringify(tags)),
      },
    })
    const checkResource = check.node.defaultChild as CfnResource
    checkResource.overrideLogicalId(`Check${key}`)
    checkResource.addDependency(schedule)
    this.check = check.getAttString('Result')
    const output = new CfnOutput(this, 'Result', { value: this.check, description: `Check of ${subject}` })
    output.overrideLogicalId(`${subject.replace(/[^A-Za-z0-9]/g, '')}${key}`)
  }

  /** Lets a consumer read the secret, and use its key for that. */
  grantRead(grantee: IGrantable): Grant {
    return this.secret.grantRead(grantee)
  }

  #make(props: NewSecretProps, tags: Record<string, string>): Made {
    const { database, secretName, newUser, encryptionKey } = props
    const stack = Stack.of(this)
    const template = stack.toJsonString({
      engine: database.engine,
      host: database.host,
      port: database.port,
      dbname: database.dbname,
      username: newUser,
      masterarn: database.adminSecret.secretArn,
    })
    const secret = new Secret(this, 'Secret', {
      secretName,
      ...(encryptionKey && { encryptionKey }),
      generateSecretString: {
        secretStringTemplate: template,
        generateStringKey: 'password',
        passwordLength: 40,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const [tag, value] of Object.entries(tags)) Tags.of(secret).add(tag, value)
    database.grantKey(encryptionKey)
    const resource = secret.node.defaultChild as CfnResource
    const key = digest(JSON.stringify([secretName, stack.resolve(template)]))
    resource.overrideLogicalId(`Secret${key}`)
    // Its optional attribute is declared otherwise in the class than in the interface.
    return { secret: secret as ISecret, resource }
  }

  #tag({ database, secret }: ExistingSecretProps, tags: Record<string, string>): Made {
    const { serviceToken, adopter } = database.network.overlap.adopters.grantTagging(secret.secretArn)
    database.grantKey(secret.encryptionKey)
    const custom = new CustomResource(this, 'Tags', {
      serviceToken,
      resourceType: 'Custom::OverlapTags',
      removalPolicy: RemovalPolicy.RETAIN,
      properties: { SecretId: secret.secretArn, Tags: tags },
    })
    const resource = custom.node.defaultChild as CfnResource
    const key = digest(JSON.stringify(Stack.of(this).resolve(secret.secretArn)))
    resource.overrideLogicalId(`Tags${key}${adopter === 1 ? '' : `By${adopter}`}`)
    return { secret, resource }
  }
}

interface Made {
  readonly secret: ISecret
  /** What must be there before rotation is turned on. */
  readonly resource: CfnResource
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
