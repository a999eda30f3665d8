import { randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { QueryError } from '../query-service.ts'
import { AccessKey, secretByLot } from './access-key.ts'
import type { Use } from './last-use.ts'
import { isTag, TAGS_PER_USER, Tags } from './tags.ts'

/** An IAM user with its access keys, put in place without a call: with what no call can set, and held to what IAM allows. */
export interface SeededUser {
  readonly name: string
  /** Begins and ends with a slash. Default `/`. */
  readonly path?: string
  /** In milliseconds since the epoch, as are all times here. Default now. */
  readonly created?: number
  readonly tags?: Readonly<Record<string, string>>
  /** At most two. */
  readonly accessKeys?: readonly SeededAccessKey[]
}

export interface SeededAccessKey {
  /** Such as `AKIAIOSFODNN7EXAMPLE`. Default: drawn by lot. */
  readonly id?: string
  /** 40 characters. Default: drawn by lot, and told nobody. */
  readonly secret?: string
  /** Default true. */
  readonly active?: boolean
  /** Not before the user. Default: with the user. */
  readonly created?: number
  /** Default: never used. */
  readonly lastUsed?: Use
}

export interface User {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly createdAt: number
  readonly tags: Tags
  /** In the order in which they were made. */
  readonly accessKeys: readonly AccessKey[]
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const KEYS_PER_USER = 2

const nameForm = /^[\w+=,.@-]{1,64}$/
const pathForm = /^(\/|\/[\x21-\x7e]+\/)$/
const keyIdForm = /^AKIA[A-Z2-7]{16}$/
const secretForm = /^[A-Za-z0-9/+]{40}$/

/** Every user of the account. */
export class Users {
  readonly #clock: Clock
  readonly #accountId: string
  /** By name in lower case: names that differ in case alone are the same name to IAM. */
  readonly #users = new Map<string, User & { accessKeys: readonly AccessKey[] }>()
  /** Whose each key is or was. By id. */
  readonly #keys = new Map<string, { readonly user: User; readonly key: AccessKey }>()

  constructor(clock: Clock, accountId: string) {
    this.#clock = clock
    this.#accountId = accountId
  }

  /** Throws for what IAM would not have let come about. */
  seed({ name, path = '/', created, tags = {}, accessKeys = [] }: SeededUser): User {
    const createdAt = created ?? this.#clock.now()
    const expect = (holds: boolean, rule: string) => {
      if (!holds) throw new Error(`user ${name}: ${rule}`)
    }
    expect(nameForm.test(name), 'a name has 1 to 64 letters, digits or any of _+=,.@-')
    expect(!this.#users.has(name.toLowerCase()), 'the name is taken')
    expect(pathForm.test(path) && path.length <= 512, 'a path begins and ends with a slash')
    expect(createdAt <= this.#clock.now(), 'it was created in the future')
    expect(accessKeys.length <= KEYS_PER_USER, 'a user has at most two access keys')
    expect(Object.keys(tags).length <= TAGS_PER_USER, 'a user has at most 50 tags')
    for (const [key, value] of Object.entries(tags))
      expect(isTag(key, value), `the tag ${key} is none that IAM takes`)
    const keys = accessKeys.map((seeded) => this.#seedKey(seeded, createdAt, expect))
    expect(new Set(keys.map(({ id }) => id)).size === keys.length, 'an access key is there once')
    const user = {
      id: identifier('AIDA'),
      name,
      path,
      arn: `arn:aws:iam::${this.#accountId}:user${path}${name}`,
      createdAt,
      tags: new Tags(),
      accessKeys: keys,
    }
    user.tags.set(Object.entries(tags))
    this.#users.set(name.toLowerCase(), user)
    for (const key of keys) this.#keys.set(key.id, { user, key })
    return user
  }

  #seedKey(
    { id = identifier('AKIA'), secret = secretByLot(), active = true, created, lastUsed }: SeededAccessKey,
    userCreatedAt: number,
    expect: (holds: boolean, rule: string) => void,
  ): AccessKey {
    const createdAt = created ?? userCreatedAt
    const now = this.#clock.now()
    expect(keyIdForm.test(id), `${id} is no id of an access key`)
    expect(!this.#keys.has(id), `the access key ${id} is there already`)
    expect(secretForm.test(secret), 'the secret of an access key has 40 letters, digits, + or /')
    expect(
      createdAt >= userCreatedAt && createdAt <= now,
      'an access key is created after its user, and not in the future',
    )
    expect(
      lastUsed === undefined || (lastUsed.at >= createdAt && lastUsed.at <= now),
      'an access key is used after it was created, and not in the future',
    )
    const status = active ? 'Active' : 'Inactive'
    return new AccessKey({ id, secret, createdAt, status, knownSince: Number.NEGATIVE_INFINITY, lastUsed })
  }

  /** Throws NoSuchEntity. */
  get(name: string): User {
    return this.#known(name)
  }

  /** By name. */
  list(pathPrefix: string): readonly User[] {
    return [...this.#users]
      .filter(([, { path }]) => path.startsWith(pathPrefix))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, user]) => user)
  }

  /**
   * Throws LimitExceeded: an inactive key counts, too
   * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html; the words are those that people report).
   */
  addKey(name: string): AccessKey {
    const user = this.#known(name)
    if (user.accessKeys.length >= KEYS_PER_USER)
      throw new QueryError(
        'LimitExceeded',
        `Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER}`,
        409,
      )
    const now = this.#clock.now()
    const made = { id: identifier('AKIA'), secret: secretByLot(), createdAt: now }
    const key = new AccessKey({ ...made, status: 'Active', knownSince: now })
    user.accessKeys = [...user.accessKeys, key]
    this.#keys.set(key.id, { user, key })
    return key
  }

  /** Throws NoSuchEntity. */
  changeKey(name: string, id: string, status: 'Active' | 'Inactive'): void {
    keyOf(this.#known(name), id).change(status, this.#clock.now())
  }

  /** Throws NoSuchEntity. */
  deleteKey(name: string, id: string): void {
    const user = this.#known(name)
    const key = keyOf(user, id)
    key.change('gone', this.#clock.now())
    user.accessKeys = user.accessKeys.filter((other) => other !== key)
  }

  /** Throws AccessDenied for a key that is none of the account's, or was deleted. */
  lastUseOf(id: string): { readonly user: User; readonly key: AccessKey } {
    const held = this.#keys.get(id)
    if (!held?.user.accessKeys.includes(held.key))
      throw new QueryError(
        'AccessDenied',
        `The caller is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${id}`,
        403,
      )
    return held
  }

  /** Also of a key that was deleted: not everybody knows that yet. */
  holder(id: string): { readonly user: User; readonly key: AccessKey } | undefined {
    return this.#keys.get(id)
  }

  #known(name: string): User & { accessKeys: readonly AccessKey[] } {
    const user = this.#users.get(name.toLowerCase())
    if (!user) throw new QueryError('NoSuchEntity', `The user with name ${name} cannot be found.`, 404)
    return user
  }
}

function keyOf({ accessKeys }: User, id: string): AccessKey {
  const key = accessKeys.find((one) => one.id === id)
  if (!key) throw new QueryError('NoSuchEntity', `The Access Key with id ${id} cannot be found.`, 404)
  return key
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
function identifier(prefix: 'AIDA' | 'AKIA'): string {
  return prefix + Array.from({ length: 16 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}
