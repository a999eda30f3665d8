import { OverlapError } from '../../rotation/errors.ts'
import { tagFlag } from '../../rotation/policy.ts'
import type { Fence } from '../adapter.ts'
import { type AdminLogin, admin } from './admin.ts'
import { type Catalog, type CatalogQuestion, readCatalog } from './catalog.ts'
import type { Dialer } from './connection.ts'
import { type PostgresCredential, refuseCopiedPassword } from './credential.ts'
import { logInAsCurrent } from './current-login.ts'
import { endpointsOf, refuseForeignHost, refuseProxy } from './endpoints.ts'
import { changeUnderLock } from './locked-change.ts'
import type { PostgresOptions } from './options.ts'
import { identifier, literal } from './quoting.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { refuseAdminUnableToCreate, refuseStandby } from './suitability.ts'
import type { TimeLeft } from './time-left.ts'

/** The user of a secret that is new, as long as the server does not have it. */
export interface NewUser {
  /**
   * Does the work. Where that finds `current` refused because the user is one that is to be made and is not there, throws `USER_MISSING`, or what would keep
   * the admin from making it: nobody is kept out who never was let in. Who was rotated before was let in.
   */
  unlessMissing<T>(current: PostgresCredential, work: () => Promise<T>): Promise<T>
  /** Logs in and nothing else: no right is granted to it, so it may connect where PUBLIC may. */
  provision(current: PostgresCredential, fence: Fence): Promise<'provisioned' | 'exists'>
}

/** Only a secret that is tagged `overlap:new-user=true`, and was never rotated, has a user made. */
export function newUser(options: PostgresOptions, dial: Dialer, time: TimeLeft): NewUser {
  const admins = admin(options, dial)
  const isNew = tagFlag(options.tags, 'overlap:new-user')

  const question = (username: string, adminName: string): CatalogQuestion => ({
    secretId: options.secretId,
    username,
    names: [],
    adopt: undefined,
    admin: adminName,
  })

  /** The login of the admin, once it is known that the secret leads to the admin's server. */
  const adminOf = async (current: PostgresCredential): Promise<AdminLogin> => {
    refuseProxy(current)
    refuseCopiedPassword(current)
    const login = await admins.login(current)
    refuseForeignHost(current, await endpointsOf(login.endpoint, options))
    return login
  }

  /** Throws what would keep the admin from making a user. */
  const refuseUnable = (catalog: Catalog, adminName: string): void => {
    refuseStandby(catalog)
    refuseAdminUnableToCreate(catalog, adminName)
  }

  /** Throws when the user is not there, or when that cannot be told. */
  const refuseMissing = async (current: PostgresCredential): Promise<void> => {
    const login = await adminOf(current)
    const session = await admins.open(current)
    try {
      const catalog = await readCatalog(session, question(current.username, login.username))
      if (isThere(catalog, current)) return
      refuseUnable(catalog, login.username)
    } finally {
      await session.close()
    }
    throw new OverlapError(
      'USER_MISSING',
      `the server has no role ${current.username} yet. The secret is tagged overlap:new-user=true, so it may be made`,
      { detail: { role: current.username } },
    )
  }

  return {
    async unlessMissing(current, work) {
      try {
        return await work()
      } catch (error) {
        if (!isNew || options.rotated || !(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED')
          throw error
        await refuseMissing(current).catch((missing) => {
          // Where it cannot be told, consumers may be failing, and that is what has to be said.
          throw ofMissing.includes(missing.code) ? missing : error
        })
        // It is there by now: a deployment may have made it meanwhile.
        return work()
      }
    },

    async provision(current, fence) {
      if (!isNew)
        throw new OverlapError(
          'NEW_USER_NOT_ALLOWED',
          `the user ${current.username} is made only for a secret that is tagged overlap:new-user=true`,
        )
      const { username } = current
      const login = await adminOf(current)
      if (options.rotated) {
        await refuseLost(current, login)
        return 'exists'
      }
      const verifier = await scramVerifier(current.password, options.randomBytes(SALT_BYTES))
      for (const secret of [current.password, verifier]) dial.conceal(secret)
      let made = false
      const session = await admins.open(current)
      try {
        await changeUnderLock(
          session,
          {
            users: [username],
            question: question(username, login.username),
            fence,
            decide: (catalog) => {
              made = !isThere(catalog, current)
              if (!made) return []
              refuseUnable(catalog, login.username)
              return [`CREATE ROLE ${identifier(username)} LOGIN PASSWORD ${literal(verifier)}`]
            },
            applied: (catalog) => isThere(catalog, current),
          },
          time,
          () => admins.open(current),
        )
      } finally {
        await session.close()
      }
      if (made) return 'provisioned'
      await refuseStranger(current, login)
      return 'exists'
    },
  }

  /** Whoever has the name and another password may be in use by somebody: it is never taken over. */
  async function refuseStranger(current: PostgresCredential, login: AdminLogin): Promise<void> {
    const { username } = current
    const refused = await refusal(current, login)
    if (refused === undefined) return
    throw new OverlapError(
      'USER_EXISTS',
      `the role ${username} exists already and AWSCURRENT does not open it, so it is not touched. If it is the user that the secret is for, store its ` +
        'password in the secret; otherwise name another user there',
      { detail: { role: username }, cause: refused.cause },
    )
  }

  /** Consumers have used it, and so has a partner: another role of that name would have none of its rights. */
  async function refuseLost(current: PostgresCredential, login: AdminLogin): Promise<void> {
    const { username } = current
    const refused = await refusal(current, login)
    if (refused === undefined) return
    throw new OverlapError(
      'NEW_USER_NOT_ALLOWED',
      `the server refuses ${username}, and the secret was rotated before: its user is not new, but was changed or dropped, and consumers are kept out. ` +
        'Nobody is made in its place, who would have none of its rights. Bring the role back with what it had, or store a value that works',
      { detail: { role: username }, cause: refused.cause },
    )
  }

  /** What the server says against AWSCURRENT; undefined when it lets that in. */
  async function refusal(
    current: PostgresCredential,
    { endpoint }: AdminLogin,
  ): Promise<OverlapError | undefined> {
    try {
      await (await logInAsCurrent(dial, current, endpoint)).close()
      return undefined
    } catch (error) {
      if (!(error instanceof OverlapError) || error.code !== 'CURRENT_REFUSED') throw error
      // The password was right: all that the user lacks is CONNECT, which whoever looks at it next says.
      return error.detail.sqlState === '42501' ? undefined : error
    }
  }
}

const ofMissing: readonly unknown[] = ['USER_MISSING', 'ADMIN_LACKS_RIGHT']

function isThere(catalog: Catalog, { username }: PostgresCredential): boolean {
  return catalog.roles.some(({ name }) => name === username)
}
