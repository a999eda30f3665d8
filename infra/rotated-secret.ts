import { createHash } from 'node:crypto'
import {
  CfnOutput,
  type CfnResource,
  CustomResource,
  Duration,
  RemovalPolicy,
  Stack,
  Tags,
} from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { CfnRotationSchedule, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { Adopter } from './adopters.ts'
import { DEFAULT_MAXIMUM_AGE } from './checks/policy-defaults.ts'
import { refuse } from './checks/problems.ts'
import { secretProblems } from './checks/secret.ts'
import { newUserProblems, secretNameProblems } from './checks/server.ts'
import type { CredentialPlace } from './credential-place.ts'
import { policyTags, type SecretNature } from './policy-tags.ts'
import { type NewSecretProps, nameOf, placeOf, type RotatedSecretProps } from './rotated-secret-props.ts'

/** CloudFormation would wait an hour for a function that cannot answer. */
const ANSWER_TIMEOUT = Duration.minutes(10)

/**
 * One secret in rotation: its policy as tags, Secrets Manager's own rotation as the last backstop, and a check whose result the deployment shows.
 *
 * What it makes stays when it is removed: CloudFormation would otherwise delete the secret, or cancel its rotation, also when a construct is merely moved
 * (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1813). Logical ids come from the secret and not from the place in the tree.
 */
export class RotatedSecret extends Construct {
  readonly secret: ISecret
  /** `ready`, or what would block a rotation: a code and what to do. */
  readonly result: string

  /** Throws a `ConfigurationError`. */
  constructor(scope: Construct, id: string, props: RotatedSecretProps) {
    super(scope, id)
    const place = placeOf(props)
    const { kind, loginLogs, tellsUse, overlap } = place
    const nature: SecretNature = {
      kind,
      isNew: 'newUser' in props,
      loginLogs,
      tellsUse,
      ...('user' in props && { iamUser: props.user.userName }),
    }
    const name = nameOf(props)
    const subject = `secret ${name}`
    refuse([
      ...secretProblems(subject, props, nature, {
        settings: overlap.settings,
        clusters: overlap.rollouts.clusters,
      }),
      ...('newUser' in props
        ? [...secretNameProblems(subject, props.secretName), ...newUserProblems(subject, props.newUser)]
        : []),
    ])
    if ('accessKeys' in props) props.accessKeys.grantUser(props.user, this.node.path)
    if ('provider' in props) props.provider.takeRoom()
    overlap.register(name, this.node.path, props.consumers ?? [])
    const tags = policyTags(props, nature)
    const key = digest(name)
    const made = 'newUser' in props ? this.#make(props, tags) : this.#adopt(place, props.secret, tags, name)
    this.secret = made.secret
    const rotation = this.#rotate(place, props.maximumAge, made, key)
    const check = this.#check(place, { nature, tags, made, rotation, name })
    this.result = check.getAttString('Result')
    const output = new CfnOutput(this, 'Result', {
      value: this.result,
      description: `${subject}: "ready", or what would block a rotation`,
    })
    // Begins with a letter, as every logical id, and is no longer than one.
    output.overrideLogicalId(`${name.replace(/^[^A-Za-z]+|[^A-Za-z0-9]/g, '').slice(0, 200)}Result${key}`)
  }

  /** Lets a consumer read the secret, and use its key for that and nothing else. */
  grantRead(grantee: IGrantable): Grant {
    const grant = this.secret.grantRead(grantee)
    const { encryptionKey, secretArn } = this.secret
    if (!encryptionKey) return grant
    // CDK lets the key's policy say so, which it cannot write for a key of elsewhere.
    const conditions = {
      StringEquals: {
        'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secretArn,
      },
    }
    return grant.combine(
      Grant.addToPrincipal({
        grantee,
        actions: ['kms:Decrypt'],
        resourceArns: [encryptionKey.keyArn],
        conditions,
      }),
    )
  }

  /**
   * CloudFormation generates a value anew whenever something in GenerateSecretString changes, and publishes it; no server would know that password. So the logical id
   * holds a digest of it, and such a change becomes a second secret of the same name: the deployment fails and nothing has changed.
   */
  #make({ database, secretName, newUser, encryptionKey }: NewSecretProps, tags: Tagging): Made {
    const stack = Stack.of(this)
    const value = stack.toJsonString({
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
        secretStringTemplate: value,
        generateStringKey: 'password',
        passwordLength: 40,
        // Nothing that a URL, a shell or a connection string would have to escape.
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    for (const [tag, text] of Object.entries(tags)) Tags.of(secret).add(tag, text)
    database.grantKey(encryptionKey)
    const resource = secret.node.defaultChild as CfnResource
    resource.overrideLogicalId(`Secret${digest([secretName, stack.resolve(value)])}`)
    // Its optional attribute is declared otherwise in the class than in the interface.
    return { secret: secret as ISecret, resource }
  }

  /** Tags.of() writes nothing to a secret that another stack or a person made. */
  #adopt(place: CredentialPlace, secret: ISecret, tags: Tagging, name: string): Made {
    const { adopters } = place.overlap
    const made = this.#ask('Tags', adopters.grantTagging(secret.secretArn), name, {
      SecretId: secret.secretArn,
      Tags: tags,
    })
    place.grantKey(secret.encryptionKey)
    return { secret, resource: made.node.defaultChild as CfnResource }
  }

  #rotate(
    { functions, reachable }: CredentialPlace,
    maximumAge = DEFAULT_MAXIMUM_AGE,
    { secret, resource }: Made,
    key: string,
  ): CfnResource {
    const rotation = new CfnRotationSchedule(this, 'Rotation', {
      secretId: secret.secretArn,
      rotationLambdaArn: functions.rotate.functionArn,
      rotationRules: { automaticallyAfterDays: maximumAge.toDays() },
      // Otherwise every change of the stack would rotate (aws-cdk#25365); what is left is a lone testSecret.
      rotateImmediatelyOnUpdate: false,
    })
    rotation.applyRemovalPolicy(RemovalPolicy.RETAIN)
    rotation.overrideLogicalId(`Rotation${key}`)
    // The functions read the tags, and reach a secret only once it is theirs.
    rotation.addResourceDependency(resource)
    rotation.addResourceDependency(functions.permission)
    // It tests the secret once, where it is to be used.
    rotation.node.addDependency(reachable)
    return rotation
  }

  #check(place: CredentialPlace, { nature, tags, made, rotation, name }: Checked): CustomResource {
    const { adopters } = place.overlap
    const check = this.#ask('Check', adopters.checker, name, {
      SecretId: made.secret.secretArn,
      Function: place.functions.rotate.functionArn,
      NewUser: String(nature.isNew),
      // A change of either checks again, and makes a new user on a server that took another's place.
      Policy: digest(tags),
      ...place.checked,
    })
    const resource = check.node.defaultChild as CfnResource
    resource.addResourceDependency(rotation)
    check.node.addDependency(place.reachable)
    adopters.queue(made.resource, resource)
    return check
  }

  /**
   * A custom resource cannot change its function: CloudFormation refuses the whole update. So the logical id holds a digest of it, and where another adopter takes its
   * place, or the deployment another name, another resource does the same once more.
   */
  #ask(
    id: 'Tags' | 'Check',
    { serviceToken, needs }: Adopter,
    name: string,
    properties: Record<string, unknown>,
  ): CustomResource {
    const asked = new CustomResource(this, id, {
      serviceToken,
      resourceType: `Custom::Overlap${id}`,
      removalPolicy: RemovalPolicy.RETAIN,
      serviceTimeout: ANSWER_TIMEOUT,
      properties,
    })
    const resource = asked.node.defaultChild as CfnResource
    resource.overrideLogicalId(`${id}${digest([name, Stack.of(this).resolve(serviceToken)])}`)
    for (const need of needs) resource.addResourceDependency(need)
    return asked
  }
}

type Tagging = Readonly<Record<string, string>>

interface Made {
  readonly secret: ISecret
  /** What must be there before rotation is turned on. */
  readonly resource: CfnResource
}

interface Checked {
  readonly nature: SecretNature
  readonly tags: Tagging
  readonly made: Made
  readonly rotation: CfnResource
  /** Of the secret, for logical ids. */
  readonly name: string
}

function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12)
}
