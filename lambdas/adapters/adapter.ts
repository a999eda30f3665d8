/**
 * What a kind of credential must bring so that the engine can rotate it. One opaque credential type `C` per adapter: nothing
 * outside the adapter looks inside it. An adapter is made for one secret and one invocation, knows the time it has, never sees
 * a staging label and never calls Secrets Manager for the secret that it rotates.
 *
 * Where the target mints the credential itself, each one is a principal and a slot of its own: it is never overwritten, works from the moment when it was made, and is deleted where
 * another kind's slot would be recorded as retired. Where the target has no lock, what is said to happen under it happens right after a look (keys/promptly.ts).
 *
 * Every method throws `OverlapError` and may be called again after any outcome, a crash in the middle included.
 */
export interface CredentialAdapter<C> {
  /** For logs and metrics only. */
  readonly kind: string
  /** Does the current credential survive `set`? When false no drain follows: the old credential is dead already. */
  readonly overlap: boolean

  /** Throws `SECRET_INVALID` naming the field that is wrong, never its value. */
  parse(secretString: string): C
  /** The inverse of `parse`: every field of the current value that is not part of the credential is kept. */
  serialize(credential: C): string
  /** Where the credential is valid (host and database, IAM user, DNS names): a rotation may not change it. */
  target(credential: C): string
  /** All of the value that a rotation carries over as it is, in a form that can be compared. */
  carried(credential: C): string
  /** Who the target knows this credential as (a role, a key id). Two credentials of one principal are one slot. */
  principal(credential: C): string
  /** As of `CredentialRetirer`. */
  holdsSame?(one: C, other: C): boolean

  /**
   * Throws what would block a rotation right now: logins, rights, endpoints, and what its test would refuse as far as `current` can tell. With `waiting`,
   * which a rotation has made and perhaps set already, that one is asked about. Writes nothing, anywhere.
   */
  preflight(current: C, waiting?: Waiting<C>): Promise<void>
  /**
   * The new credential. Authenticates the current one first (a secret may not name a target that its own value cannot open), and throws
   * `DRAIN_IN_PROGRESS` unless the slot that it would use is positively recorded as retired or was never used. Where the target mints it: `DRAIN_IN_PROGRESS` as long as any other version has
   * its key, `ORPHAN_KEY` as long as a lost one is there, and `FOREIGN_KEY` where somebody's leave no room.
   */
  create(current: C, context: { readonly versionId: string }): Promise<C>
  /** Makes `pending` usable as its very last act. What was minted works already: then it only records whose that is. Calls `fence.check` at the moment of writing, after every wait and lock. */
  set(pending: C, current: C, fence: Fence): Promise<void>
  /** Uses the credential as a consumer would, everywhere a consumer would, with the same rights as `current`. */
  test(pending: C, current: C): Promise<void>

  /**
   * Makes the principal of a secret that is new, so that `current` works, and gives it no rights of its own. Only for kinds whose target has one to be
   * made; `preflight` then says `USER_MISSING` as long as it is not there. Calls `fence.check` at the moment of making. `exists` when it is there and
   * `current` works; throws `USER_EXISTS` when it is there and the target refuses `current`: whoever that is, it is not touched. Of a secret that was
   * rotated before nobody is made: whoever is refused then is lost, not new (`NEW_USER_NOT_ALLOWED`, and `CURRENT_REFUSED` in place of `USER_MISSING`).
   */
  provision?(current: C, fence: Fence): Promise<'provisioned' | 'exists'>
  /**
   * The way back to a credential that drains or is disabled. Makes `previous` valid where it is recorded, for `fence.versionId`, as disabling or disabled, uses
   * it as a consumer would, and then calls `publish` under the target's own lock, after `fence.check`. `replaced` is AWSCURRENT as it is: it may be dead, which is no
   * obstacle. Nothing is ever revoked here. Throws `LEAKED`; `NO_WAY_BACK` when its place is recorded as retired, or holds another version; `PENDING_REFUSED`
   * when it does not work. After an error `previous` may have become valid again, which hurts nobody. Only for kinds that overlap.
   */
  reinstate?(previous: C, replaced: C, fence: Fence, publish: () => Promise<void>): Promise<void>
  /**
   * After the target was restored from an older copy: gives the principal of `current` the credential that `current` holds, and records that. Whoever asks
   * for it is a person. `works` when `current` works already and its record is right: nothing was written then. Throws `USER_MISSING` when the principal is gone, with what to do.
   */
  repair?(current: C, fence: Fence): Promise<'repaired' | 'works'>
}

/** What a rotation that is under way has made. */
export interface Waiting<C> {
  readonly versionId: string
  readonly credential: C
}

/**
 * What versions of the secret hold, without their labels: for kinds whose values do not say which version they are of. A credential of the target that no version holds is lost. Each
 * answer is read anew.
 */
export interface HeldValues {
  /** Of every version that has a label. One without a value is left out. */
  labelled(): Promise<readonly HeldValue[]>
  /** Of any version that is there; undefined: it has none, or is gone. */
  of(versionId: string): Promise<string | undefined>
}

export interface HeldValue {
  readonly versionId: string
  readonly value: string
}

/** What lets a writer that was paused find out that the world has moved on. */
export interface Fence {
  /** The version that is being made valid, or retired. It goes on the target's stamp. */
  readonly versionId: string
  /** The version that is AWSCURRENT. */
  readonly currentVersionId: string
  /** Reads the labels again; throws unless this very rotation (or retirement) is still the one to act. */
  check(): Promise<void>
  /**
   * Of a rollback: takes the version out of its retirement, so that whoever ends it is refused as soon as they read labels. For a target where nothing else tells them, before
   * anything that waits. Absent: labels say already that nobody retires it.
   */
  withdraw?(): Promise<void>
}

/**
 * What a retire function needs of a kind. It lives beside its adapter and shares its credential type. A slot is recorded as live, disabling, disabled,
 * retired or leaked. `disabling` means that the credential does not work and that it is not yet known whether somebody still needs it: it is put back or
 * disabled by whoever comes next. `disabled` is quarantine: it does not work, and can be put back. Nobody may take a slot that is neither retired nor leaked.
 */
export interface CredentialRetirer<C> {
  readonly kind: string
  parse(secretString: string): C
  principal(credential: C): string
  /**
   * Does one hold the very credential that the other holds, whatever each calls its principal? A leak of one is then a leak of the other. Only for kinds whose values can tell. (Ending one
   * may end the other also where they only name one principal.)
   */
  holdsSame?(one: C, other: C): boolean

  /** False where the target cannot disable: what is retired works until it is removed. */
  readonly disables?: boolean

  /** Uses `current` as a consumer would, and changes nothing. Throws `CURRENT_REFUSED` when the target refuses it. */
  login(current: C): Promise<void>
  /**
   * Only for kinds whose target tells of each credential by itself: is this one accepted although it was taken out of use, or is not listed? With
   * `justEnded` it waits until every part of the target should know. Throws whatever keeps it from being known.
   */
  stillWorks?(credential: C, context: { readonly justEnded: boolean }): Promise<boolean>
  /**
   * Who uses this principal now, or who used it last where that is all that the target tells (`LAST_USE_UNKNOWN` where it is not even that), at every endpoint of the server that
   * `current` leads to. Throws when any endpoint could not be asked: unknown is not "nobody". A target that is paused is not woken up.
   */
  sightings(credential: C, current: C): Promise<Inspection>
  /** Is the version's credential out of use, and on record as that? Undefined where the target does not say it of this version. A target that is paused is not to be asked. */
  isDisabled(
    credential: C,
    context: { readonly current: C; readonly versionId: string },
  ): Promise<boolean | undefined>
  /**
   * Reversible. Nothing is touched before every endpoint was asked and `current` has logged in; nothing is recorded as disabled before every endpoint
   * was asked again. Calls `fence.check` at the moment of disabling and at that of recording.
   *
   * Throws `PRINCIPAL_IN_USE` with `consumersAffected` when the target refuses `current`, whoever uses the principal; `STILL_USED` when there are
   * sessions that `accepts` does not accept; those that it does are ended; and `SUPERSEDED` when there is nothing to retire: the slot holds another version,
   * or is gone. Already disabled, retired or leaked is success. After any other error the slot may be recorded as disabling; the caller puts it back with
   * `enable`. Where the target cannot disable, everything is only looked at, and what leaked is removed at once. With `leaked` the record says that nothing may ever make it valid again, also where it was disabled before; then neither a `current` that
   * does not work, nor its last place, nor who uses it, nor an endpoint that does not answer keeps it valid. It is out of use before anything is thrown, and
   * `CURRENT_REFUSED` with `consumersAffected` says that nobody can log in with this secret any more. Where AWSCURRENT cannot be read, `current` is `credential`.
   */
  disable(
    credential: C,
    context: {
      readonly current: C
      readonly fence: Fence
      readonly accepts: (sighting: Sighting) => boolean
      readonly leaked: boolean
      /** In ms since the epoch: a use before this is no obstacle, where the target tells of past ones. Absent: every use is one. */
      readonly unusedSince?: number
    },
  ): Promise<void>
  /**
   * Makes a principal valid again whose slot is recorded, for `fence.versionId`, as disabling or disabled, or as retired where it is `current`'s own;
   * `credential` is what it is to have. It gets back only what `disable` took. False when there is nothing to put back: the slot is live, is retired
   * and not `current`'s, or nothing is recorded. `cutOffAlone`: also false when it is recorded as disabled, since that retirement was completed. Throws `SUPERSEDED` when the slot
   * holds another version, `LEAKED` when it leaked, and `NO_WAY_BACK` with `consumersAffected` when it is `current`'s own and deleted.
   */
  enable(
    credential: C,
    context: { readonly current: C; readonly fence: Fence; readonly cutOffAlone?: boolean },
  ): Promise<boolean>
  /**
   * The end of the quarantine: records the slot as retired, so that the next rotation may take it. Retired, leaked or gone already is success. Throws
   * `SUPERSEDED` when the slot holds another version, and `STILL_USED` when it is recorded as live or disabling. Calls `fence.check` at the moment of recording. What is deleted
   * here is only deleted while `current` works: otherwise `PRINCIPAL_IN_USE` with `consumersAffected`.
   */
  remove(
    credential: C,
    context: {
      readonly current: C
      readonly fence: Fence
      /** In ms since the epoch. Where the target cannot disable, and tells of past uses: `STILL_USED` when it was used after this by whoever `accepts` does not accept. */
      readonly unusedSince?: number
      readonly accepts?: (sighting: Sighting) => boolean
    },
  ): Promise<void>
  /**
   * Hands the principal of `current` back to its owner, who rotates it no more: everything that was recorded at the target is taken away, and the
   * other slot is left so that nobody can use it. `current` works before and after. Nothing is removed, and what was left already stays so. Calls
   * `fence.check` at the moment of writing. Throws `LEAVE_TOO_SOON`, with what to do, unless `current` has the slot that was there before the first
   * rotation and the other one is recorded as retired or was never made (of minted ones: unless no other is there but somebody's); `CURRENT_REFUSED` when `current` does not work; `STILL_USED` when the other
   * slot is used all the same.
   *
   * @returns what a person may run to remove what is left of the other slot; undefined when there is nothing
   */
  leave(current: C, context: { readonly fence: Fence }): Promise<string | undefined>
  /**
   * Only for kinds whose target mints the credential: takes out of use, and later removes, what a rotation minted and no version holds, since the answer got lost or whoever waited
   * for it died. Nothing that is not known to have been minted by that very call, nothing that was ever used, and nothing that is younger than any step can last. Calls
   * `check` at the moment of each write. `waiting`: there is one, and it is not gone yet; `nothing`: there is none. Throws `FOREIGN_KEY` for one that was used.
   */
  reclaim?(
    current: C,
    context: {
      readonly check: () => Promise<void>
      /** A version that waits for this, and never held anything. */
      readonly waiting?: string
    },
  ): Promise<'nothing' | 'waiting'>
}

/** One look at who uses a principal. */
export interface Inspection {
  readonly sightings: readonly Sighting[]
  /** What works for the principal without its credential, and goes on without it, by name. Neither a use nor ever ended. Absent: nothing does. */
  readonly others?: readonly string[]
  /** host:port of each endpoint that was asked; empty when the target is asleep. */
  readonly endpoints: readonly string[]
  /** The target is paused, so nobody is connected. */
  readonly asleep: boolean
  /** As whom this look itself logged in, at every endpoint; undefined where there is no such thing. */
  readonly witness: string | undefined
  /** What the look called itself at every endpoint, and nothing else ever does; absent where there is no such thing. */
  readonly mark?: string
  /** Who was looked for, as the target's own log calls it. */
  readonly principal: string
}

/** One consumer that was seen using a principal. */
export interface Sighting {
  /** host:port where it was seen. */
  readonly endpoint: string
  /** What the consumer calls itself; empty when it says nothing. */
  readonly application: string
  /** Its address as the target sees it; empty for a local socket. */
  readonly address: string
  /** ISO 8601, when this use began. */
  readonly since: string
  /** ISO 8601: the target tells of the last use, and not of who uses it now. Absent: it is used at this very moment. */
  readonly lastUsed?: string
}

/** What people call a sighting, `APPLICATION@ADDRESS`: it stays the same from one look to the next. */
export function sightingName({ application, address }: Pick<Sighting, 'application' | 'address'>): string {
  return `${application || 'unnamed'}@${address || 'local'}`
}
