import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { ProviderRefusal } from './refusal.ts'

/** A key of the account that was there before, or that a person made. */
export interface SeededKey {
  readonly name: string
  /** Default: drawn by lot. */
  readonly key?: string
  /** Default: `send`. */
  readonly scopes?: readonly string[]
  /** Default true. */
  readonly active?: boolean
  /** In ms since the epoch, as are all times here. Default now. */
  readonly created?: number
}

/** What the account's owner sees of a key: never the key itself, which is told once. */
export interface ProviderKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly active: boolean
  readonly createdAt: number
  /** The last use that is told by now; uses are told some time after they were made, in whole seconds. */
  readonly lastUsed: Use | undefined
}

export interface Use {
  readonly at: number
  /** The route that was called, and from which address. */
  readonly by: string
  readonly from: string
}

export interface KeysOptions {
  readonly clock: Clock
  /** How many an account may have at once. */
  readonly mostKeys: number
  /** Milliseconds after which a use is told. */
  readonly lastUseLagMs: number
  /**
   * Milliseconds after which each of the front ends accepts a key that was made, or enabled again. Calls with keys go round, so that one success proves nothing. What
   * is taken away is refused by all of them at once.
   */
  readonly frontEndsMs: readonly number[]
}

interface Kept {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly scopes: readonly string[]
  readonly createdAt: number
  active: boolean
  acceptedFrom: number
  /** The last one that is told by now, and those that are not. */
  uses: readonly Use[]
}

/** The keys of one account. */
export class Keys {
  readonly #options: KeysOptions
  readonly #keys = new Map<string, Kept>()
  #asked = 0

  constructor(options: KeysOptions) {
    this.#options = options
  }

  /** Accepted everywhere at once. Throws for more keys than an account may have. */
  seed({ name, key, scopes = ['send'], active = true, created }: SeededKey) {
    const now = this.#options.clock.now()
    return this.#add({
      name,
      scopes,
      active,
      key: key ?? newKey(),
      createdAt: created ?? now,
      acceptedFrom: Number.NEGATIVE_INFINITY,
    })
  }

  /** The only answer that has the key itself. */
  create(name: string, scopes: readonly string[]) {
    const now = this.#options.clock.now()
    return this.#add({ name, scopes, active: true, key: newKey(), createdAt: now, acceptedFrom: now })
  }

  list(): readonly ProviderKey[] {
    return [...this.#keys.values()].map((kept) => this.#told(kept))
  }

  /** Throws `not_found`. */
  get(id: string): ProviderKey {
    return this.#told(this.#find(id))
  }

  setActive(id: string, active: boolean): ProviderKey {
    const kept = this.#find(id)
    if (active && !kept.active) kept.acceptedFrom = this.#options.clock.now()
    kept.active = active
    return this.#told(kept)
  }

  remove(id: string): void {
    this.#find(id)
    this.#keys.delete(id)
  }

  /** Whose key this is, and writes down that it was used. Throws for a key that is unknown, or not yet known everywhere, and for one that was taken out of use. */
  use(key: string, use: Omit<Use, 'at'>): ProviderKey {
    const { clock, frontEndsMs } = this.#options
    this.#asked += 1
    const delay = frontEndsMs[this.#asked % frontEndsMs.length] ?? 0
    const kept = [...this.#keys.values()].find((one) => isSame(one.key, key))
    if (kept === undefined || clock.now() < kept.acceptedFrom + delay)
      throw new ProviderRefusal(401, 'unknown_key', 'There is no such key.')
    if (!kept.active) throw new ProviderRefusal(403, 'key_disabled', 'This key is disabled.')
    const at = Math.floor(clock.now() / 1000) * 1000
    if (kept.uses.at(-1)?.at !== at) kept.uses = [...this.#untold(kept), { at, ...use }]
    return this.#told(kept)
  }

  #add(given: Omit<Kept, 'id' | 'uses'>): { readonly told: ProviderKey; readonly key: string } {
    const { mostKeys } = this.#options
    if (this.#keys.size >= mostKeys)
      throw new ProviderRefusal(409, 'too_many_keys', `An account has at most ${mostKeys} keys.`)
    const kept: Kept = { ...given, id: `key_${randomBytes(9).toString('hex')}`, uses: [] }
    this.#keys.set(kept.id, kept)
    return { told: this.#told(kept), key: kept.key }
  }

  #find(id: string): Kept {
    const kept = this.#keys.get(id)
    if (kept === undefined) throw new ProviderRefusal(404, 'not_found', 'There is no such key.')
    return kept
  }

  #told(kept: Kept): ProviderKey {
    const { id, name, scopes, active, createdAt, uses } = kept
    const lastUsed = uses.findLast((use) => this.#isTold(use))
    return { id, name, scopes, active, createdAt, lastUsed }
  }

  /** All that a later answer may need: the last one that is told, and what came after it. */
  #untold({ uses }: Kept): readonly Use[] {
    return uses.slice(
      Math.max(
        0,
        uses.findLastIndex((use) => this.#isTold(use)),
      ),
    )
  }

  #isTold({ at }: Use): boolean {
    return at + this.#options.lastUseLagMs <= this.#options.clock.now()
  }
}

function newKey(): string {
  return `mk_${randomBytes(24).toString('base64url')}`
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
