import { OverlapError } from '../../rotation/errors.ts'
import type { Fence } from '../adapter.ts'
import type { PartnerWish } from './adoption.ts'
import type { Catalog } from './catalog.ts'
import type { Session } from './connection.ts'
import { changeUnderLock } from './locked-change.ts'
import { type Pair, pairOf, pairQuestion } from './pair.ts'
import { identifier, literal } from './quoting.ts'
import { type Slot, type SlotState, type Stamp, writeStamp } from './stamp.ts'
import { refuseStandby } from './suitability.ts'
import type { TimeLeft } from './time-left.ts'

export type StampedPair = Pair & { readonly stamp: Stamp }

/** What tells whose a pair is. */
export interface PairIdentity {
  /** ARN. */
  readonly secretId: string
  readonly wish: PartnerWish
}

/** One change of what is recorded for a slot, and of its password with it. */
export interface SlotChange {
  /** The pair for which the lock is taken. */
  readonly before: Pair
  readonly username: string
  /** `versionId` is the version that the slot must hold. */
  readonly fence: Fence
  /** Nothing is written over any other state. */
  readonly from: readonly SlotState[]
  readonly to: SlotState
  readonly statement?: string
  /** Asked under the lock, whatever the state is. Throws what forbids the change. */
  readonly refuse?: (pair: StampedPair, state: SlotState) => void
}

/** Undefined when the server has no such role any more. Throws `UNREACHABLE` on a standby, and as `pairOf`. */
export function pairIn(
  catalog: Catalog,
  username: string,
  { secretId, wish }: PairIdentity,
): Pair | undefined {
  refuseStandby(catalog)
  return catalog.roles.some(({ name }) => name === username)
    ? pairOf(catalog, username, secretId, wish)
    : undefined
}

/** Throws `SUPERSEDED` when the role is gone, and `STAMP_INVALID` when nothing says what it holds. */
export function stampedPairIn(catalog: Catalog, username: string, identity: PairIdentity): StampedPair {
  const pair = pairIn(catalog, username, identity)
  if (pair === undefined)
    throw new OverlapError('SUPERSEDED', `the server has no role ${username} any more`, {
      detail: { role: username },
    })
  const { stamp } = pair
  if (stamp) return { ...pair, stamp }
  throw new OverlapError(
    'STAMP_INVALID',
    `the role ${username} belongs to no stamped pair, so nothing shows which version it holds. It is not touched`,
    { detail: { role: username } },
  )
}

/** The slot, when it holds the version that the fence speaks of. Throws `SUPERSEDED`, and `STAMP_INVALID` when the stamp does not say. */
export function slotOf({ stamp }: StampedPair, username: string, { versionId }: Fence): Slot {
  const slot = stamp.slots.get(username)
  if (slot?.version === versionId) return slot
  if (slot)
    throw new OverlapError(
      'SUPERSEDED',
      `the role ${username} holds version ${slot.version} by now, so the credential of ${versionId} is gone. It is not touched`,
      { detail: { role: username, holder: slot.version } },
    )
  throw new OverlapError(
    'STAMP_INVALID',
    `the stamp says nothing of the role ${username}, so nothing shows which version it holds. It is not touched`,
    { detail: { role: username } },
  )
}

/** The statement that records this slot, and leaves the other one as it is recorded. */
export function stampStatement({ partnerName, stamp }: StampedPair, username: string, slot: Slot): string {
  const slots = new Map([...stamp.slots, [username, slot]])
  return `COMMENT ON ROLE ${identifier(partnerName)} IS ${literal(writeStamp({ ...stamp, slots }))}`
}

/** Makes the change under the lock of the pair. False when the slot is in no state to change. */
export async function changeSlot(
  session: Session,
  identity: PairIdentity,
  { before, username, fence, from, to, statement, refuse }: SlotChange,
  limit: TimeLeft,
  reopen: () => Promise<Session>,
): Promise<boolean> {
  let changed = false
  await changeUnderLock(
    session,
    {
      users: [before.owner.name, before.partnerName],
      question: pairQuestion(identity.secretId, identity.wish, username),
      fence,
      decide: (catalog) => {
        const pair = stampedPairIn(catalog, username, identity)
        refuseOtherPair(pair, before)
        const { state } = slotOf(pair, username, fence)
        refuse?.(pair, state)
        changed = from.includes(state)
        if (!changed) return []
        return [
          stampStatement(pair, username, { version: fence.versionId, state: to }),
          ...(statement === undefined ? [] : [statement]),
        ]
      },
      applied: (catalog) => slotOf(stampedPairIn(catalog, username, identity), username, fence).state === to,
    },
    limit,
    reopen,
  )
  return changed
}

/** Throws `LOCK_TIMEOUT`: the lock was taken for the pair as it was before. */
export function refuseOtherPair(pair: Pair, before: Pair): void {
  if (pair.owner.oid !== before.owner.oid || pair.partnerName !== before.partnerName)
    throw changedMeanwhile('somebody changed the pair while the lock was waited for')
}

function changedMeanwhile(what: string): OverlapError {
  return new OverlapError('LOCK_TIMEOUT', `${what}; try again`)
}

/** Throws `LEAKED`. */
export function refuseLeaked(username: string, state: SlotState): void {
  if (state !== 'leaked') return
  throw new OverlapError(
    'LEAKED',
    `the role ${username} is on record as leaked with this very version: its password is not put back. Rotate, and let consumers read the new version`,
    { detail: { role: username } },
  )
}
