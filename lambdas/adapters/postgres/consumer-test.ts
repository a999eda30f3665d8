import { OverlapError } from '../../rotation/errors.ts'
import type { PartnerWish } from './adoption.ts'
import { type Catalog, type CatalogQuestion, readCatalog } from './catalog.ts'
import type { Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { privilegesOwnerLacks } from './direct-privileges.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { consumerEndpoints, type Endpoints } from './endpoints.ts'
import { otherUser, type Pair, pairOf } from './pair.ts'
import {
  type Difference,
  differences,
  isPrivilege,
  lastingDifferences,
  privilegeDifference,
} from './rights.ts'
import { roleAtLogin } from './role-settings.ts'
import { replayed, writtenUpTo } from './standby.ts'
import { pause, type TimeLeft } from './time-left.ts'

export interface ConsumerTest extends RightsTest {
  readonly pending: PostgresCredential
  readonly endpoints: Endpoints
  /** `current` is whoever can ask a standby how far it is. */
  readonly open: (as: 'pending' | 'current', endpoint: Endpoint, patienceMs?: number) => Promise<Session>
  readonly note: (message: string, facts: Record<string, string | number | boolean>) => void
}

interface RightsTest {
  readonly secretId: string
  readonly question: CatalogQuestion
  readonly wish: PartnerWish
  /** Tag overlap:probe: a query of the secret's owner, tried as a consumer. */
  readonly probe: string | undefined
  readonly time: TimeLeft
}

/**
 * Logs in as a consumer would, wherever one would, and proves that the new user is and may what the current one is and may. Throws
 * `PENDING_REFUSED`, `RIGHTS_DIFFER`, `PROBE_FAILED`, and whatever keeps it from knowing.
 */
export async function testAsConsumer(test: ConsumerTest): Promise<void> {
  const { pending, endpoints } = test
  const others = consumerEndpoints(pending, endpoints).filter(
    ({ endpoint }) => endpointName(endpoint) !== endpointName(endpoints.primary),
  )
  const primary = await test.open('pending', endpoints.primary)
  try {
    const identity = await testPrimary(test, primary)
    const lsn = others.length === 0 ? undefined : await writtenUpTo(primary)
    for (const { endpoint, required, patienceMs } of others)
      try {
        const session = await openReplayed(test, endpoint, lsn, patienceMs)
        try {
          await testIdentity(session, pending.username, identity)
        } finally {
          await session.close()
        }
      } catch (error) {
        if (required || !(error instanceof OverlapError) || error.code !== 'UNREACHABLE') throw error
        test.note('endpoint untested', { endpoint: endpointName(endpoint) })
      }
  } finally {
    await primary.close()
  }
}

/** Answers who the session has to be: the owner, or the role that the owner takes at login. */
async function testPrimary(test: ConsumerTest, session: Session): Promise<string> {
  const identity = await testRights(test, session, test.pending, differences)
  await tryProbe(test, session, 'the new user')
  return identity
}

/**
 * What `testAsConsumer` will refuse in the next user, as far as a session of the current one at the primary tells: what the two differ in and stays, and the
 * probe, since they have the same rights. Throws `RIGHTS_DIFFER` and `PROBE_FAILED`. Writes nothing.
 */
export async function foreseeConsumerTest(
  test: RightsTest,
  session: Session,
  current: PostgresCredential,
): Promise<void> {
  await testRights(test, session, current, (catalog, pair) => {
    if (pair.partner === undefined) return []
    const toPartner = otherUser(pair, current.username) === pair.partnerName
    return toPartner ? lastingDifferences(catalog, pair) : differences(catalog, pair)
  })
  await tryProbe(test, session, 'the current user')
}

async function testRights(
  { question, secretId, wish }: RightsTest,
  session: Session,
  { username, dbname }: PostgresCredential,
  compare: (catalog: Catalog, pair: Pair) => Difference[],
): Promise<string> {
  const catalog = await readCatalog(session, question)
  const pair = pairOf(catalog, username, secretId, wish)
  const identity = roleAtLogin(pair.owner.name, dbname, pair.owner.settings)
  const privileges = catalog.mentions.filter(
    (mention) => mention.role === pair.partnerName && isPrivilege(mention),
  )
  const found = [
    ...identityDifferences(catalog, session.endpoint, username, identity),
    ...compare(catalog, pair),
    ...(await privilegesOwnerLacks(session, pair, privileges)).map((mention) =>
      privilegeDifference(mention, pair),
    ),
  ]
  refuse(found, pair)
  return identity
}

async function testIdentity(session: Session, username: string, identity: string): Promise<void> {
  const [who] = await session.rows<{ sessionUser: string; currentUser: string }>(
    'SELECT session_user AS "sessionUser", current_user AS "currentUser"',
  )
  refuse(who ? identityDifferences(who, session.endpoint, username, identity) : [])
}

function identityDifferences(
  who: { readonly sessionUser: string; readonly currentUser: string },
  endpoint: Endpoint,
  username: string,
  identity: string,
): Difference[] {
  const at = endpointName(endpoint)
  const found: Difference[] = []
  if (who.sessionUser !== username)
    found.push({
      what: `the login of ${username} at ${at} is a session of ${who.sessionUser}`,
      fix: 'Look at what maps users there',
    })
  if (who.currentUser !== identity)
    found.push({
      what: `current_user of ${username} at ${at} is ${who.currentUser} instead of ${identity}`,
      fix: 'Look at the setting role of the two users, and at the minor release: 12.21, 13.17, 14.14, 15.9, 16.5 and 17.1 ignore it (17.2 and its companions do not)',
    })
  return found
}

function refuse(found: readonly Difference[], pair?: Pair): void {
  if (found.length === 0) return
  const listed = found.slice(0, 10).map(({ what, fix }) => `${what} (${fix})`)
  throw new OverlapError(
    'RIGHTS_DIFFER',
    `the new user would not be the same to its consumers: ${listed.join('; ')}${found.length > 10 ? `; and ${found.length - 10} more` : ''}`,
    {
      detail: {
        differences: found.length,
        ...(pair ? { owner: pair.owner.name, partner: pair.partnerName } : {}),
      },
    },
  )
}

async function tryProbe({ probe, time }: RightsTest, session: Session, as: string): Promise<void> {
  if (probe === undefined) return
  await session.run(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${time.ms()}`)
  try {
    await session.rows(probe)
  } catch (error) {
    // Only what the server said about the query counts against it, not a connection that broke or a server that went down.
    if (!(error instanceof OverlapError) || String(error.detail.sqlState ?? '57P').startsWith('57P'))
      throw error
    throw new OverlapError(
      'PROBE_FAILED',
      `the query of the tag overlap:probe failed as ${as}: ${error.message}`,
      {
        cause: error.cause,
      },
    )
  }
  await session.run('ROLLBACK')
}

/**
 * A session of the pending user at another endpoint. A standby refuses a password that it has not replayed, so it is asked first, as the
 * current user; where it does not say how far it is, the login is tried until the time is up.
 */
async function openReplayed(
  test: ConsumerTest,
  endpoint: Endpoint,
  lsn: string | undefined,
  patienceMs: number | undefined,
): Promise<Session> {
  if ((await replayState(test, endpoint, lsn, patienceMs)) === 'replayed')
    return test.open('pending', endpoint, patienceMs)
  for (let wait = 100; ; wait = Math.min(2 * wait, 2_000))
    try {
      return await test.open('pending', endpoint, patienceMs)
    } catch (error) {
      if (!(error instanceof OverlapError) || error.code !== 'PENDING_REFUSED' || test.time.ms() <= wait)
        throw error
      await pause(wait)
    }
}

async function replayState(
  test: ConsumerTest,
  endpoint: Endpoint,
  lsn: string | undefined,
  patienceMs: number | undefined,
): Promise<'replayed' | 'unknown'> {
  let session: Session
  try {
    session = await test.open('current', endpoint, patienceMs)
  } catch (error) {
    // Refused, or not let in from here: the new user tells.
    if (
      error instanceof OverlapError &&
      (error.code === 'CURRENT_REFUSED' ||
        error.code === 'ADMIN_LOGIN_REFUSED' ||
        error.detail.sqlState === '28000')
    )
      return 'unknown'
    throw error
  }
  try {
    return lsn === undefined ? 'unknown' : await replayed(session, lsn, test.time)
  } finally {
    await session.close()
  }
}
