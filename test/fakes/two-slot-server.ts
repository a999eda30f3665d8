import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Call } from './process.ts'

export type User = 'a' | 'b'

export interface Credential {
  readonly host: string
  readonly user: User
  readonly password: string
}

export type SlotState = 'live' | 'disabling' | 'disabled' | 'retired' | 'leaked'

export interface Slot {
  readonly password: string | undefined
  readonly stamp: { readonly version: string; readonly state: SlotState } | undefined
}

export interface Change {
  /** `disable` takes the password, `quarantine` records that it did, `leak` does both for ever, and `remove` frees the slot. */
  readonly by: 'set' | 'disable' | 'quarantine' | 'leak' | 'remove' | 'enable' | 'reinstate' | 'repair'
  readonly user: User
  readonly before: Slot
  readonly after: Slot
  /** The version that the change was made for. */
  readonly version: string
  /** When its transaction began; milliseconds. */
  readonly since: number
}

interface Transaction {
  readonly owner: Call
  readonly since: number
  open: boolean
}

/** A guard of the target's side taken away. */
export interface Laxity {
  readonly everySlotIsFree?: boolean
  readonly leakedComesBack?: boolean
  readonly removesWhatIsLive?: boolean
}

/** Where an idle transaction is ended by the server, so that a paused writer never writes late. */
const IDLE_TRANSACTION_MS = 10_000

export type Locked = (work: (commit: (apply: () => void) => void) => Promise<void>) => Promise<void>

/** A server with two users, a stamp on each that changes with its password, and one lock. */
export interface TwoSlotServer {
  readonly laxity: Laxity
  readonly sessions: Set<User>
  slot(user: User): Slot
  works(credential: Credential): boolean
  /** Without a trace. */
  put(user: User, slot: Slot): void
  /** Seen by whoever watches. */
  change(by: Change['by'], user: User, after: Slot, version: string): void
  /** The stamp of the user, when it is of this version. Throws `SUPERSEDED` with the holder. */
  stampOf(user: User, version: string): NonNullable<Slot['stamp']>
  /** Everything between BEGIN and COMMIT, with the lock held. */
  locked(call: Call): Locked
  /** The connections of a process that died. */
  disconnect(call: Call): void
}

/** `now` in milliseconds. */
export function twoSlotServer(
  now: () => number,
  given: Readonly<Partial<Record<User, Slot>>>,
  onChange: (change: Change) => void,
  laxity: Laxity,
): TwoSlotServer {
  const slots = new Map(Object.entries(given) as [User, Slot][])
  let lock: Transaction | undefined
  const slot = (user: User): Slot => slots.get(user) ?? { password: undefined, stamp: undefined }

  const begin = (owner: Call): Transaction => {
    if (lock?.open && now() - lock.since < IDLE_TRANSACTION_MS)
      throw new OverlapError('LOCK_TIMEOUT', 'another transaction holds the lock')
    if (lock) lock.open = false
    lock = { owner, since: now(), open: true }
    return lock
  }
  const commit = (transaction: Transaction, apply: () => void) => {
    if (!transaction.open) throw new OverlapError('UNREACHABLE', 'the server ended the idle transaction')
    apply()
    transaction.open = false
  }

  return {
    laxity,
    sessions: new Set<User>(),
    slot,
    works: ({ user, password }) => password !== undefined && slot(user).password === password,
    put: (user, given) => {
      slots.set(user, given)
    },
    change: (by, user, after, version) => {
      const before = slot(user)
      slots.set(user, after)
      onChange({ by, user, before, after, version, since: lock?.since ?? now() })
    },
    stampOf: (user, version) => {
      const { stamp } = slot(user)
      if (stamp?.version === version) return stamp
      throw new OverlapError('SUPERSEDED', `slot ${user} does not hold version ${version}`, {
        detail: stamp === undefined ? {} : { holder: stamp.version },
      })
    },
    locked: (call) => async (work) => {
      const transaction = await call('BEGIN and lock', () => begin(call))
      try {
        await work((apply) => commit(transaction, apply))
      } finally {
        transaction.open = false
      }
    },
    disconnect: (call) => {
      if (lock?.owner === call) lock.open = false
    },
  }
}

/** A JSON object that names a user. */
export function parseCredential(secretString: string): Credential {
  const invalid = new OverlapError('SECRET_INVALID', 'the value names no user a or b with a password')
  try {
    const parsed = JSON.parse(secretString)
    if (['a', 'b'].includes(parsed?.user) && typeof parsed.password === 'string') return parsed
  } catch {
    throw invalid
  }
  throw invalid
}

export function refuseUnless(works: boolean, code: 'CURRENT_REFUSED' | 'PENDING_REFUSED'): void {
  if (!works) throw new OverlapError(code, 'the server refused the login')
}
