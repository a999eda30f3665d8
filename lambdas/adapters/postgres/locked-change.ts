import { createHash } from 'node:crypto'
import { OverlapError } from '../../rotation/errors.ts'
import type { Fence } from '../adapter.ts'
import { type Catalog, type CatalogQuestion, readCatalog } from './catalog.ts'
import type { Session } from './connection.ts'
import { endpointName } from './endpoint.ts'
import type { TimeLeft } from './time-left.ts'

/** One change of a pair's roles. */
export interface LockedChange {
  /** Both users of the pair: rotation and retirement of either exclude each other. */
  readonly users: readonly string[]
  readonly question: CatalogQuestion
  readonly fence: Fence
  /** Decides from what the catalogues say under the lock. Throws, or returns the statements; none leaves everything as it is. */
  decide(catalog: Catalog): readonly string[]
  /** Was this very change made? Asked when the reply to COMMIT was lost. */
  applied(catalog: Catalog): boolean
}

/** Says apart Overlap's advisory locks from those of applications. */
const LOCK_CLASS = 0x6f76_6c70

/**
 * The statement that takes the locks of these users until the end of the transaction, always in the same order. Locks are per database:
 * every change uses the deployment's one.
 */
export function lockStatement(users: readonly string[]): string {
  const keys = users.map((user) => createHash('sha256').update(user).digest().readInt32BE(0))
  const locks = [...new Set(keys)]
    .sort((a, b) => a - b)
    .map((key) => `pg_advisory_xact_lock(${LOCK_CLASS}, ${key})`)
  return `SELECT ${locks.join(', ')}`
}

/**
 * Opens the transaction of a change. The server itself ends it within the function's time, whether it waits for the lock, works, or waits
 * for a function that was paused: a writer that wakes up late finds its transaction gone.
 */
export function beginStatements(time: TimeLeft): string {
  // The three follow one another, so together they may take what is left.
  const each = Math.max(1, Math.floor(time.ms() / 3))
  return [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
    `SET LOCAL lock_timeout = ${Math.max(1, Math.floor(each * 0.9))}`,
    `SET LOCAL statement_timeout = ${each}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${each}`,
    // VALID UNTIL is read and written back as text.
    "SET LOCAL datestyle = 'ISO, YMD'",
  ].join(';')
}

/**
 * Lock, read, ask the fence, decide, write, commit: one transaction. `reopen` is used only when the reply to COMMIT was lost; then the
 * answer is read from the server, behind the same lock.
 */
export async function changeUnderLock(
  session: Session,
  change: LockedChange,
  time: TimeLeft,
  reopen: () => Promise<Session>,
): Promise<void> {
  const catalog = await readUnderLock(session, change, time)
  await change.fence.check()
  const statements = change.decide(catalog)
  if (statements.length === 0) return
  const committed = await session.commit([...statements, 'COMMIT'].join(';\n'))
  if (committed.outcome === 'done') return
  if (committed.outcome === 'refused') throw committed.error
  const where = endpointName(session.endpoint)
  const { error: cause } = committed
  const applied = await wasApplied(change, time, reopen).catch(() => undefined)
  if (applied) return
  throw new OverlapError(
    'UNREACHABLE',
    applied === false
      ? `the connection to ${where} broke before the change was committed, and the server has rolled it back`
      : `the connection to ${where} broke while the change was committed, and the server cannot be asked whether it was: ${cause.message}`,
    { cause },
  )
}

/** Work elsewhere that must not meet another change of the pair. */
export interface LockedWork {
  readonly users: readonly string[]
  readonly question: CatalogQuestion
  readonly fence: Fence
  /** Throws when the work must not be done. */
  allow(catalog: Catalog): void
  work(): Promise<void>
}

/**
 * Lock, read, ask the fence, do the work while the lock is held. Nothing is written here, so a lost COMMIT loses nothing; but then the server may have ended
 * the transaction, and let the lock go, before the work was done. So `allow` is asked once more, of what the server says then; where it says nothing, the work
 * is done all the same.
 */
export async function workUnderLock(
  session: Session,
  locked: LockedWork,
  time: TimeLeft,
  reopen: () => Promise<Session>,
): Promise<void> {
  locked.allow(await readUnderLock(session, locked, time))
  await locked.fence.check()
  await locked.work()
  if ((await session.commit('COMMIT')).outcome === 'done') return
  const catalog = await reread(locked, time, reopen).catch(() => undefined)
  if (catalog) locked.allow(catalog)
}

async function wasApplied(
  change: LockedChange,
  time: TimeLeft,
  reopen: () => Promise<Session>,
): Promise<boolean> {
  return change.applied(await reread(change, time, reopen))
}

type Locked = Pick<LockedChange, 'question' | 'users'>

async function reread(locked: Locked, time: TimeLeft, reopen: () => Promise<Session>): Promise<Catalog> {
  const session = await reopen()
  try {
    return await readUnderLock(session, locked, time)
  } finally {
    await session.close()
  }
}

function readUnderLock(session: Session, { question, users }: Locked, time: TimeLeft): Promise<Catalog> {
  return readCatalog(session, question, [beginStatements(time), lockStatement(users)])
}
