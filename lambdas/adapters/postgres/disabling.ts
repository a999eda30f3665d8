import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer, Sighting } from '../adapter.ts'
import { readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { logInAsCurrent } from './current-login.ts'
import type { Endpoint } from './endpoint.ts'
import { endpointsOf, everywhere, refuseForeignHost } from './endpoints.ts'
import type { Invocation } from './invocation.ts'
import { otherUser, pairQuestion } from './pair.ts'
import { identifier } from './quoting.ts'
import { revoking } from './revoking.ts'
import { backendsOf, endSessions, refuseLeft } from './sessions.ts'
import { changeSlot, pairIn, type StampedPair, slotOf, stampedPairIn } from './slot-change.ts'
import type { SlotState } from './stamp.ts'
import { replayed, writtenUpTo } from './standby.ts'
import { inTime, partOf, type TimeLeft } from './time-left.ts'

/** Not known to be out of use. */
export const inUse: readonly SlotState[] = ['live', 'disabling']

/**
 * Takes a replaced credential out of use: PASSWORD NULL, never NOLOGIN (which stops an owner's background workers) and never DROP ROLE,
 * since the next rotation uses the role again. What leaked goes another way: `revoking`.
 */
export function disabling(invocation: Invocation): CredentialRetirer<PostgresCredential>['disable'] {
  const { options, time, admins, identity } = invocation
  const revoke = revoking(invocation)
  const logIn = async (current: PostgresCredential, limit: TimeLeft): Promise<void> => {
    const { endpoint } = await admins.login(current)
    await (await logInAsCurrent(dialer(options.certificates, limit), current, endpoint)).close()
  }

  return async (credential, { current, fence, accepts, leaked }) => {
    if (leaked) return revoke(credential, { current, fence })
    const { username } = credential
    // Each stage may take a part of what is left: the rest is for putting the credential back.
    let limit = partOf(time, 0.5, options.now)
    const stage: TimeLeft = { ms: () => limit.ms(), up: () => limit.up() }
    const stageDial = dialer(options.certificates, stage)
    const known = await inTime(stage, 'what belongs to the server could not be found out', async () =>
      endpointsOf((await admins.login(current)).endpoint, options),
    )
    const sessions: Session[] = []
    const open = async (endpoint: Endpoint) => {
      const session = await admins.open(current, endpoint, stageDial)
      sessions.push(session)
      return session
    }
    try {
      const primary = await open(known.primary)
      const catalog = await readCatalog(primary, pairQuestion(identity.secretId, identity.wish, username))
      if (pairIn(catalog, username, identity) === undefined) refuseForeignHost(credential, known)
      const before = stampedPairIn(catalog, username, identity)
      const { state } = slotOf(before, username, fence)
      if (!inUse.includes(state)) return
      const check = () => inTime(stage, 'the labels could not be read again', () => fence.check())
      const slot = { before, username, fence: { ...fence, check } }
      const change = (
        change: Pick<Parameters<typeof changeSlot>[2], 'from' | 'to' | 'statement' | 'refuse'>,
      ) => changeSlot(primary, identity, { ...slot, ...change }, stage, () => admins.open(current))
      const statement = `ALTER ROLE ${identifier(username)} PASSWORD NULL`

      for (const endpoint of everywhere(known).slice(1)) await open(endpoint)
      // First: what still uses the old credential may do so because the new one is dead, which nobody else would tell.
      await logIn(current, stage).catch(refuseDeadCurrent)
      for (const session of sessions) refuseUsed((await backendsOf(session, username)).sightings, accepts)

      limit = partOf(time, 0.5, options.now)
      const refuse = (pair: StampedPair, now: SlotState) => {
        if (inUse.includes(now)) refuseLastLive(pair, username)
      }
      // Not so when another retirement was faster.
      if (!(await change({ from: inUse, to: 'disabling', statement, refuse }))) return
      limit = partOf(time, 0.7, options.now)

      // From here on nobody can begin to log in. A client whose password was being checked when it went, and who stalls, may still get in after
      // this look, with one session, and find out when it comes back.
      const lsn = await writtenUpTo(primary)
      for (const session of sessions) {
        if (session !== primary && lsn !== undefined) await replayed(session, lsn, stage)
        refuseUsed((await backendsOf(session, username)).sightings, accepts)
      }
      // Nobody's session is ended as long as anybody's keeps the credential.
      for (const session of sessions) refuseLeft(await endSessions(session, username, accepts, stage))
      // What was seen is old news to a function that was paused since.
      if (stage.up()) throw new OverlapError('TIME_UP', 'no time is left to record the retirement')
      // Another retirement that was faster has recorded the same, and must not be undone.
      if (!(await change({ from: ['disabling', 'disabled'], to: 'disabled' })))
        throw new OverlapError(
          'LABELS_MOVED',
          `another retirement put the role ${username} back, or was faster: the next pass decides`,
        )
    } finally {
      await Promise.all(sessions.map((session) => session.close()))
    }
  }
}

/** AWSCURRENT may be dead for a reason of its own; then what drains is the last credential that works. */
function refuseDeadCurrent(error: unknown): never {
  if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
  throw new OverlapError(
    'PRINCIPAL_IN_USE',
    `AWSCURRENT does not work, so the draining credential may be the last one that does, and it is not retired: ${error.message}`,
    // Whoever reads the secret is kept out now.
    { cause: error.cause, detail: { consumersAffected: true } },
  )
}

/** One of the two users always stays valid, whatever the labels say. */
function refuseLastLive(pair: StampedPair, username: string): void {
  const other = otherUser(pair, username)
  const state = pair.stamp.slots.get(other)?.state
  if (state === 'live') return
  throw new OverlapError(
    'PRINCIPAL_IN_USE',
    `the role ${username} is the last of its pair that is valid: ${other} is ${state ?? 'unknown'}. It is not touched`,
    { detail: { role: username } },
  )
}

function refuseUsed(seen: readonly Sighting[], accepts: (sighting: Sighting) => boolean): void {
  refuseLeft(seen.filter((sighting) => !accepts(sighting)))
}
