import { OverlapError } from '../../rotation/errors.ts'
import { tagFlag } from '../../rotation/policy.ts'
import type { CredentialAdapter } from '../adapter.ts'
import type { PostgresOptions } from '../postgres.ts'
import { type CatalogQuestion, readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import { type PostgresCredential, parseCredential, serializeCredential, targetOf } from './credential.ts'
import { refuseProxy } from './endpoints.ts'
import { beginStatements, lockStatement } from './locked-change.ts'
import { literal } from './quoting.ts'
import { randomPassword } from './random-password.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { refuseOtherLogin } from './suitability.ts'
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

  const open = (as: 'current' | 'pending', credential: PostgresCredential, database: string) =>
    dial.open({
      as,
      endpoint: { host: credential.host, port: credential.port },
      database,
      username: credential.username,
      password: credential.password,
      md5: as === 'current' && md5,
    })

  const question = (credential: PostgresCredential): CatalogQuestion => ({
    secretId: options.secretId,
    username: credential.username,
    names: [],
    adopt: undefined,
    admin: undefined,
  })

  /** Logs in as the current user and throws what would keep it from changing its own password. */
  const check = async (current: PostgresCredential): Promise<void> => {
    refuseProxy(current)
    const session = await open('current', current, current.dbname)
    try {
      const catalog = await readCatalog(session, question(current))
      const user = catalog.roles.find((role) => role.name === current.username)
      if (catalog.inRecovery)
        throw new OverlapError(
          'UNREACHABLE',
          `${targetOf(current)} is a read-only standby: the secret must name the primary`,
        )
      if (user) refuseOtherLogin(user)
      if (user && catalog.restrictsPasswords && !user.rdsRoles.includes('rds_password'))
        throw new OverlapError(
          'ADMIN_LACKS_RIGHT',
          `the user ${user.name} may not set its own password under rds.restrict_password_commands. Run GRANT rds_password TO ${user.name}`,
        )
    } finally {
      await session.close()
    }
  }

  const change = async (session: Session, credential: PostgresCredential, check: () => Promise<void>) => {
    const verifier = await scramVerifier(credential.password, options.randomBytes(SALT_BYTES))
    dial.conceal(verifier)
    await session.run([beginStatements(time), lockStatement([credential.username])].join(';'))
    await check()
    return session.commit(`ALTER ROLE CURRENT_USER PASSWORD ${literal(verifier)}; COMMIT`)
  }

  const works = async (as: 'current' | 'pending', credential: PostgresCredential): Promise<boolean> => {
    try {
      await (await open(as, credential, credential.dbname)).close()
      return true
    } catch (error) {
      const refused = as === 'pending' ? 'PENDING_REFUSED' : 'CURRENT_REFUSED'
      if (error instanceof OverlapError && error.code === refused) return false
      throw error
    }
  }

  return {
    kind: 'postgres',
    overlap: false,
    parse: parseCredential,
    serialize: serializeCredential,
    target: targetOf,
    principal: (credential) => credential.username,

    preflight: check,

    async create(current) {
      await check(current)
      return { ...current, password: randomPassword(options.randomBytes) }
    },

    async set(pending, current, fence) {
      refuseProxy(current)
      if (targetOf(pending) !== targetOf(current) || pending.username !== current.username)
        throw new OverlapError(
          'TARGET_CHANGED',
          `the pending value names ${pending.username} at ${targetOf(pending)}, the current one ${current.username} at ${targetOf(current)}. ` +
            'Cancel this rotation and start another',
        )
      let session: Session
      try {
        session = await open('current', current, options.lockDatabase)
      } catch (error) {
        if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
        // An earlier attempt may have set it and lost the reply.
        if (await works('pending', pending)) return
        throw error
      }
      try {
        const committed = await change(session, pending, () => fence.check())
        const since = options.now()
        if (committed.outcome === 'refused') throw committed.error
        if (committed.outcome === 'unknown') {
          if (await works('pending', pending)) return
          throw committed.error
        }
        if (!(await works('pending', pending))) {
          const back = await change(session, current, () => fence.check())
          throw new OverlapError(
            'PENDING_REFUSED',
            `the server took the new password of ${current.username} and then refused it; the old one ${
              back.outcome === 'done' ? 'is back' : 'could not be put back'
            }`,
            { detail: { windowMs: options.now() - since } },
          )
        }
        options.note(
          'the old password works no more; logins fail until the new version is published and read',
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
