import type { CredentialAdapter, CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Call } from './process.ts'
import { twoSlotRetirer } from './two-slot-retirer.ts'
import {
  type Change,
  type Credential,
  type Laxity,
  parseCredential,
  refuseUnless,
  type Slot,
  twoSlotServer,
  type User,
} from './two-slot-server.ts'

/** What it promises is in adapter.ts. */
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
  laxity: Laxity = {},
): TwoSlotTarget {
  const server = twoSlotServer(now, given, onChange, laxity)
  const { slot, works, change } = server
  let passwords = 0
  let strategy = 0
  /** The strategy that each password was made under. */
  const madeUnder = new Map<string, number>()

  const refuseUnlessFree = (user: User, version: string) => {
    const { stamp } = slot(user)
    const isFree = stamp === undefined || stamp.state === 'retired' || stamp.state === 'leaked'
    if (laxity.everySlotIsFree || isFree || stamp.version === version) return
    throw new OverlapError('DRAIN_IN_PROGRESS', `slot ${user} is ${stamp.state}`, {
      detail: { holder: stamp.version },
    })
  }
  const refuseOtherStrategy = ({ password }: Credential) => {
    if ((madeUnder.get(password) ?? 0) !== strategy)
      throw new OverlapError('TARGET_CHANGED', 'the pending value was made under another strategy')
  }
  /** The state of a slot that is still the version's to go back to. */
  const wayBackTo = (user: User, version: string) => {
    const { stamp } = slot(user)
    if (stamp?.version !== version || stamp.state === 'retired')
      throw new OverlapError(
        'NO_WAY_BACK',
        `slot ${user} is ${stamp?.state ?? 'unknown'} for another version`,
      )
    if (stamp.state === 'leaked') throw new OverlapError('LEAKED', `slot ${user} is recorded as leaked`)
    return stamp.state
  }

  return {
    slot,
    works,
    sessions: server.sessions,
    setPassword: (user, password) => server.put(user, { ...slot(user), password }),
    editStrategy: () => {
      strategy += 1
    },
    newPassword: () => `password-${++passwords}`,
    disconnect: server.disconnect,
    retirerFor: (call) => twoSlotRetirer(server, call),

    adapterFor: (call) => ({
      parse: parseCredential,
      principal: ({ user }) => user,
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
        server.locked(call)(async (commit) => {
          refuseOtherStrategy(pending)
          if (pending.host !== current.host)
            throw new OverlapError('TARGET_CHANGED', 'the pending value names another host')
          await fence.check()
          await call('read stamps', () => refuseUnlessFree(pending.user, fence.versionId))
          await call('COMMIT', () =>
            commit(() => {
              server.put(current.user, {
                ...slot(current.user),
                stamp: { version: fence.currentVersionId, state: 'live' },
              })
              const stamp = { version: fence.versionId, state: 'live' } as const
              change('set', pending.user, { password: pending.password, stamp }, fence.versionId)
            }),
          )
        }),
      test: (pending) => call('log in as pending', () => refuseUnless(works(pending), 'PENDING_REFUSED')),

      reinstate: async ({ user, password }, _replaced, fence, publish) => {
        const { versionId } = fence
        const locked = server.locked(call)
        if ((await call('read stamps', () => wayBackTo(user, versionId))) !== 'live')
          await locked(async (commit) => {
            await fence.check()
            await call('COMMIT', () =>
              commit(() => {
                if (wayBackTo(user, versionId) === 'live') return
                const stamp = { version: versionId, state: 'live' } as const
                change('reinstate', user, { password, stamp }, versionId)
              }),
            )
          })
        await call('log in as previous', () =>
          refuseUnless(slot(user).password === password, 'PENDING_REFUSED'),
        )
        await locked(async (commit) => {
          await fence.check()
          await call('read stamps', () => {
            if (wayBackTo(user, versionId) !== 'live')
              throw new OverlapError('LOCK_TIMEOUT', `slot ${user} was disabled meanwhile`)
          })
          await publish()
          await call('COMMIT', () => commit(() => {}))
        })
      },

      repair: async (current, fence) => {
        const { user, password } = current
        const { versionId } = fence
        const isRight = () => {
          const { stamp } = slot(user)
          if (stamp?.version === versionId && stamp.state === 'leaked')
            throw new OverlapError('LEAKED', `slot ${user} is recorded as leaked`)
          return works(current) && (stamp === undefined || stamp.version === versionId)
        }
        if (await call('log in as current', isRight)) return 'works'
        await server.locked(call)(async (commit) => {
          await fence.check()
          await call('COMMIT', () =>
            commit(() => {
              const stamp = { version: versionId, state: 'live' } as const
              change('repair', user, { password, stamp }, versionId)
            }),
          )
        })
        return 'repaired'
      },
    }),
  }
}
