import { OverlapError } from '../../rotation/errors.ts'
import { tagFlag } from '../../rotation/policy.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { type Catalog, type CatalogQuestion, type Role, readCatalog } from './catalog.ts'
import type { PostgresCredential } from './credential.ts'
import type { Endpoint } from './endpoint.ts'
import { endpointsOf, refuseForeignHost } from './endpoints.ts'
import type { Invocation } from './invocation.ts'
import { changeUnderLock } from './locked-change.ts'
import { identifier, literal, shownIdentifier } from './quoting.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { refuseStandby } from './suitability.ts'

type Repair = NonNullable<CredentialAdapter<PostgresCredential>['repair']>

/** What the server records of a user beside its password, by the strategy that rotates it. */
export interface RepairedRecord {
  question(username: string, adminName: string): CatalogQuestion
  /** Throws what forbids to write anything for this user, who is there. */
  allow(catalog: Catalog, user: Role, adminName: string, fence: Fence): void
  /** Whom the lock is taken for. */
  users(catalog: Catalog, username: string): readonly string[]
  isRight(catalog: Catalog, username: string, fence: Fence): boolean
  /** The statements that make it right. */
  statements(catalog: Catalog, username: string, fence: Fence): readonly string[]
  /** What to do when the user is not there. */
  missing(catalog: Catalog, username: string): string
}

/**
 * Gives the user of AWSCURRENT the password that AWSCURRENT holds, by the admin, and no more than that: no role is made, no right, no validity and no LOGIN is
 * given, and the other user of a pair keeps its password, whatever it is.
 */
export function repairing(shared: Invocation, record: RepairedRecord): Repair {
  const { options, time, dial, admins } = shared

  /** Undefined when the server lets AWSCURRENT in, or what it says against that. */
  const refusal = async (
    { username, password, dbname }: PostgresCredential,
    { host, port }: Endpoint,
    md5: boolean,
  ): Promise<OverlapError | undefined> => {
    const as = 'current'
    try {
      const login = { as, endpoint: { host, port }, database: dbname, username, password, md5 } as const
      await (await dial.open(login)).close()
      return undefined
    } catch (error) {
      if (error instanceof OverlapError && error.code === 'CURRENT_REFUSED') return error
      throw error
    }
  }

  /** A password that is stored for MD5 is replaced by none that its clients may not be able to use, unless the owner says that they are. */
  const refuseMd5 = (current: PostgresCredential, endpoint: Endpoint) =>
    tagFlag(options.tags, 'overlap:allow-scram') ? undefined : refusal(current, endpoint, false)

  return async (current, fence) => {
    const { username } = current
    const { endpoint, username: adminName } = await admins.login(current)
    refuseForeignHost(current, await endpointsOf(endpoint, options))
    const verifier = await scramVerifier(current.password, options.randomBytes(SALT_BYTES))
    for (const secret of [current.password, verifier]) dial.conceal(secret)
    const question = record.question(username, adminName)
    const session = await admins.open(current)
    try {
      const allowed = (catalog: Catalog): Role => {
        refuseStandby(catalog)
        const role = catalog.roles.find(({ name }) => name === username)
        if (role === undefined) throw missing(username, record.missing(catalog, username))
        record.allow(catalog, role, adminName, fence)
        return role
      }
      const before = await readCatalog(session, question)
      const role = allowed(before)
      const refused = await refusal(current, endpoint, true)
      if (refused === undefined && record.isRight(before, username, fence)) return 'works'
      if (refused !== undefined) await refuseMd5(current, endpoint)
      await changeUnderLock(
        session,
        {
          ...{ users: record.users(before, username), question, fence },
          decide: (catalog) => {
            allowed(catalog)
            // What works is left as it is stored.
            const password = refused
              ? [`ALTER ROLE ${identifier(username)} PASSWORD ${literal(verifier)}`]
              : []
            return [...record.statements(catalog, username, fence), ...password]
          },
          applied: (catalog) => record.isRight(catalog, username, fence),
        },
        time,
        () => admins.open(current),
      )
      const still = await refusal(current, endpoint, true)
      if (still) throw refusedStill(still, role)
      return 'repaired'
    } finally {
      await session.close()
    }
  }
}

function missing(username: string, todo: string): OverlapError {
  return new OverlapError(
    'USER_MISSING',
    `the server has no role ${username}, and nobody is made in its place, who would have none of its rights. ${todo}`,
    { detail: { role: username } },
  )
}

/** The password is right by now, and something else keeps the user out, which is not Overlap's to give. */
function refusedStill(
  { cause, message, detail }: OverlapError,
  { name, login, validUntil }: Role,
): OverlapError {
  const role = shownIdentifier(name)
  const statements = [
    ...(login ? [] : [`ALTER ROLE ${role} LOGIN`]),
    ...(validUntil === null ? [] : [`ALTER ROLE ${role} VALID UNTIL 'infinity'`]),
  ]
  const look =
    statements.length === 0
      ? 'Look at what else keeps it out'
      : `It ${login ? `is valid until ${validUntil}` : 'may not log in'}: look whether that is meant, or run ${statements.join('; ')}`
  return new OverlapError(
    'CURRENT_REFUSED',
    `the role ${name} was given the password of AWSCURRENT and is refused all the same (${message}). ${look}`,
    { cause, detail: { ...detail, role: name } },
  )
}
