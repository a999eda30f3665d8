import { randomInt } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { QueryError } from '../query-service.ts'

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
  /** Default true. */
  readonly active?: boolean
  /** Not before the user. Default: with the user. */
  readonly created?: number
}

export interface AccessKey {
  readonly id: string
  readonly active: boolean
  readonly createdAt: number
}

export interface User {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly createdAt: number
  readonly tags: ReadonlyMap<string, string>
  readonly accessKeys: readonly AccessKey[]
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const KEYS_PER_USER = 2
const TAGS_PER_USER = 50

const nameForm = /^[\w+=,.@-]{1,64}$/
const pathForm = /^(\/|\/[\x21-\x7e]+\/)$/
const keyIdForm = /^AKIA[A-Z2-7]{16}$/
const tagKeyForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const tagValueForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/** Every user of the account. */
export class Users {
  readonly #clock: Clock
  readonly #accountId: string
  /** By name in lower case: names that differ in case alone are the same name to IAM. */
  readonly #users = new Map<string, User>()

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
      expect(
        tagKeyForm.test(key) && tagValueForm.test(value) && !/^aws:/i.test(key),
        `the tag ${key} is none that IAM takes`,
      )
    const keys = accessKeys.map((key): AccessKey => {
      const made = {
        id: key.id ?? identifier('AKIA'),
        active: key.active ?? true,
        createdAt: key.created ?? createdAt,
      }
      expect(keyIdForm.test(made.id), `${made.id} is no id of an access key`)
      expect(
        made.createdAt >= createdAt && made.createdAt <= this.#clock.now(),
        'an access key is created after its user, and not in the future',
      )
      return made
    })
    const user: User = {
      id: identifier('AIDA'),
      name,
      path,
      arn: `arn:aws:iam::${this.#accountId}:user${path}${name}`,
      createdAt,
      tags: new Map(Object.entries(tags)),
      accessKeys: keys,
    }
    this.#users.set(name.toLowerCase(), user)
    return user
  }

  /** Throws NoSuchEntity. */
  get(name: string): User {
    const user = this.#users.get(name.toLowerCase())
    if (!user) throw new QueryError('NoSuchEntity', `The user with name ${name} cannot be found.`, 404)
    return user
  }

  /** By name. */
  list(pathPrefix: string): readonly User[] {
    return [...this.#users]
      .filter(([, { path }]) => path.startsWith(pathPrefix))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, user]) => user)
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
function identifier(prefix: 'AIDA' | 'AKIA'): string {
  return prefix + Array.from({ length: 16 }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}
