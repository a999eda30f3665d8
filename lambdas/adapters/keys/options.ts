import type { ErrorCode } from '../../rotation/errors.ts'
import type { HeldValues } from '../adapter.ts'
import type { KeyCodec } from './codec.ts'
import type { KeyPlace, MintingPlace, RevokingPlace } from './place.ts'

/** What a rotation or a retirement of one key, in one invocation, needs. */
export interface KeyOptions<C, Place = KeyPlace<C>> {
  /** For logs and metrics, and in messages. */
  readonly kind: string
  readonly place: Place
  readonly codec: KeyCodec<C>
  readonly held: HeldValues
  /** In ms since the epoch. */
  now(): number
  sleep(ms: number): Promise<void>
  /** Milliseconds that may still be waited; enough is left after that for the last calls and the answer (`spareTime` in rotation/deadline.ts). */
  remaining(): number
  /** For tests. */
  readonly patience?: Partial<Patience>
  /** The code that says that the place accepts AWSCURRENT's key and does not list it. Default PROVIDER_ANSWER_INVALID. */
  readonly unlisted?: ErrorCode
  /** Throws `TARGET_NOT_ALLOWED` where the place takes the key for somebody else than the credential says. */
  refuseCurrent?(as: string, credential: C): void
}

export type MintingOptions<C> = KeyOptions<C, MintingPlace<C>>
export type RevokingOptions<C> = KeyOptions<C, RevokingPlace<C>>
/** What both have. */
export type SharedOptions<C> = KeyOptions<C, Omit<MintingPlace<C>, 'mint'>>

/** All but `successes` in milliseconds. */
export interface Patience {
  /** How many answers in a row must accept a key. A place has many front ends, and each one learns of a key by itself. */
  readonly successes: number
  /** Between two of them. */
  readonly everyMs: number
  /** How long after a key was minted or activated `unknown` may only mean: not yet. */
  readonly freshMs: number
  /** How long after a key was taken out of use a front end may still accept it, not knowing yet. Well under the time of a retire function, which must still be able to say that a key works. */
  readonly endedMs: number
  /** How long what comes back waits before it is published: longer than a removal takes that was decided before (docs/decisions/2026-11-26-keys-without-a-lock.md). */
  readonly settleMs: number
  /** How long a key that no version holds is left alone: whoever minted it may be about to store it. Longer than any function runs. */
  readonly reclaimAfterMs: number
  /** How long such a key is left alone where it is not known for sure to be ours; by then a use of it is told. It is out of use for as long again before it is removed: whoever needs it can put it back. */
  readonly reclaimUnsureAfterMs: number
}

const defaults: Patience = {
  successes: 5,
  everyMs: 500,
  freshMs: 120_000,
  endedMs: 20_000,
  settleMs: 15_000,
  reclaimAfterMs: 3_600_000,
  reclaimUnsureAfterMs: 86_400_000,
}

export function patienceOf({ patience }: Pick<KeyOptions<unknown>, 'patience'>): Patience {
  return { ...defaults, ...patience }
}
