import { OverlapError } from '../../rotation/errors.ts'
import { tagFlag } from '../../rotation/policy.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import {
  carriedFields,
  type PostgresCredential,
  parseCredential,
  refuseCopiedPassword,
  serializeCredential,
  targetOf,
} from './credential.ts'
import { endpointName } from './endpoint.ts'
import { refuseProxy } from './endpoints.ts'
import { beginStatements, lockStatement } from './locked-change.ts'
import { newUser } from './new-user.ts'
import type { PostgresOptions } from './options.ts'
import { pairQuestion, refuseHalfOfPair } from './pair.ts'
import { identifier, literal, shownIdentifier } from './quoting.ts'
import { randomPassword } from './random-password.ts'
import { repairingSingle } from './repaired-single.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { refuseOtherLogin, refuseOtherSession } from './suitability.ts'
import { timeLeft } from './time-left.ts'

/**
 * One user changes its own password: a swap. From the commit in `set` until every consumer has read the new version, logins with the old
 * password fail; that is at least until finishSecret has published it. So it must be asked for. It needs no admin and leaves no stamp: the
 * lock and the labels alone fence it.
 */
export function singleUser(options: PostgresOptions): CredentialAdapter<PostgresCredential> {
  if (!tagFlag(options.tags, 'overlap:accept-failed-logins'))
    throw new OverlapError(
      'FAILED_LOGINS_NOT_ACCEPTED',
      'a single-user rotation makes logins fail between the change of the password and the moment when a consumer reads the new one. ' +
        'Tag the secret overlap:accept-failed-logins=true to accept that, or remove overlap:strategy to alternate between two users',
    )
  const time = timeLeft(options.deadline, options.now)
  const dial = dialer(options.certificates, time)
  const md5 = tagFlag(options.tags, 'overlap:allow-scram')
  const { unlessMissing, provision } = newUser(options, dial, time)

  const open = (
    as: 'current' | 'pending',
    credential: PostgresCredential,
    database: string,
    patienceMs?: number,
  ) =>
    dial.open({
      as,
      endpoint: { host: credential.host, port: credential.port },
      database,
      username: credential.username,
      password: credential.password,
      md5: as === 'current' && md5,
      ...(patienceMs === undefined ? {} : { patienceMs }),
    })

  const question = ({ username }: PostgresCredential) =>
    pairQuestion(options.secretId, { name: undefined, adopt: undefined }, username)

  /** Throws what would keep the user from changing its own password, and nobody else's. */
  const refuseUnable = (catalog: Catalog, { username, ...target }: PostgresCredential): void => {
    const user = catalog.roles.find((role) => role.name === username)
    if (catalog.inRecovery)
      throw new OverlapError(
        'UNREACHABLE',
        `${endpointName(target)} is a read-only standby: the secret must name the primary`,
      )
    refuseOtherSession(catalog, username)
    if (user) refuseOtherLogin(user)
    refuseHalfOfPair(catalog, username)
    if (user && catalog.restrictsPasswords && !user.rdsRoles.includes('rds_password'))
      throw new OverlapError(
        'ADMIN_LACKS_RIGHT',
        `the user ${user.name} may not set its own password under rds.restrict_password_commands. ` +
          `Run GRANT rds_password TO ${shownIdentifier(user.name)}`,
        { detail: { statement: `GRANT rds_password TO ${shownIdentifier(user.name)}` } },
      )
  }

  const check = async (current: PostgresCredential): Promise<void> => {
    refuseProxy(current)
    refuseCopiedPassword(current)
    const session = await unlessMissing(current, () => open('current', current, current.dbname))
    try {
      refuseUnable(await readCatalog(session, question(current)), current)
    } finally {
      await session.close()
    }
  }

  /** Sets the password of this credential for its user, whatever role a login of that user takes. */
  const change = async (session: Session, credential: PostgresCredential, check: () => Promise<void>) => {
    const verifier = await scramVerifier(credential.password, options.randomBytes(SALT_BYTES))
    dial.conceal(verifier)
    const catalog = await readCatalog(session, question(credential), [
      beginStatements(time),
      'SET LOCAL ROLE NONE',
      lockStatement([credential.username]),
    ])
    refuseUnable(catalog, credential)
    const [database] = await session.rows<{ limited: boolean }>(DATABASE_LIMIT)
    await check()
    const committed = await session.commit(
      `ALTER ROLE ${identifier(credential.username)} PASSWORD ${literal(verifier)}; COMMIT`,
    )
    const user = catalog.roles.find((role) => role.name === credential.username)
    return { ...committed, limited: user?.connectionLimit !== -1 || database?.limited === true }
  }

  /** False when the server refuses the credential; throws when that cannot be told. */
  const isAccepted = async (pending: PostgresCredential, patienceMs?: number): Promise<boolean> => {
    try {
      await (await open('pending', pending, pending.dbname, patienceMs)).close()
      return true
    } catch (error) {
      if (error instanceof OverlapError && error.code === 'PENDING_REFUSED') return false
      throw error
    }
  }

  /**
   * As `isAccepted`. The session that made the change gives way where the user, or the server, has no place for another one: for a user or a
   * database with a limit also when the first try does not tell, since one that is slow hides that there is none.
   */
  const isAcceptedBeside = async (
    session: Session,
    pending: PostgresCredential,
    limited: boolean,
  ): Promise<boolean> => {
    try {
      return await isAccepted(pending, SECOND_PLACE_MS)
    } catch (error) {
      const full = error instanceof OverlapError && error.detail.sqlState === TOO_MANY_CONNECTIONS
      if (limited || full) await session.close()
      return isAccepted(pending)
    }
  }

  /** The old password, after the server refused the new one. Answers why it is not back. */
  const putBack = async (
    session: Session,
    current: PostgresCredential,
    fence: Fence,
  ): Promise<string | undefined> => {
    try {
      const back = await change(session, current, () => fence.check())
      return back.outcome === 'done' ? undefined : back.error.message
    } catch (error) {
      return error instanceof OverlapError ? error.message : 'unknown error'
    }
  }

  return {
    kind: 'postgres',
    overlap: false,
    parse: parseCredential,
    serialize: serializeCredential,
    carried: carriedFields,
    target: targetOf,
    principal: (credential) => credential.username,

    provision,
    repair: repairingSingle(options, dial, time),

    async preflight(current, waiting) {
      if (waiting) refuseOtherTarget(waiting.credential, current)
      try {
        await check(current)
      } catch (error) {
        const isRefused = error instanceof OverlapError && error.code === 'CURRENT_REFUSED'
        if (!isRefused || !waiting || !(await isAccepted(waiting.credential).catch(() => false))) throw error
        throw new OverlapError(
          'CURRENT_REFUSED',
          `the new password of ${current.username} is set and works, and that of AWSCURRENT no longer works: consumers are kept out until this rotation has ` +
            'published its version',
          { cause: error.cause },
        )
      }
    },

    async create(current) {
      await check(current)
      return { ...current, password: randomPassword(options.randomBytes) }
    },

    async set(pending, current, fence) {
      refuseProxy(current)
      refuseOtherTarget(pending, current)
      let session: Session
      try {
        session = await open('current', current, options.lockDatabase)
      } catch (error) {
        if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
        // An earlier attempt may have set it and lost the reply.
        if (await isAccepted(pending).catch(() => false)) return
        throw error
      }
      try {
        const committed = await change(session, pending, () => fence.check())
        const since = options.now()
        if (committed.outcome === 'refused') throw committed.error
        const accepted = await isAcceptedBeside(session, pending, committed.limited).catch((cause) => {
          throw unproven(pending.username, committed.outcome === 'done', cause)
        })
        if (!accepted && committed.outcome === 'unknown') throw committed.error
        if (!accepted) {
          const notBack = await putBack(session, current, fence)
          throw new OverlapError(
            'PENDING_REFUSED',
            `the server took the new password of ${current.username} and then refused it; the old one ` +
              (notBack === undefined ? 'is back' : `could not be put back: ${notBack}`),
            {
              detail: {
                windowMs: options.now() - since,
                ...(notBack === undefined ? {} : { consumersAffected: true }),
              },
            },
          )
        }
        options.note(
          'the old password no longer works; logins fail until the new version is published and read',
          {
            user: current.username,
            windowMs: options.now() - since,
          },
        )
      } finally {
        await session.close()
      }
    },

    async test(pending) {
      refuseProxy(pending)
      const session = await open('pending', pending, pending.dbname)
      await session.close()
    },
  }
}

function refuseOtherTarget(pending: PostgresCredential, current: PostgresCredential): void {
  if (targetOf(pending) !== targetOf(current) || pending.username !== current.username)
    throw new OverlapError(
      'TARGET_CHANGED',
      `the pending value names ${pending.username} at ${targetOf(pending)}, the current one ${current.username} at ${targetOf(current)}`,
    )
}

/** How long to look at first for a place beside the session that made the change before that one gives way, in milliseconds. */
const SECOND_PLACE_MS = 500
const TOO_MANY_CONNECTIONS = '53300'
const DATABASE_LIMIT =
  'SELECT datconnlimit >= 0 AS limited FROM pg_database WHERE datname = current_database()'

/** After the change, or a change of which nobody knows whether it was made, the next attempt of the step finds out: nothing is put back on a guess. */
function unproven(username: string, changed: boolean, cause: unknown): OverlapError {
  const what = changed
    ? `the new password of ${username} is set and stands; whether it works could not be found out`
    : `the connection broke while the password of ${username} was changed, and the server cannot be asked whether it was`
  const because = cause instanceof OverlapError ? cause.message : 'unknown error'
  return new OverlapError('UNREACHABLE', `${what}. The step is tried again: ${because}`, {
    cause,
    // The old password is gone, or may be, and nothing new is published.
    detail: { consumersAffected: true },
  })
}
