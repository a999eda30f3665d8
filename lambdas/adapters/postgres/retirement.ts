import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialRetirer, Fence, Sighting } from '../adapter.ts'
import type { PostgresOptions } from '../postgres.ts'
import { admin } from './admin.ts'
import { partnerWish } from './adoption.ts'
import type { Catalog, CatalogQuestion } from './catalog.ts'
import { readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import { type PostgresCredential, parseCredential } from './credential.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { endpointsOf } from './endpoints.ts'
import { changeUnderLock } from './locked-change.ts'
import { likelyRelatives, otherUser, type Pair, pairOf } from './pair.ts'
import { identifier, literal } from './quoting.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { endSessions, sessionsOf } from './sessions.ts'
import { type Slot, type Stamp, writeStamp } from './stamp.ts'
import { replayed, writtenUpTo } from './standby.ts'
import { timeLeft } from './time-left.ts'

/**
 * Takes a replaced credential out of use: PASSWORD NULL, never NOLOGIN (which stops an owner's background workers) and never DROP ROLE,
 * since the next rotation uses the role again.
 */
export function retirement(options: PostgresOptions): CredentialRetirer<PostgresCredential> {
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

  /** Every endpoint where the principal may have sessions, the primary first. A member that RDS is changing may have some that cannot be asked for. */
  const everywhere = async (credential: PostgresCredential): Promise<Endpoint[]> => {
    const known = await endpointsOf((await admins.login(credential)).endpoint, options)
    const unclear = known.members.find(({ status }) => status !== 'available' && status !== 'stopped')
    if (unclear)
      throw new OverlapError(
        'UNREACHABLE',
        `${endpointName(unclear.endpoint)} is ${unclear.status}, so nobody can tell who uses it. Retirement waits until it is available`,
      )
    const available = known.members
      .filter(({ status }) => status === 'available')
      .map(({ endpoint }) => endpoint)
    const all = [known.primary, ...known.declared, ...available]
    return [...new Map(all.map((endpoint) => [endpointName(endpoint), endpoint])).values()]
  }

  const sightings = async (credential: PostgresCredential): Promise<Sighting[]> => {
    const seen: Sighting[] = []
    for (const endpoint of await everywhere(credential)) {
      const session = await admins.open(credential, endpoint)
      try {
        seen.push(...(await sessionsOf(session, credential.username)))
      } finally {
        await session.close()
      }
    }
    return seen
  }

  const pairIn = (catalog: Catalog, credential: PostgresCredential): Pair & { readonly stamp: Stamp } => {
    const pair = pairOf(catalog, credential.username, options.secretId, wish)
    const { stamp } = pair
    if (stamp) return { ...pair, stamp }
    throw new OverlapError(
      'STAMP_INVALID',
      `the role ${credential.username} belongs to no stamped pair, so nothing shows which version it holds. It is not touched`,
      { detail: { role: credential.username } },
    )
  }

  const writtenSlot = (pair: Pair & { readonly stamp: Stamp }, username: string, slot: Slot): string =>
    `COMMENT ON ROLE ${identifier(pair.partnerName)} IS ${literal(
      writeStamp({ ...pair.stamp, slots: new Map([...pair.stamp.slots, [username, slot]]) }),
    )}`

  /** The slot, when it holds the version that the fence speaks of. */
  const slotOf = (pair: Pair & { readonly stamp: Stamp }, username: string, fence: Fence): Slot => {
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

  const change = async (
    session: Session,
    credential: PostgresCredential,
    fence: Fence,
    state: Slot['state'],
    statement: string,
  ): Promise<void> => {
    const { username } = credential
    const before = pairIn(await readCatalog(session, question(username)), credential)
    await changeUnderLock(
      session,
      {
        users: [before.owner.name, before.partnerName],
        question: question(username),
        fence,
        decide: (catalog) => {
          const pair = pairIn(catalog, credential)
          refuseOtherPair(pair, before)
          if (slotOf(pair, username, fence).state === state) return []
          if (state === 'retired') refuseLastLive(pair, username)
          return [writtenSlot(pair, username, { version: fence.versionId, state }), statement]
        },
        applied: (catalog) => slotOf(pairIn(catalog, credential), username, fence).state === state,
      },
      time,
      () => admins.open(credential),
    )
  }

  const enable = async (credential: PostgresCredential, fence: Fence): Promise<void> => {
    const verifier = await scramVerifier(credential.password, options.randomBytes(SALT_BYTES))
    dial.conceal(credential.password)
    dial.conceal(verifier)
    const session = await admins.open(credential)
    try {
      await change(
        session,
        credential,
        fence,
        'live',
        `ALTER ROLE ${identifier(credential.username)} LOGIN PASSWORD ${literal(verifier)}`,
      )
    } finally {
      await session.close()
    }
  }

  /**
   * Sessions that began before the server, or a standby, had heard of the change: nobody can begin one after this looked. It takes half of
   * the time that is left, so that the credential can still be put back.
   */
  const latecomers = async (
    credential: PostgresCredential,
    evenIfUsed: boolean,
  ): Promise<Sighting | undefined> => {
    const half = timeLeft(options.now() + time.ms() / 2, options.now)
    const observers = admin(options, dialer(options.certificates, half))
    let lsn: string | undefined
    for (const [index, endpoint] of (await everywhere(credential)).entries()) {
      const session = await observers.open(credential, endpoint)
      try {
        if (index === 0) lsn = await writtenUpTo(session)
        else if (lsn !== undefined) await replayed(session, lsn, half)
        const [found] = evenIfUsed
          ? await endSessions(session, credential.username, half)
          : await sessionsOf(session, credential.username)
        if (found) return found
      } finally {
        await session.close()
      }
    }
    return undefined
  }

  return {
    kind: 'postgres',
    parse: parseCredential,
    principal: (credential) => credential.username,
    sightings,
    enable,

    async disable(credential, fence, { evenIfUsed }) {
      const session = await admins.open(credential)
      try {
        if (!evenIfUsed) refuseUsed((await sessionsOf(session, credential.username))[0])
        await change(
          session,
          credential,
          fence,
          'retired',
          `ALTER ROLE ${identifier(credential.username)} PASSWORD NULL`,
        )
      } finally {
        await session.close()
      }
      let latecomer: Sighting | undefined
      try {
        latecomer = await latecomers(credential, evenIfUsed)
      } catch (error) {
        // Unknown is not "nobody": whoever slipped in at an endpoint that cannot be asked must be able to come back.
        if (!evenIfUsed) await enable(credential, fence)
        throw error
      }
      if (latecomer && !evenIfUsed) await enable(credential, fence)
      refuseUsed(latecomer)
    },
  }

  /** The lock was taken for the pair as it was before. */
  function refuseOtherPair(pair: Pair, before: Pair): void {
    if (pair.owner.oid === before.owner.oid && pair.partnerName === before.partnerName) return
    throw new OverlapError(
      'LOCK_TIMEOUT',
      'somebody changed the pair while the lock was waited for; try again',
    )
  }

  /** One of the two users always stays valid, whatever the labels say. */
  function refuseLastLive(pair: Pair & { readonly stamp: Stamp }, username: string): void {
    const other = otherUser(pair, username)
    if (pair.stamp.slots.get(other)?.state === 'live') return
    throw new OverlapError(
      'PRINCIPAL_IN_USE',
      `the role ${username} is the last of its pair that is valid: ${other} is retired. It is not touched`,
      { detail: { role: username } },
    )
  }
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
