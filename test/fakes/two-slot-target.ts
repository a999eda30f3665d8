import type { CredentialAdapter, CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Call } from './process.ts'

export type User = 'a' | 'b'

export interface Credential {
  readonly host: string
  readonly user: User
  readonly password: string
}

export interface Slot {
  readonly password: string | undefined
  readonly stamp: { readonly version: string; readonly state: 'live' | 'disabling' | 'retired' } | undefined
}

export interface Change {
  /** `retire` records what `disable` did. */
  readonly by: 'set' | 'disable' | 'retire' | 'enable'
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
}

/** Where an idle transaction is ended by the server, so that a paused writer never writes late. */
const IDLE_TRANSACTION_MS = 10_000

/** A server with two users, a stamp on each that changes with its password, and one lock. What it promises is in adapter.ts. */
export interface TwoSlotTarget {
  slot(user: User): Slot
  works(credential: Credential): boolean
  /** What a person does by hand, around every rule. */
  setPassword(user: User, password: string): void
  /** What a person does to a tag: what was made before is refused for ever. */
  editStrategy(): void
  readonly sessions: Set<User>
  newPassword(): string
  /** The connections of a process that died. */
  disconnect(call: Call): void
  adapterFor(call: Call): CredentialAdapter<Credential>
  retirerFor(call: Call): CredentialRetirer<Credential>
}

/** `now` in milliseconds. */
export function twoSlotTarget(
  now: () => number,
  given: Readonly<Partial<Record<User, Slot>>>,
  onChange: (change: Change) => void = () => {},
  { everySlotIsFree = false }: Laxity = {},
): TwoSlotTarget {
  const slots = new Map(Object.entries(given) as [User, Slot][])
  const sessions = new Set<User>()
  let lock: Transaction | undefined
  let passwords = 0
  let strategy = 0
  /** The strategy that each password was made under. */
  const madeUnder = new Map<string, number>()

  const slot = (user: User): Slot => slots.get(user) ?? { password: undefined, stamp: undefined }
  const works = ({ user, password }: Credential) => password !== undefined && slot(user).password === password

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
  const change = (by: Change['by'], user: User, after: Slot, version: string) => {
    const before = slot(user)
    slots.set(user, after)
    onChange({ by, user, before, after, version, since: lock?.since ?? now() })
  }
  /** Everything between BEGIN and COMMIT, with the lock held. */
  const locked = async (call: Call, work: (transaction: Transaction) => Promise<void>) => {
    const transaction = await call('BEGIN and lock', () => begin(call))
    try {
      await work(transaction)
    } finally {
      transaction.open = false
    }
  }
  const refuseUnlessFree = (user: User, version: string) => {
    const { stamp } = slot(user)
    if (everySlotIsFree || stamp === undefined || stamp.state === 'retired' || stamp.version === version)
      return
    throw new OverlapError('DRAIN_IN_PROGRESS', `slot ${user} is live`, { detail: { holder: stamp.version } })
  }
  const refuseOtherStrategy = ({ password }: Credential) => {
    if ((madeUnder.get(password) ?? 0) !== strategy)
      throw new OverlapError('TARGET_CHANGED', 'the pending value was made under another strategy')
  }
  const stampOf = (user: User, version: string) => {
    const { stamp } = slot(user)
    if (stamp?.version === version) return stamp
    throw new OverlapError('SUPERSEDED', `slot ${user} does not hold version ${version}`)
  }
  const sightings = (user: User) =>
    sessions.has(user) ? [{ endpoint: 'db:5432', application: 'reports', address: '', since: '' }] : []
  const refuseUsed = (user: User) => {
    if (sessions.has(user)) throw new OverlapError('STILL_USED', `${user} has sessions`)
  }
  const form = {
    parse(secretString: string): Credential {
      return JSON.parse(secretString)
    },
    principal: ({ user }: Credential): string => user,
  }

  return {
    slot,
    works,
    sessions,
    setPassword: (user, password) => {
      slots.set(user, { ...slot(user), password })
    },
    editStrategy: () => {
      strategy += 1
    },
    newPassword: () => `password-${++passwords}`,
    disconnect: (call) => {
      if (lock?.owner === call) lock.open = false
    },

    adapterFor: (call) => ({
      ...form,
      kind: 'two-slot',
      overlap: true,
      serialize: (credential) => JSON.stringify(credential),
      target: ({ host }) => host,
      carried: ({ user, password, ...rest }) => JSON.stringify(rest),
      preflight: (current, waiting) =>
        call('log in as current', () => {
          refuseUnless(works(current), 'CURRENT_REFUSED')
          if (waiting) refuseOtherStrategy(waiting.credential)
          refuseUnlessFree(current.user === 'a' ? 'b' : 'a', waiting?.versionId ?? '')
        }),
      create: (current, { versionId }) =>
        call('log in as current and read stamps', () => {
          refuseUnless(works(current), 'CURRENT_REFUSED')
          const user = current.user === 'a' ? 'b' : 'a'
          refuseUnlessFree(user, versionId)
          const password = `password-${++passwords}`
          madeUnder.set(password, strategy)
          return { ...current, user, password }
        }),
      set: (pending, current, fence) =>
        locked(call, async (transaction) => {
          refuseOtherStrategy(pending)
          await fence.check()
          await call('read stamps', () => refuseUnlessFree(pending.user, fence.versionId))
          await call('COMMIT', () =>
            commit(transaction, () => {
              slots.set(current.user, {
                ...slot(current.user),
                stamp: { version: fence.currentVersionId, state: 'live' },
              })
              const stamp = { version: fence.versionId, state: 'live' } as const
              change('set', pending.user, { password: pending.password, stamp }, fence.versionId)
            }),
          )
        }),
      test: (pending) => call('log in as pending', () => refuseUnless(works(pending), 'PENDING_REFUSED')),
    }),

    retirerFor: (call) => ({
      ...form,
      kind: 'two-slot',
      login: (current) => call('log in as current', () => refuseUnless(works(current), 'CURRENT_REFUSED')),
      sightings: ({ user }) => call('read sessions', () => sightings(user)),
      disable: async ({ user }, { current, fence, evenIfUsed }) => {
        const { versionId } = fence
        const before = await call('read stamps', () => stampOf(user, versionId))
        if (before.state === 'retired') return
        await call('log in as current', () => {
          if (works(current)) return
          throw new OverlapError('PRINCIPAL_IN_USE', 'AWSCURRENT is refused', {
            detail: { consumersAffected: true },
          })
        })
        if (!evenIfUsed) await call('read sessions', () => refuseUsed(user))
        await locked(call, async (transaction) => {
          await fence.check()
          await call('COMMIT', () =>
            commit(transaction, () => {
              if (stampOf(user, versionId).state === 'retired') return
              const stamp = { version: versionId, state: 'disabling' } as const
              change('disable', user, { password: undefined, stamp }, versionId)
            }),
          )
        })
        await call('read sessions', () => {
          if (evenIfUsed) sessions.delete(user)
          refuseUsed(user)
        })
        await locked(call, async (transaction) => {
          await fence.check()
          await call('COMMIT and record', () =>
            commit(transaction, () => {
              const { state } = stampOf(user, versionId)
              if (state === 'live') throw new OverlapError('LOCK_TIMEOUT', `${user} was put back`)
              if (state === 'retired') return
              const stamp = { version: versionId, state: 'retired' } as const
              change('retire', user, { ...slot(user), stamp }, versionId)
            }),
          )
        })
      },
      enable: async ({ user, password }, { current, fence }) => {
        const { versionId } = fence
        const isOwed = () => {
          if (slot(user).stamp === undefined) return false
          const { state } = stampOf(user, versionId)
          return user === current.user ? state !== 'live' : state === 'disabling'
        }
        if (!(await call('read stamps', isOwed))) return false
        await locked(call, async (transaction) => {
          await fence.check()
          await call('COMMIT', () =>
            commit(transaction, () => {
              if (!isOwed()) return
              const stamp = { version: versionId, state: 'live' } as const
              change('enable', user, { password, stamp }, versionId)
            }),
          )
        })
        return true
      },
      leave: async ({ user }, { fence }) => {
        // As a pair has it: a was there before the first rotation.
        if (user !== 'a')
          throw new OverlapError('LEAVE_TOO_SOON', `${user} is not the user that was there first`)
        const isFree = () => {
          const { stamp } = slot('b')
          if (stamp !== undefined && stamp.state !== 'retired')
            throw new OverlapError('LEAVE_TOO_SOON', `slot b is ${stamp.state}`)
        }
        await call('read stamps', isFree)
        await locked(call, async (transaction) => {
          await fence.check()
          await call('COMMIT', () =>
            commit(transaction, () => {
              isFree()
              for (const [name, { password }] of slots) slots.set(name, { password, stamp: undefined })
            }),
          )
        })
        return undefined
      },
    }),
  }
}

function refuseUnless(works: boolean, code: 'CURRENT_REFUSED' | 'PENDING_REFUSED'): void {
  if (!works) throw new OverlapError(code, 'the server refused the login')
}
