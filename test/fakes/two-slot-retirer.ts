import type { CredentialRetirer, Sighting } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Call } from './process.ts'
import {
  type Credential,
  parseCredential,
  refuseUnless,
  type SlotState,
  type TwoSlotServer,
  type User,
} from './two-slot-server.ts'

const SINCE = '2026-01-04T02:00:00.000Z'

/** What it promises is in adapter.ts. */
export function twoSlotRetirer(server: TwoSlotServer, call: Call): CredentialRetirer<Credential> {
  const { slot, works, change, stampOf, sessions } = server
  const locked = server.locked(call)
  const sightings = (user: User): readonly Sighting[] =>
    sessions.has(user) ? [{ endpoint: 'db:5432', application: 'reports', address: '', since: SINCE }] : []
  const refuseUsed = (user: User, accepts: (sighting: Sighting) => boolean) => {
    if (!sightings(user).every(accepts)) throw new OverlapError('STILL_USED', `${user} has sessions`)
  }
  const refuseLeaked = (state: SlotState) => {
    if (state === 'leaked' && server.laxity.leakedComesBack !== true)
      throw new OverlapError('LEAKED', 'the slot is recorded as leaked')
  }

  return {
    parse: parseCredential,
    principal: ({ user }) => user,
    kind: 'two-slot',
    login: (current) => call('log in as current', () => refuseUnless(works(current), 'CURRENT_REFUSED')),

    sightings: ({ user }) =>
      call('read sessions', () => ({
        sightings: sightings(user),
        endpoints: ['db:5432'],
        asleep: false,
        witness: 'admin',
        principal: user,
      })),

    isDisabled: ({ user }, { versionId }) =>
      call('read stamps', () => {
        const { stamp } = slot(user)
        return stamp?.version === versionId
          ? stamp.state !== 'live' && stamp.state !== 'disabling'
          : undefined
      }),

    disable: async ({ user }, { current, fence, accepts, leaked }) => {
      const { versionId } = fence
      const isOver = (state: SlotState) =>
        leaked ? state === 'leaked' : state !== 'live' && state !== 'disabling'
      const before = await call('read stamps', () => stampOf(user, versionId))
      if (isOver(before.state) && !leaked) return
      if (!leaked)
        await call('log in as current', () => {
          if (works(current)) return
          throw new OverlapError('PRINCIPAL_IN_USE', 'AWSCURRENT is refused', {
            detail: { consumersAffected: true },
          })
        })
      if (!leaked) await call('read sessions', () => refuseUsed(user, accepts))
      await locked(async (commit) => {
        await fence.check()
        await call('COMMIT', () =>
          commit(() => {
            if (isOver(stampOf(user, versionId).state)) return
            const stamp = { version: versionId, state: leaked ? 'leaked' : 'disabling' } as const
            change(leaked ? 'leak' : 'disable', user, { password: undefined, stamp }, versionId)
          }),
        )
      })
      await call('read sessions', () => {
        if (!leaked) refuseUsed(user, accepts)
        sessions.delete(user)
      })
      if (leaked)
        return call('log in as current', () => {
          if (works(current)) return
          throw new OverlapError('CURRENT_REFUSED', 'nobody can log in any more', {
            detail: { consumersAffected: true },
          })
        })
      await locked(async (commit) => {
        await fence.check()
        await call('COMMIT and record', () =>
          commit(() => {
            const { state } = stampOf(user, versionId)
            if (state === 'live') throw new OverlapError('LABELS_MOVED', `${user} was put back`)
            if (state !== 'disabling') return
            const stamp = { version: versionId, state: 'disabled' } as const
            change('quarantine', user, { ...slot(user), stamp }, versionId)
          }),
        )
      })
    },

    enable: async ({ user, password }, { current, fence, cutOffAlone = false }) => {
      const { versionId } = fence
      const isOwed = () => {
        if (slot(user).stamp === undefined) return false
        const { state } = stampOf(user, versionId)
        refuseLeaked(state)
        if (user === current.user) return state !== 'live'
        return state === 'disabling' || (state === 'disabled' && !cutOffAlone) || state === 'leaked'
      }
      if (!(await call('read stamps', isOwed))) return false
      await locked(async (commit) => {
        await fence.check()
        await call('COMMIT', () =>
          commit(() => {
            if (!isOwed()) return
            const stamp = { version: versionId, state: 'live' } as const
            change('enable', user, { password, stamp }, versionId)
          }),
        )
      })
      return true
    },

    remove: ({ user }, { fence }) =>
      locked(async (commit) => {
        await fence.check()
        await call('COMMIT and free', () =>
          commit(() => {
            const { versionId } = fence
            if (slot(user).stamp === undefined) return
            const { state } = stampOf(user, versionId)
            if (state === 'retired' || state === 'leaked') return
            if (state !== 'disabled' && server.laxity.removesWhatIsLive !== true)
              throw new OverlapError('STILL_USED', `slot ${user} is recorded as ${state}`)
            const stamp = { version: versionId, state: 'retired' } as const
            change('remove', user, { password: undefined, stamp }, versionId)
          }),
        )
      }),

    leave: async (current, { fence }) => {
      const { user } = current
      await call('log in as current', () => refuseUnless(works(current), 'CURRENT_REFUSED'))
      // As a pair has it: a was there before the first rotation.
      if (user !== 'a')
        throw new OverlapError('LEAVE_TOO_SOON', `${user} is not the user that was there first`)
      const isFree = () => {
        const { stamp } = slot('b')
        if (stamp !== undefined && stamp.state !== 'retired' && stamp.state !== 'leaked')
          throw new OverlapError('LEAVE_TOO_SOON', `slot b is ${stamp.state}`)
      }
      await call('read stamps', isFree)
      await locked(async (commit) => {
        await fence.check()
        await call('COMMIT', () =>
          commit(() => {
            isFree()
            for (const name of ['a', 'b'] as const)
              server.put(name, { password: slot(name).password, stamp: undefined })
          }),
        )
      })
      return undefined
    },
  }
}
