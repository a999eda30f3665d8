import type { OverlapError } from '../../rotation/errors.ts'

/**
 * A place that mints keys itself: it allows several keys for one target, and chooses their values. Unlike a user of a database, whose one password is overwritten,
 * a key is another principal each time, and what a crash loses is a key that nobody knows. So whose a key is must be told by something that outlives the call
 * that minted it.
 *
 * Made for one secret and one invocation; knows the time it has. Every method throws `OverlapError`, and may be called again after any outcome. `of` is a credential
 * of the target that is meant.
 */
export interface KeyPlace<C> {
  /** How many keys a target may have at once. */
  readonly mostKeys: number
  /** Can a key be taken out of use so that it can be put back? Where not, it works until it is removed. */
  readonly disables: boolean
  /** host:port that is asked. */
  readonly endpoint: string

  /** Every key of the target. */
  keys(of: C): Promise<readonly PlacedKey[]>
  /**
   * A key for this version. Before it is minted, whatever is needed to recognize it is written down, so that `keys` tells of it should the answer get lost. Minted
   * at most once for each call. `present`: what `keys` told before. A refusal because there is no room throws `LABELS_MOVED`: another delivery of the same step may
   * have been faster.
   */
  mint(of: C, versionId: string, present: readonly PlacedKey[]): Promise<C>
  /** Records whose a key is. Does nothing where the place has no room for records; `keys` then tells what it can. */
  record(of: C, keyId: string, record: KeyRecord): Promise<void>
  /** Takes everything that was recorded about the target away, but for the keys themselves. */
  forget(of: C): Promise<void>
  activate(of: C, keyId: string): Promise<void>
  /** Only where `disables`. Asked once, and given up after 8 s at most: a request that comes late could meet a key that somebody has gone back to. */
  deactivate(of: C, keyId: string): Promise<void>
  /** Gone already is success. Asked once, likewise. `witness`: the id of a key that is there. A list without it does not say that anything is gone. */
  remove(of: C, keyId: string, witness?: string): Promise<void>
  lastUse(of: C, keyId: string): Promise<LastUse>
  /**
   * Uses the key itself, once, for something that is always allowed and changes nothing. `unknown`: the place does not know the key, or not yet, or not everywhere; `wrong`: it
   * knows the key, and that its secret is another; `another id`: it accepts the key, and calls it by another id than the credential. Whatever is no answer of the place is thrown.
   */
  whoami(key: C): Promise<Whoami>
}

/** What a rotation is given of a place: nothing by which a key ends. */
export type MintingPlace<C> = Omit<KeyPlace<C>, 'deactivate' | 'remove' | 'forget'>

/** What a retirement is given of a place: nothing that mints. */
export type RevokingPlace<C> = Omit<KeyPlace<C>, 'mint'>

export type Whoami =
  /** `as`: whom the place takes the key for, in a form that can be compared. `rights`: what the key may do, likewise, where the place tells. */
  | { readonly answer: 'accepted'; readonly as: string; readonly rights?: string }
  | { readonly answer: 'unknown' }
  | { readonly answer: 'wrong' }
  | { readonly answer: 'another id' }

/** Does it open the target, whatever the credential calls it? */
export function isOpened({ answer }: Whoami): boolean {
  return answer === 'accepted' || answer === 'another id'
}

/** A key as the place that minted it tells of it. */
export interface PlacedKey {
  readonly id: string
  /** In ms since the epoch. */
  readonly created: number | undefined
  readonly active: boolean
  /** What is on record of it for this very secret; undefined: nothing. */
  readonly record: KeyRecord | undefined
  /** Set where nothing is on record and a call fits that minted for this version and whose answer may be lost: the key was not there before that call, and was made in its time. */
  readonly perhapsFor: { readonly versionId: string } | undefined
  /** Another secret that Overlap rotates has it on record. */
  readonly isAnothers: boolean
  /** Its record cannot be read (`record`); or it has none, and the announcement of calls that mint cannot be read (`intent`). Then nobody can say whose it is. Absent: all was read. */
  readonly unreadable?: { readonly what: 'record' | 'intent'; readonly error: OverlapError }
}

/**
 * - `live`: it is to work
 * - `disabling`: it does not work, and it is not yet known whether somebody needs it
 * - `disabled`: quarantine
 * - `leaked`: nothing may ever make it work again
 * - `orphan`: nobody knows its secret, and it was taken out of use
 */
export type KeyState = 'live' | 'disabling' | 'disabled' | 'leaked' | 'orphan'

export interface KeyRecord {
  /** As it is, or as it is written down (written-version.ts). */
  readonly versionId: string
  readonly state: KeyState
  /** In ms since the epoch. Where the place tells the state but not since when: at most `created`. */
  readonly since: number
}

export type LastUse =
  /** `at` in ms since the epoch; `by` and `from` in the place's own words, such as a service and a Region; empty where it says nothing. */
  | { readonly known: 'used'; readonly at: number; readonly by: string; readonly from: string }
  | { readonly known: 'never' }
  /** The place does not tell. */
  | { readonly known: 'nothing' }
