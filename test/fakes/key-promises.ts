import type { FakeKey, KeyChange, KeyServer } from './key-server.ts'
import type { Known } from './key-target.ts'
import { type Promises, type Times, watch } from './promised.ts'
import type { FakeSecret } from './secret.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** What no version holds is left alone for so long, since whoever minted it may be about to store it. */
const RECLAIM_AFTER_MS = HOUR_MS
/** One of which only the time tells that it was minted for this secret is out of use for so long before it is removed. */
const UNSURE_MS = 24 * HOUR_MS
/** How long what a person did may go unseen by what was decided before. */
const UNSEEN_MS = 15_000
/** How long whoever decides may be paused after it has asked. */
const PAUSED_MS = 21 * MINUTE_MS

export interface KeyTimes extends Times {
  /** How late a use is told. Part of `drain`. */
  readonly lag: number
  /** How long it takes until a key is known everywhere. */
  readonly propagation: number
}

/**
 * What must hold after every call of any function:
 *
 * - the key of AWSCURRENT works, and that of AWSPENDING; what is published is known everywhere,
 * - nothing that either names is taken out of use, but for what a person promoted in that very moment, which is undone at once; it is never removed,
 * - a key that an engineer made, and that no version ever held, is not touched; one that was made in the very seconds in which the answer to a mint got lost may be taken for
 *   that mint's, and then only if nobody has put it back, or used it in its first hour, and it is removed a day later,
 * - a key that no version holds is left alone for an hour, and for ever when it was used,
 * - nothing is taken out of use before its drain has passed since it last was AWSCURRENT, and since it was last used, as far as the place tells,
 * - nothing is taken out of use while AWSCURRENT is known not to work,
 * - nothing is taken out of use of which nobody asked what proves that it is not used, nor on hold, nor when it is only to be observed,
 * - nothing is removed that works, where it can be taken out of use, nor before its quarantine has passed; and nothing that was used during its last drain,
 * - what leaked comes back for nobody.
 *
 * What leaked waits for its short drain alone. A person who edits by hand can break these alone.
 */
export interface KeyPromises extends Promises {
  onChange(change: KeyChange): void
  /** A consumer, or an engineer, used it. */
  used(keyId: string): void
  /** Has an engineer made it, or put it back? */
  isEngineers(keyId: string): boolean
  /** Is it told that it leaked? */
  isLeaked(keyId: string): boolean
}

export interface KeysWatched {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  /** Made later, since it tells of changes. */
  readonly server: () => KeyServer
  readonly knows: () => Known
  readonly disables: boolean
  readonly tellsLastUse: boolean
  readonly times: KeyTimes
}

export function keyPromises(watched: KeysWatched): KeyPromises {
  const { clock, secret, server, knows, disables, tellsLastUse, times } = watched
  const madeByHand = new Set<string>()
  /** May be taken for what a mint made whose answer got lost. */
  const ambiguous = new Set<string>()
  const touchedByHand = new Set<string>()
  const takenOut = new Set<string>()
  /** After it was taken out of use by anybody but a person: what a person does before that leaves no trace. */
  const putBackByHand = new Set<string>()
  /** Versions that ever held a key. */
  const holders = new Map<string, Set<string>>()
  const offSince = new Map<string, number>()
  const onSince = new Map<string, number>()
  const uses = new Map<string, number[]>()
  let published = secret.holder('AWSCURRENT')
  let brokenSince: number | undefined
  let editedByHandAt = 0
  const toldLeaked = new Set<string>()

  const keyOf = (version: string | undefined): FakeKey | undefined => {
    const value = version === undefined ? undefined : secret.value(version)
    return value === undefined ? undefined : JSON.parse(value)
  }
  const works = (version: string | undefined) => {
    const key = keyOf(version)
    return key !== undefined && server().works(key)
  }
  const names = (label: 'AWSCURRENT' | 'AWSPENDING', keyId: string) =>
    keyOf(secret.holder(label))?.keyId === keyId
  const noteHolders = () => {
    for (const version of secret.versionIds()) {
      const { keyId } = keyOf(version) ?? {}
      if (keyId !== undefined) holders.set(keyId, (holders.get(keyId) ?? new Set()).add(version))
    }
  }

  const watching = watch({
    clock,
    secret,
    called: (version) => keyOf(version)?.keyId,
    works,
    isDeadForGood: () => {
      const { account = '', keyId = '' } = keyOf(secret.holder('AWSCURRENT')) ?? {}
      return server().tags(account).get(keyId)?.state === 'leaked' || watching.leakOf(keyId) !== undefined
    },
    usedAt: (sightings) => Math.max(...sightings.map(({ lastUsed = '' }) => Date.parse(lastUsed))),
    alsoCheck: () => {
      noteHolders()
      const current = secret.holder('AWSCURRENT')
      const isOnSince = onSince.get(keyOf(current)?.keyId ?? '') ?? 0
      if (current !== published && clock.now - isOnSince < times.propagation)
        note(`published ${current}, whose key is not known everywhere`)
      published = current
      brokenSince = works(current) ? undefined : (brokenSince ?? clock.now)
      const pending = secret.holder('AWSPENDING')
      const { keyId } = keyOf(pending) ?? {}
      if (pending === secret.holder('AWSCURRENT') || keyId === undefined) return
      if (!works(pending) && !touchedByHand.has(keyId)) note(`the key of AWSPENDING ${pending} does not work`)
    },
  })
  const { note, editedSince } = watching
  noteHolders()
  for (const { account, keyId, name } of server().keys())
    if (name === '' && !server().tags(account).has(keyId)) madeByHand.add(keyId)
  /** Whose value is gone, of that nobody can tell which key leaked. */
  const leakTold = (keyId: string) => {
    const at = watching.leakOf(keyId) ?? Number.POSITIVE_INFINITY
    const isKnown = [...toldLeaked].some((version) => keyOf(version)?.keyId === keyId)
    return isKnown && at <= Math.max(knows().labels, clock.now - UNSEEN_MS)
  }
  /** Was it told so early that whoever decides must have heard of it? */
  const isTold = (at: number) =>
    tellsLastUse && at + times.lag <= Math.max(knows().use, clock.now - PAUSED_MS)
  const ago = (ms: number) => `${Math.round((clock.now - ms) / MINUTE_MS)} minutes ago`

  const takenAway = ({ by, keyId }: KeyChange) => {
    if (!names('AWSCURRENT', keyId) && !names('AWSPENDING', keyId)) return
    const { labels } = knows()
    // Who rolls back waits until a removal that was decided before is over.
    const isUnseen = by === 'remove' ? editedByHandAt > labels : editedSince(labels)
    if (!isUnseen || clock.now - labels > UNSEEN_MS)
      return note(`${by} of ${keyId}, which a live version names`)
    if (by === 'deactivate') watching.beginUndo()
    // It did not work when it was promoted.
    else watching.excuseCurrent()
  }
  const drained = ({ by, keyId }: KeyChange, from: number | undefined, ms: number) => {
    const { labels } = knows()
    if (from === undefined || from > labels || editedSince(labels)) return
    if (clock.now - from < ms) note(`${by} of ${keyId}, which was replaced ${ago(from)}`)
  }
  /** It may be all that consumers have. */
  const unlessBroken = ({ by, keyId }: KeyChange) => {
    if (brokenSince !== undefined && brokenSince + times.propagation < knows().launched)
      note(`${by} of ${keyId}, though the key of AWSCURRENT does not work`)
  }
  const unused = ({ by, keyId }: KeyChange) => {
    const last = (uses.get(keyId) ?? []).findLast(isTold)
    if (last !== undefined && clock.now - last < times.drain)
      note(`${by} of ${keyId}, which was used ${ago(last)}, as the place tells`)
  }
  /** The end of the drain of a key that versions hold. */
  const retired = (change: KeyChange, held: readonly string[]) => {
    const { by, keyId } = change
    const { labels } = knows()
    takenAway(change)
    if (leakTold(keyId)) {
      // A copy of it that was published for a moment is not waited for.
      const first = Math.min(...held.map((version) => watching.firstReplacedAt(version) ?? 0))
      return drained(change, first, times.leakDrain)
    }
    for (const version of held) drained(change, watching.replacedAt(version), times.drain)
    unused(change)
    if (watching.onHoldSince(labels)) note(`${by} of ${keyId} on hold`)
    if (watching.observedSince(labels)) note(`${by} of ${keyId}, which was only to be observed`)
    unlessBroken(change)
    const isProven = held.some((version) => {
      const proof = watching.provenAt(version)
      return proof !== undefined && proof >= (watching.replacedAt(version) ?? 0)
    })
    if (!editedSince(labels) && !isProven)
      note(`${by} of ${keyId}, of which nobody asked what proves that it is not used`)
  }
  const removed = (change: KeyChange, held: readonly string[]) => {
    const { keyId, before } = change
    // Taken out of use by hand already, it ends nothing for anybody.
    if (!disables) return before?.active === true ? retired(change, held) : undefined
    takenAway(change)
    unlessBroken(change)
    if (before?.active !== false) return note(`removed ${keyId}, which works`)
    if (leakTold(keyId)) return
    const since = offSince.get(keyId) ?? 0
    if (clock.now - since < times.quarantine)
      note(`removed ${keyId}, which was taken out of use ${ago(since)}`)
    const last = (uses.get(keyId) ?? []).findLast(isTold)
    if (last !== undefined && clock.now - last < times.drain + times.quarantine)
      note(`removed ${keyId}, which was used ${ago(last)}, as the place tells`)
  }
  /** Of a key that no version holds. */
  const reclaimed = (change: KeyChange) => {
    const { by, keyId, before } = change
    const created = before?.created ?? 0
    const isForeign = madeByHand.has(keyId) && !holders.has(keyId)
    if (isForeign && !ambiguous.has(keyId)) return note(`${by} of ${keyId}, which is an engineer's`)
    if (isForeign && putBackByHand.has(keyId)) return note(`${by} of ${keyId}, which an engineer put back`)
    if (clock.now - created < RECLAIM_AFTER_MS) note(`${by} of ${keyId}, which was made ${ago(created)}`)
    const isEarly = (at: number) => isForeign && at - created < HOUR_MS
    // Where nothing is told, every use counts.
    if ((uses.get(keyId) ?? []).some((at) => !tellsLastUse || isTold(at) || isEarly(at)))
      note(`${by} of ${keyId}, which no version holds and somebody used`)
    if (by !== 'remove') return
    if (disables && before?.active !== false) note(`removed ${keyId}, which works`)
    const off = offSince.get(keyId) ?? clock.now
    if (isForeign && clock.now - off < UNSURE_MS)
      note(`removed ${keyId}, which may be anybody's and was taken out of use ${ago(off)}`)
  }
  const ended = (change: KeyChange) => {
    noteHolders()
    const held = [...(holders.get(change.keyId) ?? [])].filter(
      (version) => keyOf(version)?.keyId === change.keyId,
    )
    if (held.length === 0) return reclaimed(change)
    if (change.by === 'remove') return removed(change, held)
    if (change.before?.active === true) retired(change, held)
  }
  const byHand = ({ by, keyId, after }: KeyChange) => {
    touchedByHand.add(keyId)
    if (by === 'activate' && takenOut.has(keyId)) putBackByHand.add(keyId)
    if (by !== 'mint') return
    madeByHand.add(keyId)
    touchedByHand.delete(keyId)
    const intent = after && server().intent(after.account)
    if (intent && clock.now - intent.at <= 30_000 && !intent.ids.includes(keyId)) ambiguous.add(keyId)
  }

  return {
    ...watching,
    onChange: (change) => {
      const { by, keyId } = change
      if (change.byHand) byHand(change)
      else if (by === 'deactivate' || by === 'remove') {
        ended(change)
        takenOut.add(keyId)
      } else if (by === 'activate') {
        if (leakTold(keyId)) note(`${keyId} leaked, and works again`)
        noteHolders()
        // Made by hand in the moment of a mint, and used before it was taken for that mint's.
        const isEngineersOwn = ambiguous.has(keyId) && uses.has(keyId)
        if (!holders.has(keyId) && !isEngineersOwn) note(`activated ${keyId}, which no version holds`)
      } else if (by === 'record') {
        noteHolders()
        if (madeByHand.has(keyId) && !holders.has(keyId) && !ambiguous.has(keyId))
          note(`recorded something of ${keyId}, which is an engineer's`)
      }
      if (change.before?.active === true && change.after?.active === false) offSince.set(keyId, clock.now)
      if (change.after?.active !== true) onSince.delete(keyId)
      else {
        const offFor = clock.now - (offSince.get(keyId) ?? 0)
        offSince.delete(keyId)
        // What a person puts back that fast, no front end but the first has seen out of use.
        const isUnseen = change.byHand && offFor < times.propagation
        if (change.before?.active !== true && !isUnseen) onSince.set(keyId, clock.now)
      }
    },
    isLeaked: (keyId) => watching.leakOf(keyId) !== undefined,
    isEngineers: (keyId) => madeByHand.has(keyId) || touchedByHand.has(keyId),
    leaked: (version) => {
      toldLeaked.add(version)
      watching.leaked(version)
    },
    excuse: () => {
      editedByHandAt = clock.now
      watching.excuse()
      published = secret.holder('AWSCURRENT')
    },
    used: (keyId) => {
      uses.set(keyId, [...(uses.get(keyId) ?? []), clock.now])
    },
  }
}
