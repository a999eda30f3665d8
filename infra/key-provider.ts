import { createHash } from 'node:crypto'
import { Stack } from 'aws-cdk-lib'
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct, DependencyGroup } from 'constructs'
import type { HttpProvider } from '../lambdas/adapters/http-api-key/provider.ts'
import { refuse } from './checks/problems.ts'
import { readProvider, roomProblems } from './checks/provider.ts'
import type { CredentialPlace } from './credential-place.ts'
import { placeNameProblems } from './names.ts'
import type { OverlapNetwork } from './network.ts'
import type { Overlap } from './overlap.ts'
import { RotationFunctions } from './rotation-functions.ts'

export interface KeyProviderProps {
  /**
   * Part of the functions' names.
   * @default the construct's id
   */
  readonly providerName?: string
  /** The name of a ready definition, or one of your own: docs/providers.md. */
  readonly definition: string | HttpProvider
  /**
   * What the definition leaves open, its `{{with.x}}`.
   * @default its own
   */
  readonly with?: Readonly<Record<string, string>>
  /**
   * Of the same `Overlap`: from there a provider in a private network is reached, whose definition must name its private addresses (`allowAddresses`). What lets `securityGroup` in is yours to add.
   * @default none: the functions are outside any VPC, and reach what the internet reaches
   */
  readonly network?: OverlapNetwork
  /** Makes and deletes keys there: text, or JSON whose fields the definition names. Known by its complete ARN, and with its key if that is yours; or
   * made in the stack of the `Overlap`, or one that it depends on, since the functions name it. It is in no rotation itself. */
  readonly adminSecret: ISecret
}

/**
 * One account at a provider of API keys, and the functions that rotate its keys. Its scope is the `Overlap` that it belongs to. Throws `NAME_INVALID`, `PROVIDER_INVALID`,
 * `CANNOT_OVERLAP`.
 */
export class KeyProvider extends Construct implements CredentialPlace {
  readonly kind = 'http-api-key'
  readonly tellsUse: boolean
  readonly overlap: Overlap
  readonly providerName: string
  readonly functions: RotationFunctions
  readonly reachable = new DependencyGroup()
  /** Of the functions; undefined outside a VPC. */
  readonly securityGroup: SecurityGroup | undefined
  readonly loginLogs = []
  readonly checked: Readonly<Record<string, string>>
  readonly #provider: HttpProvider
  #secrets = 0

  constructor(scope: Overlap, id: string, props: KeyProviderProps) {
    super(scope, id)
    const { definition, with: given, adminSecret } = props
    this.overlap = scope
    this.providerName = props.providerName ?? id
    const { kind, providerName: name } = this
    const subject = `provider ${name}`
    const setting = {
      name,
      definition: typeof definition === 'string' ? definition : withoutReading(definition),
      ...(given && { with: given }),
    }
    // What only the deployment knows is an ARN then.
    const { provider, problems } = readProvider(subject, { ...setting, adminSecretArn: 'arn:' })
    refuse([...placeNameProblems(subject, scope.names.deployment, kind, name), ...problems])
    if (provider === undefined) throw new Error(`${subject} has problems, and they were told`)
    refuse(roomProblems(subject, provider, 0))
    this.#provider = provider
    this.tellsUse = provider.lastUsed !== undefined
    this.checked = { Provider: digest(setting) }
    const { network } = props
    const placement = network && this.#place(network, provider)
    this.securityGroup = placement?.securityGroup
    this.functions = new RotationFunctions(this, scope, {
      kind,
      name,
      environment: {
        OVERLAP_PROVIDER: Stack.of(this).toJsonString({ ...setting, adminSecretArn: adminSecret.secretArn }),
      },
      ...(placement && { placement }),
    })
    if (network && this.securityGroup) this.#reachFrom(network, this.securityGroup)
    this.#allow(adminSecret)
    scope.connect(`${kind}-${name}`, this.functions, [this.functions.rotate, this.functions.retire])
  }

  /** Each secret that holds a key of the account calls it once. Throws `CANNOT_OVERLAP`. */
  takeRoom(): void {
    this.#secrets++
    refuse(roomProblems(`provider ${this.providerName}`, this.#provider, this.#secrets))
  }

  grantKey(key: IKey | undefined): void {
    if (key) this.functions.grantKey(key.keyArn)
  }

  /** A group of its own, which reaches no database. Nobody knows before where a name of the definition leads. */
  #place({ place }: OverlapNetwork, { hosts }: HttpProvider) {
    if (place === undefined) return undefined
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: place.vpc,
      description: 'Functions of Overlap that rotate keys of a provider',
      allowAllOutbound: false,
    })
    const ports = hosts.map((host) => Number(/:(\d+)$/.exec(host)?.[1] ?? 443))
    for (const port of new Set([443, ...ports]))
      securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'Provider of keys, and AWS APIs')
    return { ...place, securityGroup }
  }

  #reachFrom(network: OverlapNetwork, securityGroup: SecurityGroup): void {
    const { rotate, retire } = this.functions
    network.reachSecretsManager([rotate, retire], securityGroup)
    this.reachable.add(network.ways, securityGroup)
  }

  #allow({ secretArn, encryptionKey }: ISecret): void {
    const read = new PolicyStatement({
      sid: 'ReadAdminSecret',
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secretArn],
    })
    for (const each of [this.functions.rotate, this.functions.retire]) each.allow(read)
    this.grantKey(encryptionKey)
  }
}

/** The functions' variables are short, and what is for readers alone need not be there. */
function withoutReading({ documentation: _, ...definition }: HttpProvider): HttpProvider {
  return definition
}

function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12)
}
