import { randomBytes } from 'node:crypto'
import { LastUse, type Use } from './last-use.ts'

export type AccessKeyStatus = 'Active' | 'Inactive'

/** `gone`: deleted. */
type Seen = AccessKeyStatus | 'gone'

/** An access key with its past, since what has changed is not known everywhere at once. All times in ms since the epoch. */
export class AccessKey {
  readonly id: string
  readonly secret: string
  readonly createdAt: number
  readonly lastUse: LastUse
  readonly #changes: { readonly at: number; readonly seen: Seen }[]

  /** `knownSince`: how long it has been told to everybody as it is; -Infinity for one that was always there. */
  constructor(made: {
    readonly id: string
    readonly secret: string
    readonly createdAt: number
    readonly status: AccessKeyStatus
    readonly knownSince: number
    readonly lastUsed?: Use | undefined
  }) {
    this.id = made.id
    this.secret = made.secret
    this.createdAt = made.createdAt
    this.lastUse = new LastUse(made.lastUsed)
    this.#changes = [{ at: made.knownSince, seen: made.status }]
  }

  change(seen: Seen, at: number): void {
    this.#changes.push({ at, seen })
  }

  /** As IAM itself lists it. */
  get status(): AccessKeyStatus {
    return this.#changes.at(-1)?.seen === 'Active' ? 'Active' : 'Inactive'
  }

  /** As it was known at a moment; undefined before it was made. */
  seenAt(time: number): Seen | undefined {
    return this.#changes.findLast(({ at }) => at <= time)?.seen
  }
}

/** 40 characters, as in https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html. */
export function secretByLot(): string {
  return randomBytes(30).toString('base64')
}
