import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { readCatalog } from './catalog.ts'
import { type PostgresCredential, parseCredential } from './credential.ts'
import { isSingle, logInAsCurrent } from './current-login.ts'
import { disabling, inUse } from './disabling.ts'
import { endpointsOf, refuseForeignHost } from './endpoints.ts'
import { inspection } from './inspection.ts'
import { invocation } from './invocation.ts'
import type { PostgresOptions } from './options.ts'
import { pairQuestion } from './pair.ts'
import { putBack } from './putting-back.ts'
import { changeSlot, pairIn, slotOf, stampedPairIn } from './slot-change.ts'
import type { SlotState } from './stamp.ts'

/** Looks at a replaced credential, takes it out of use, puts it back, and frees its slot. */
export function retirement(options: PostgresOptions): Omit<CredentialRetirer<PostgresCredential>, 'leave'> {
  const shared = invocation(options)
  const { time, dial, admins, identity } = shared
  const question = (username: string) => pairQuestion(identity.secretId, identity.wish, username)

  return {
    kind: 'postgres',
    parse: parseCredential,
    principal: (credential) => credential.username,
    sightings: inspection(shared),
    async isDisabled({ username }, { current, versionId }) {
      const session = await admins.open(current)
      try {
        const pair = pairIn(await readCatalog(session, question(username)), username, identity)
        const slot = pair?.stamp?.slots.get(username)
        return slot?.version === versionId ? !inUse.includes(slot.state) : undefined
      } finally {
        await session.close()
      }
    },
    disable: disabling(shared),

    async login(current) {
      if (isSingle(current, options.tags)) return (await logInAsCurrent(dial, current, current)).close()
      const known = await endpointsOf((await admins.login(current)).endpoint, options)
      refuseForeignHost(current, known)
      await (await logInAsCurrent(dial, current, known.primary)).close()
    },

    async enable(credential, { current, fence, cutOffAlone = false }) {
      const { username } = credential
      // Without an admin nothing was ever recorded.
      if ((credential.masterarn ?? current.masterarn) === undefined) return false
      dial.conceal(credential.password)
      const session = await admins.open(current)
      try {
        const before = pairIn(await readCatalog(session, question(username)), username, identity)
        if (before?.stamp === undefined) return false
        const { state } = slotOf({ ...before, stamp: before.stamp }, username, fence)
        const from: readonly SlotState[] = [
          'disabling',
          ...(cutOffAlone ? [] : (['disabled'] as const)),
          ...(username === current.username ? (['retired'] as const) : []),
        ]
        // What leaked is refused under the lock, as it may have leaked just now.
        if (![...from, 'leaked'].includes(state)) return false
        return await putBack(shared, session, credential, {
          ...{ before, fence, from },
          reopen: () => admins.open(current),
        })
      } finally {
        await session.close()
      }
    },

    async remove(credential, { current, fence }) {
      const { username } = credential
      const known = await endpointsOf((await admins.login(current)).endpoint, options)
      const session = await admins.open(current)
      try {
        const catalog = await readCatalog(session, question(username))
        // Gone, if this is the server where it was.
        if (pairIn(catalog, username, identity) === undefined) return refuseForeignHost(credential, known)
        await changeSlot(
          session,
          identity,
          {
            ...{ before: stampedPairIn(catalog, username, identity), username, fence },
            from: ['disabled'],
            to: 'retired',
            refuse: (_pair, state) => refuseStillValid(username, state),
          },
          time,
          () => admins.open(current),
        )
      } finally {
        await session.close()
      }
    },
  }
}

/** Throws `STILL_USED`: what may be valid, or may have to be put back, is no free slot. */
function refuseStillValid(username: string, state: SlotState): void {
  if (state !== 'live' && state !== 'disabling') return
  throw new OverlapError(
    'STILL_USED',
    `the role ${username} is on record as ${state}, not as disabled: its slot is not freed`,
    { detail: { role: username } },
  )
}
