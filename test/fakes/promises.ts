import { type Promises, type Times, watch } from './promised.ts'
import type { FakeSecret } from './secret.ts'
import type { Change, Credential, User } from './two-slot-server.ts'
import type { TwoSlotTarget } from './two-slot-target.ts'

const MINUTE_MS = 60_000

/**
 * What must hold after every call of any function:
 *
 * - the credential of AWSCURRENT works,
 * - a credential is overwritten only in a slot that is not live,
 * - nothing that AWSCURRENT or AWSPENDING names is disabled or removed,
 * - nothing is disabled before its drain has passed since it last was AWSCURRENT, and since it was last seen in use,
 * - nothing is disabled of which nobody asked what proves that it is not used,
 * - nothing is removed that is not disabled, or before its quarantine has passed,
 * - nothing is disabled, and no value is made, while the secret is on hold,
 * - nothing is disabled that is only to be observed,
 * - what is retired comes back for AWSCURRENT alone, and what leaked for nobody,
 * - what is DRAINING or AWSPREVIOUS and not recorded as out of use works.
 *
 * What leaked waits for its short drain alone. A person who edits by hand can break these alone; what is excused for that reason is in `excuse` and nowhere
 * else.
 */
export interface TwoSlotPromises extends Promises {
  onChange(change: Change): void
  /** After an edit by hand, naming the user whose password it changed: what it broke is its own doing. */
  excuse(user?: User): void
  /** Of a value that a person stored and that never worked: nobody keeps it valid. */
  disown(version: string): void
}

export function promises(
  clock: { now: number },
  secret: FakeSecret,
  /** Made later, since it tells of changes. */
  target: () => TwoSlotTarget,
  times: Times,
): TwoSlotPromises {
  const disabledAt = new Map<User, number>()
  const overwrittenByHand = new Set<string>()

  const credential = (version: string | undefined): Credential | undefined => {
    const value = version === undefined ? undefined : secret.value(version)
    return value === undefined ? undefined : JSON.parse(value)
  }
  const works = (version: string | undefined) => {
    const found = credential(version)
    return found !== undefined && target().works(found)
  }
  const current = () => secret.holder('AWSCURRENT')
  const names = (label: 'AWSCURRENT' | 'AWSPENDING', user: User) =>
    credential(secret.holder(label))?.user === user

  const watching = watch({
    clock,
    secret,
    called: (version) => credential(version)?.password,
    works,
    isDeadForGood: () => {
      const { user } = credential(current()) ?? {}
      return user !== undefined && target().slot(user).stamp?.state === 'leaked'
    },
    usedAt: () => clock.now,
    alsoCheck: () => {
      for (const label of ['DRAINING', 'AWSPREVIOUS'] as const) {
        const holder = secret.holder(label) ?? ''
        const found = credential(holder)
        if (found === undefined || overwrittenByHand.has(holder) || works(holder)) continue
        const { stamp } = target().slot(found.user)
        if (stamp === undefined || (stamp.version === holder && stamp.state === 'live'))
          note(`the credential of ${label} ${holder} does not work and is not retired`)
      }
    },
  })
  const { note, editedSince } = watching

  /** Between the last check and the commit a person may promote what is being retired: that is undone at once. */
  const takenAway = ({ by, user, since }: Change) => {
    if (editedSince(since)) watching.beginUndo()
    else if (names('AWSCURRENT', user) || names('AWSPENDING', user))
      note(`${by} took ${user} away, which a live version names`)
  }
  const drained = ({ by, user, version, since }: Change, ms: number, from: number | undefined) => {
    // What came after the last check is undone at once.
    if (from === undefined || from > since || editedSince(since)) return
    if (clock.now - from < ms)
      note(`${by} of ${user} ${(clock.now - from) / MINUTE_MS} minutes after ${version} was replaced or used`)
  }
  const set = ({ user, before, version, since }: Change) => {
    // A late delivery may set the very value that another one has published: nothing changes by that.
    const overwritten = names('AWSCURRENT', user) && ![watching.excused(), version].includes(current())
    if (overwritten && !editedSince(since)) note(`set overwrote ${user}, which AWSCURRENT names`)
    if (before.stamp?.state === 'live' && before.stamp.version !== version)
      note(`set overwrote ${user}, which is live for ${before.stamp.version}`)
  }
  const disable = (change: Change) => {
    const { user, version, since } = change
    takenAway(change)
    drained(change, times.drain, watching.replacedAt(version))
    drained(change, times.drain, watching.lastSeen(version))
    if (watching.onHoldSince(since)) note(`disabled ${user} on hold`)
    if (watching.observedSince(since)) note(`disabled ${user}, which was only to be observed`)
    const proof = watching.provenAt(version)
    if (!editedSince(since) && (proof === undefined || proof < (watching.replacedAt(version) ?? 0)))
      note(`disabled ${user}, of which nobody asked what proves that it is not used`)
  }
  const remove = (change: Change) => {
    const { user, before } = change
    takenAway(change)
    if (before.stamp?.state !== 'disabled') note(`removed ${user}, which was ${before.stamp?.state}`)
    const from = disabledAt.get(user)
    if (from !== undefined && clock.now - from < times.quarantine)
      note(`removed ${user} ${(clock.now - from) / MINUTE_MS} minutes after it was disabled`)
  }
  const comeBack = ({ by, user, before, after, since }: Change) => {
    const isEdited = editedSince(since)
    if (by !== 'set' && before.stamp?.state === 'retired' && !names('AWSCURRENT', user) && !isEdited)
      note(`${user} was retired and is valid again, though AWSCURRENT does not name it`)
    const leakedAt = watching.leakOf(after.password ?? '')
    if (leakedAt !== undefined && before.password !== after.password && leakedAt <= since)
      note(`${by} made ${user} valid again with what leaked`)
    // A person's password that lands between the last check and the commit is lost: nobody but its author knows of it.
    if (isEdited) watching.excuseCurrent()
  }

  return {
    ...watching,
    onChange: (change) => {
      const { by, user } = change
      if (by === 'set') set(change)
      if (by === 'disable') disable(change)
      if (by === 'quarantine') disabledAt.set(user, clock.now)
      if (by === 'remove') remove(change)
      if (by === 'leak') {
        // A free slot may be promised to the rotation that waits for it: it stays free.
        if (change.before.password !== undefined) takenAway(change)
        drained(change, times.leakDrain, watching.firstReplacedAt(change.version))
      }
      if (by === 'set' || by === 'enable' || by === 'reinstate' || by === 'repair') comeBack(change)
    },
    excuse: (user) => {
      for (const id of secret.versionIds())
        if (user !== undefined && id !== current() && secret.value(id)?.includes(`"user":"${user}"`) === true)
          overwrittenByHand.add(id)
      watching.excuse()
    },
    disown: (version) => {
      overwrittenByHand.add(version)
    },
  }
}
