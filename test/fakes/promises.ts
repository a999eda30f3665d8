import type { Promises, Times } from './promised.ts'
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
  const violations: string[] = []
  const note = (what: string) => violations.push(`${new Date(clock.now).toISOString()} ${what}`)

  /** When a version last stopped being AWSCURRENT. */
  const replacedAt = new Map<string, number>()
  /** When it first did: between two passes nobody sees what leaked come back for a moment, and it does not wait for that. */
  const firstReplacedAt = new Map<string, number>()
  const provenAt = new Map<string, number>()
  const seenAt = new Map<string, number>()
  const disabledAt = new Map<User, number>()
  /** The password of each version that leaked, and since when that is told. */
  const leaks = new Map<string, { readonly password: string; readonly at: number }>()
  let lastCurrent = secret.holder('AWSCURRENT')
  for (const id of secret.versionIds()) if (id !== lastCurrent) replacedAt.set(id, clock.now)
  let excused: string | undefined
  const overwrittenByHand = new Set<string>()
  let held: { readonly from: number; readonly until: number } | undefined
  let observedFrom = Number.POSITIVE_INFINITY
  let editedAt = 0
  /** A retirement took away what a person promoted in that moment. */
  let undoing = false
  /** Rollbacks that moved AWSCURRENT to what did not work. */
  const movedLate = new Set<object>()

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
  const onHoldSince = (then: number) => held !== undefined && held.from < then && clock.now < held.until
  const follow = () => {
    const holder = current()
    if (lastCurrent !== undefined && holder !== lastCurrent) {
      if (!replacedAt.has(lastCurrent)) firstReplacedAt.set(lastCurrent, clock.now)
      replacedAt.set(lastCurrent, clock.now)
    }
    lastCurrent = holder
  }
  const check = () => {
    clock.now += 1
    follow()
    if (undoing || movedLate.size > 0) return
    if (works(current())) excused = undefined
    else if (current() !== excused) note(`the credential of AWSCURRENT ${lastCurrent} does not work`)
    for (const label of ['DRAINING', 'AWSPREVIOUS'] as const) {
      const holder = secret.holder(label) ?? ''
      const found = credential(holder)
      if (found === undefined || overwrittenByHand.has(holder) || works(holder)) continue
      const { stamp } = target().slot(found.user)
      if (stamp === undefined || (stamp.version === holder && stamp.state === 'live'))
        note(`the credential of ${label} ${holder} does not work and is not retired`)
    }
  }

  /** Between the last check and the commit a person may promote what is being retired: that is undone at once. */
  const takenAway = ({ by, user, since }: Change) => {
    if (editedAt > since) undoing = true
    else if (names('AWSCURRENT', user) || names('AWSPENDING', user))
      note(`${by} took ${user} away, which a live version names`)
  }
  const drained = ({ by, user, version, since }: Change, ms: number, from: number | undefined) => {
    // What came after the last check is undone at once.
    if (from === undefined || from > since || editedAt > since) return
    if (clock.now - from < ms)
      note(`${by} of ${user} ${(clock.now - from) / MINUTE_MS} minutes after ${version} was replaced or used`)
  }
  const set = ({ user, before, version, since }: Change) => {
    // A late delivery may set the very value that another one has published: nothing changes by that.
    const overwritten = names('AWSCURRENT', user) && ![excused, version].includes(current())
    if (overwritten && editedAt <= since) note(`set overwrote ${user}, which AWSCURRENT names`)
    if (before.stamp?.state === 'live' && before.stamp.version !== version)
      note(`set overwrote ${user}, which is live for ${before.stamp.version}`)
  }
  const disable = (change: Change) => {
    const { user, version, since } = change
    takenAway(change)
    drained(change, times.drain, replacedAt.get(version))
    drained(change, times.drain, seenAt.get(version))
    if (onHoldSince(since)) note(`disabled ${user} on hold`)
    if (observedFrom < since) note(`disabled ${user}, which was only to be observed`)
    const proof = provenAt.get(version)
    if (editedAt <= since && (proof === undefined || proof < (replacedAt.get(version) ?? 0)))
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
    const isEdited = editedAt > since
    if (by !== 'set' && before.stamp?.state === 'retired' && !names('AWSCURRENT', user) && !isEdited)
      note(`${user} was retired and is valid again, though AWSCURRENT does not name it`)
    const leak = [...leaks.values()].find(({ password }) => password === after.password)
    if (leak !== undefined && before.password !== after.password && leak.at <= since)
      note(`${by} made ${user} valid again with what leaked`)
    // A person's password that lands between the last check and the commit is lost: nobody but its author knows of it.
    if (isEdited && !works(current())) excused = current()
  }

  const holdsLeaked = (version: string) =>
    !leaks.has(version) &&
    [...leaks.values()].some(({ password }) => password === credential(version)?.password)

  return {
    violations,
    note,
    check,
    onHoldSince,
    onChange: (change) => {
      const { by, user } = change
      if (by === 'set') set(change)
      if (by === 'disable') disable(change)
      if (by === 'quarantine') disabledAt.set(user, clock.now)
      if (by === 'remove') remove(change)
      if (by === 'leak') {
        // A free slot may be promised to the rotation that waits for it: it stays free.
        if (change.before.password !== undefined) takenAway(change)
        drained(change, times.leakDrain, firstReplacedAt.get(change.version))
      }
      if (by === 'set' || by === 'enable' || by === 'reinstate' || by === 'repair') comeBack(change)
    },
    excuse: (user) => {
      for (const id of secret.versionIds())
        if (user !== undefined && id !== current() && secret.value(id)?.includes(`"user":"${user}"`) === true)
          overwrittenByHand.add(id)
      editedAt = clock.now
      clock.now += 1
      follow()
      excused = works(current()) ? undefined : lastCurrent
    },
    disown: (version) => {
      overwrittenByHand.add(version)
    },
    movedUnseen: () => {
      editedAt = clock.now
      clock.now += 1
    },
    startUndo: (of) => {
      movedLate.add(of)
    },
    settleUndo: (end, of) => {
      if (of === undefined ? !undoing : !movedLate.delete(of)) return
      if (of === undefined) undoing = false
      // What leaked is not put back: whoever promoted it is told.
      const { user } = credential(current()) ?? {}
      const isLeaked = user !== undefined && target().slot(user).stamp?.state === 'leaked'
      if ((end === 'cut off' || isLeaked) && !works(current())) excused = current()
      check()
    },
    seen: (version) => {
      seenAt.set(version, clock.now)
    },
    lastSeen: (version) => seenAt.get(version),
    proven: (version) => {
      provenAt.set(version, clock.now)
    },
    leaked: (version) => {
      const { password } = credential(version) ?? {}
      if (password !== undefined) leaks.set(version, { password, at: clock.now })
      clock.now += 1
    },
    holdsLeaked,
    mode: (mode) => {
      observedFrom = mode === 'enforce' ? Number.POSITIVE_INFINITY : Math.min(observedFrom, clock.now)
    },
    hold: (until) => {
      held = until === undefined ? undefined : { from: clock.now, until }
    },
  }
}
