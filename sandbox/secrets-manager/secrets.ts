import { randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { markedForDeletion, ServiceError, secretNotFound } from './errors.ts'
import type { RotationRules } from './schedule.ts'

export type SecretValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'binary'; readonly base64: string }

export interface Version {
  readonly id: string
  /** Undefined in a version that RotateSecret made and no function has filled yet. */
  value: SecretValue | undefined
  readonly labels: Set<string>
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number
  accessedAt: number | undefined
}

export interface RotationConfiguration {
  enabled: boolean
  functionArn: string
  rules: RotationRules | undefined
}

export interface Secret {
  readonly arn: string
  readonly name: string
  readonly createdAt: number
  readonly owningService: string | undefined
  /** Where it was replicated from, or to others from. */
  readonly primaryRegion: string | undefined
  description: string | undefined
  kmsKeyId: string | undefined
  /** Undefined until the first tag; DescribeSecret then shows an empty list once the last one is gone [recorded]. */
  tags: Map<string, string> | undefined
  resourcePolicy: string | undefined
  /** In order of creation. */
  readonly versions: Map<string, Version>
  rotation: RotationConfiguration | undefined
  changedAt: number
  accessedAt: number | undefined
  rotatedAt: number | undefined
  /** When PutSecretValue or UpdateSecret last brought a value: it counts as a rotation for AutomaticallyAfterDays. */
  valueChangedAt: number
  /** The latest moment of the next scheduled rotation. */
  nextRotationAt: number | undefined
  /** When the secret goes for good; set by DeleteSecret, lifted by RestoreSecret. */
  deletionAt: number | undefined
}

export interface NewSecret {
  readonly name: string
  readonly description?: string | undefined
  readonly kmsKeyId?: string | undefined
  readonly tags?: ReadonlyMap<string, string> | undefined
  readonly owningService?: string | undefined
  readonly primaryRegion?: string | undefined
  /** Default now. */
  readonly createdAt?: number | undefined
  /** The six characters at the end of the ARN. Default: drawn by lot. */
  readonly suffix?: string | undefined
}

const suffixAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function suffix(): string {
  return Array.from({ length: 6 }, () => suffixAlphabet.charAt(randomInt(suffixAlphabet.length))).join('')
}

/** Every secret of the account and Region. */
export class Secrets {
  readonly #byName = new Map<string, Secret>()
  readonly #nameOfArn = new Map<string, string>()
  /** Until a secret comes or goes. */
  #sorted: Partial<Record<'createdAt' | 'name', readonly Secret[]>> = {}
  readonly #clock: Clock
  readonly #arnPrefix: string
  readonly #onGone: (secret: Secret) => void

  /** `onGone` hears of every secret that is removed for good. */
  constructor(
    clock: Clock,
    place: { readonly region: string; readonly accountId: string },
    onGone: (secret: Secret) => void,
  ) {
    this.#clock = clock
    this.#arnPrefix = `arn:aws:secretsmanager:${place.region}:${place.accountId}:secret:`
    this.#onGone = onGone
  }

  /**
   * By name, ARN, or ARN without its last seven characters. A partial ARN of a name that itself ends in a hyphen and six
   * characters is taken for a full one and not found
   * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen).
   */
  find(id: string): Secret | undefined {
    const secret = this.#byName.get(this.#nameOfArn.get(id) ?? this.#nameInArn(id) ?? id)
    if (secret?.deletionAt !== undefined && secret.deletionAt <= this.#clock.now()) {
      this.remove(secret)
      return undefined
    }
    return secret
  }

  #nameInArn(id: string): string | undefined {
    if (!id.startsWith(this.#arnPrefix)) return undefined
    const name = id.slice(this.#arnPrefix.length)
    return /-[A-Za-z0-9]{6}$/.test(name) ? undefined : name
  }

  /** Throws ResourceNotFoundException. Finds secrets that are scheduled for deletion, too. */
  get(id: string): Secret {
    const secret = this.find(id)
    if (!secret) throw secretNotFound()
    return secret
  }

  /** Throws ResourceNotFoundException, or InvalidRequestException for a secret that is scheduled for deletion. */
  live(id: string): Secret {
    const secret = this.get(id)
    if (secret.deletionAt !== undefined) throw markedForDeletion()
    return secret
  }

  /** In the order in which they were put in place. */
  all(): readonly Secret[] {
    const now = this.#clock.now()
    for (const secret of this.#byName.values())
      if (secret.deletionAt !== undefined && secret.deletionAt <= now) this.remove(secret)
    return [...this.#byName.values()]
  }

  /** By what never changes of a secret, so that a long listing is not sorted anew for each of its pages. */
  sortedBy(key: 'createdAt' | 'name'): readonly Secret[] {
    const all = this.all()
    const sorted =
      this.#sorted[key] ??
      all.toSorted((one, other) => (one[key] < other[key] ? -1 : one[key] > other[key] ? 1 : 0))
    this.#sorted = { ...this.#sorted, [key]: sorted }
    return sorted
  }

  /** Throws when the name is taken, also by a secret that is scheduled for deletion. */
  create(secret: NewSecret): Secret {
    const taken = this.find(secret.name)
    if (taken?.deletionAt !== undefined)
      throw new ServiceError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      )
    if (taken)
      throw new ServiceError(
        'ResourceExistsException',
        `The operation failed because the secret ${secret.name} already exists.`,
      )
    const now = secret.createdAt ?? this.#clock.now()
    const created: Secret = {
      arn: `${this.#arnPrefix}${secret.name}-${secret.suffix ?? suffix()}`,
      name: secret.name,
      createdAt: now,
      owningService: secret.owningService,
      primaryRegion: secret.primaryRegion,
      description: secret.description,
      kmsKeyId: secret.kmsKeyId,
      tags: secret.tags && new Map(secret.tags),
      resourcePolicy: undefined,
      versions: new Map(),
      rotation: undefined,
      changedAt: now,
      accessedAt: undefined,
      rotatedAt: undefined,
      valueChangedAt: now,
      nextRotationAt: undefined,
      deletionAt: undefined,
    }
    this.#byName.set(created.name, created)
    this.#nameOfArn.set(created.arn, created.name)
    this.#sorted = {}
    return created
  }

  remove(secret: Secret): void {
    this.#byName.delete(secret.name)
    this.#nameOfArn.delete(secret.arn)
    this.#sorted = {}
    this.#onGone(secret)
  }
}

export function holderOf(secret: Secret, label: string): Version | undefined {
  for (const version of secret.versions.values()) if (version.labels.has(label)) return version
  return undefined
}

/** The version that a rotation under way, or one that was left behind, is about: AWSPENDING and not AWSCURRENT. */
export function unfinishedVersion(secret: Secret): Version | undefined {
  const pending = holderOf(secret, 'AWSPENDING')
  return pending?.labels.has('AWSCURRENT') ? undefined : pending
}

export function sameValue(one: SecretValue | undefined, other: SecretValue | undefined): boolean {
  if (one?.kind === 'string') return other?.kind === 'string' && one.text === other.text
  if (one?.kind === 'binary')
    return (
      other?.kind === 'binary' &&
      Buffer.from(one.base64, 'base64').equals(Buffer.from(other.base64, 'base64'))
    )
  return other === undefined
}
