import type { ErrorCode } from '../../rotation/errors.ts'
import type { KeyCodec } from './codec.ts'
import type { HeldKeys } from './held.ts'
import type { KeyPlace, MintingPlace, RevokingPlace } from './place.ts'

/** What a rotation or a retirement of one key, in one invocation, needs. */
export interface KeyOptions<C, Place = KeyPlace<C>> {
  /** For logs and metrics, and in messages. */
  readonly kind: string
  readonly place: Place
  readonly codec: KeyCodec<C>
  readonly held: HeldKeys
  /** In ms since the epoch. */
  now(): number
  sleep(ms: number): Promise<void>
  /** Milliseconds that may still be waited; enough is left after that for the last calls and the answer (`spareTime` in rotation/deadline.ts). */
  remaining(): number
  readonly patience?: Partial<Patience>
  /** The code that says that the place accepts AWSCURRENT's key and does not list it. Default PROVIDER_ANSWER_INVALID. */
  readonly unlisted?: ErrorCode
  /** Throws `TARGET_NOT_ALLOWED` where the place takes the key for somebody else than the credential says. */
  refuseCurrent?(as: string, credential: C): void
}

export type MintingOptions<C> = KeyOptions<C, MintingPlace<C>>
export type RevokingOptions<C> = KeyOptions<C, RevokingPlace<C>>
/** What both have. */
export type SeeingOptions<C> = KeyOptions<C, Omit<MintingPlace<C>, 'mint'>>

/** All but `successes` in milliseconds. */
export interface Patience {
  /** So many answers in a row must accept a key. A place has many front ends, and each one learns of a key by itself. */
  readonly successes: number
  /** Between two of them. */
  readonly everyMs: number
  /** For so long after a key was minted or activated, that the place does not know it may mean that it does not know it yet. */
  readonly freshMs: number
  /** For so long after a key was taken out of use a front end that accepts it may not know that yet. Well under what a retire function has, so that it can still say that a key works. */
  readonly endedMs: number
  /** What comes back waits so long before it is published, which is longer than a removal takes that was decided before (docs/decisions/2026-11-26-keys-without-a-lock.md). */
  readonly settleMs: number
  /** A key that no version holds is left alone for so long: whoever minted it may be about to store it. Longer than any function runs. */
  readonly reclaimAfterMs: number
  /** One that is not known for sure to be ours is left alone for so long, by when a use of it is told, and is then out of use for as long before it is removed: whoever needs it can put it back. */
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
