import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer, Fence, Sighting } from '../adapter.ts'
import { admin } from './admin.ts'
import { partnerWish } from './adoption.ts'
import type { Catalog, CatalogQuestion } from './catalog.ts'
import { readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import { type PostgresCredential, parseCredential } from './credential.ts'
import { isSingle, logInAsCurrent } from './current-login.ts'
import type { Endpoint } from './endpoint.ts'
import { endpointsOf, everywhere, refuseForeignHost } from './endpoints.ts'
import { changeUnderLock } from './locked-change.ts'
import type { PostgresOptions } from './options.ts'
import { likelyRelatives, otherUser, type Pair, pairOf } from './pair.ts'
import { identifier, literal } from './quoting.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { endSessions, sessionsOf } from './sessions.ts'
import { type Slot, type SlotState, type Stamp, writeStamp } from './stamp.ts'
import { replayed, writtenUpTo } from './standby.ts'
import { inTime, type TimeLeft, timeLeft } from './time-left.ts'

type StampedPair = Pair & { readonly stamp: Stamp }

/**
 * Takes a replaced credential out of use: PASSWORD NULL, never NOLOGIN (which stops an owner's background workers) and never DROP ROLE,
 * since the next rotation uses the role again.
 */
export function retirement(options: PostgresOptions): Omit<CredentialRetirer<PostgresCredential>, 'leave'> {
  const time = timeLeft(options.deadline, options.now)
  const dial = dialer(options.certificates, time)
  const admins = admin(options, dial)
  const wish = partnerWish(options.tags)

  const question = (username: string): CatalogQuestion => ({
    secretId: options.secretId,
    username,
    names: likelyRelatives(username, wish),
    adopt: wish.adopt,
    admin: undefined,
  })

  /** Undefined when the server has no such role any more. */
  const pairIn = (catalog: Catalog, username: string): Pair | undefined => {
    if (catalog.inRecovery)
      throw new OverlapError(
        'UNREACHABLE',
        'the server that the admin secret names is a read-only standby. After a failover it must name the new primary',
      )
    return catalog.roles.some(({ name }) => name === username)
      ? pairOf(catalog, username, options.secretId, wish)
      : undefined
  }

  const stampedPairIn = (catalog: Catalog, username: string): StampedPair => {
    const pair = pairIn(catalog, username)
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

  const writtenSlot = (pair: StampedPair, username: string, slot: Slot): string =>
    `COMMENT ON ROLE ${identifier(pair.partnerName)} IS ${literal(
      writeStamp({ ...pair.stamp, slots: new Map([...pair.stamp.slots, [username, slot]]) }),
    )}`

  /** One change of a slot's state, under the lock of the pair. False when the slot is in no state to change. */
  const change = async (
    session: Session,
    { before, username, fence, from, to, statement }: SlotChange,
    limit: TimeLeft,
    reopen: () => Promise<Session>,
  ): Promise<boolean> => {
    let changed = false
    await changeUnderLock(
      session,
      {
        users: [before.owner.name, before.partnerName],
        question: question(username),
        fence,
        decide: (catalog) => {
          const pair = stampedPairIn(catalog, username)
          refuseOtherPair(pair, before)
          const { state } = slotOf(pair, username, fence)
          changed = from.includes(state)
          if (!changed) return []
          if (to === 'disabling') refuseLastLive(pair, username)
          return [
            writtenSlot(pair, username, { version: fence.versionId, state: to }),
            ...(statement === undefined ? [] : [statement]),
          ]
        },
        applied: (catalog) => slotOf(stampedPairIn(catalog, username), username, fence).state === to,
      },
      limit,
      reopen,
    )
    return changed
  }

  /** AWSCURRENT may be dead for a reason of its own; then what drains is the last credential that works. */
  const refuseDeadCurrent = async (current: PostgresCredential, limit: TimeLeft): Promise<void> => {
    const { endpoint } = await admins.login(current)
    try {
      await (await logInAsCurrent(dialer(options.certificates, limit), current, endpoint)).close()
    } catch (error) {
      if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
      throw new OverlapError(
        'PRINCIPAL_IN_USE',
        `AWSCURRENT does not work, so the draining credential may be the last one that does, and it is not retired: ${error.message}`,
        // Whoever reads the secret is kept out now.
        { cause: error.cause, detail: { consumersAffected: true } },
      )
    }
  }

  return {
    kind: 'postgres',
    parse: parseCredential,
    principal: (credential) => credential.username,

    async login(current) {
      if (isSingle(current, options.tags)) return (await logInAsCurrent(dial, current, current)).close()
      const known = await endpointsOf((await admins.login(current)).endpoint, options)
      refuseForeignHost(current, known)
      await (await logInAsCurrent(dial, current, known.primary)).close()
    },

    async sightings(credential, current) {
      const { endpoint } = await admins.login(current)
      const seen: Sighting[] = []
      for (const where of everywhere(await endpointsOf(endpoint, options))) {
        const session = await admins.open(current, where)
        try {
          seen.push(...(await sessionsOf(session, credential.username)))
        } finally {
          await session.close()
        }
      }
      return seen
    },

    async disable(credential, { current, fence, evenIfUsed }) {
      const { username } = credential
      // Each stage may take a part of what is left: the rest is for putting the credential back.
      let limit = partOf(0.5)
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
        const catalog = await readCatalog(primary, question(username))
        if (pairIn(catalog, username) === undefined) refuseForeignHost(credential, known)
        const before = stampedPairIn(catalog, username)
        if (slotOf(before, username, fence).state === 'retired') return
        const reopen = () => admins.open(current)
        for (const endpoint of everywhere(known).slice(1)) await open(endpoint)
        // First: what still uses the old credential may do so because the new one is dead, which nobody else would tell.
        await refuseDeadCurrent(current, stage)
        if (!evenIfUsed) for (const session of sessions) refuseUsed((await sessionsOf(session, username))[0])

        limit = partOf(0.5)
        const passwordNull = `ALTER ROLE ${identifier(username)} PASSWORD NULL`
        const check = () => inTime(stage, 'the labels could not be read again', () => fence.check())
        const slot = { before, username, fence: { ...fence, check } }
        const disabling = {
          ...slot,
          from: ['live', 'disabling'],
          to: 'disabling',
          statement: passwordNull,
        } as const
        // Not so when another retirement was faster.
        if (!(await change(primary, disabling, stage, reopen))) return

        // From here on nobody can begin to log in. A client whose password was being checked when it went, and who stalls, may still get in after
        // this look, with one session, and find out when it comes back.
        limit = partOf(0.7)
        const lsn = await writtenUpTo(primary)
        for (const session of sessions) {
          if (session !== primary && lsn !== undefined) await replayed(session, lsn, stage)
          const [left] = evenIfUsed
            ? await endSessions(session, username, stage)
            : await sessionsOf(session, username)
          refuseUsed(left)
        }
        // What was seen is old news to a function that was paused since.
        if (stage.up()) throw new OverlapError('TIME_UP', 'no time is left to record the retirement')
        const recorded = await change(primary, { ...slot, from: ['disabling'], to: 'retired' }, stage, reopen)
        if (!recorded)
          throw changedMeanwhile(`another retirement put the role ${username} back, or was faster`)
      } finally {
        await Promise.all(sessions.map((session) => session.close()))
      }
    },

    async enable(credential, { current, fence }) {
      const { username } = credential
      // Without an admin nothing was ever recorded.
      if ((credential.masterarn ?? current.masterarn) === undefined) return false
      dial.conceal(credential.password)
      const session = await admins.open(current)
      try {
        const before = pairIn(await readCatalog(session, question(username)), username)
        if (before?.stamp === undefined) return false
        const { state } = slotOf({ ...before, stamp: before.stamp }, username, fence)
        const from: readonly SlotState[] =
          username === current.username ? ['disabling', 'retired'] : ['disabling']
        if (!from.includes(state)) return false
        const verifier = await scramVerifier(credential.password, options.randomBytes(SALT_BYTES))
        dial.conceal(verifier)
        // Not LOGIN: that was not taken, so where it is missing somebody else took it.
        const statement = `ALTER ROLE ${identifier(username)} PASSWORD ${literal(verifier)}`
        const slot = { before, username, fence }
        return await change(session, { ...slot, from, to: 'live', statement }, time, () =>
          admins.open(current),
        )
      } finally {
        await session.close()
      }
    },
  }

  /** A part of the time that is left. */
  function partOf(fraction: number): TimeLeft {
    return timeLeft(options.now() + time.ms() * fraction, options.now)
  }
}

interface SlotChange {
  readonly before: Pair
  readonly username: string
  readonly fence: Fence
  /** Nothing is written over any other state. */
  readonly from: readonly SlotState[]
  readonly to: SlotState
  readonly statement?: string
}

/** The slot, when it holds the version that the fence speaks of. */
function slotOf(pair: StampedPair, username: string, fence: Fence): Slot {
  const slot = pair.stamp.slots.get(username)
  if (slot?.version === fence.versionId) return slot
  if (slot)
    throw new OverlapError(
      'SUPERSEDED',
      `the role ${username} holds version ${slot.version} by now, so the credential of ${fence.versionId} is gone. It is not touched`,
      { detail: { role: username, holder: slot.version } },
    )
  throw new OverlapError(
    'STAMP_INVALID',
    `the stamp says nothing of the role ${username}, so nothing shows which version it holds. It is not touched`,
    { detail: { role: username } },
  )
}

/** The lock was taken for the pair as it was before. */
function refuseOtherPair(pair: Pair, before: Pair): void {
  if (pair.owner.oid !== before.owner.oid || pair.partnerName !== before.partnerName)
    throw changedMeanwhile('somebody changed the pair while the lock was waited for')
}

function changedMeanwhile(what: string): OverlapError {
  return new OverlapError('LOCK_TIMEOUT', `${what}; try again`)
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

function refuseUsed(sighting: Sighting | undefined): void {
  if (!sighting) return
  const { application, address, endpoint, since } = sighting
  throw new OverlapError(
    'STILL_USED',
    `the credential is still used at ${endpoint} by ${application || 'a session without a name'} from ${address || 'a local socket'} since ${since}`,
    { detail: { endpoint, application, address, since } },
  )
}
