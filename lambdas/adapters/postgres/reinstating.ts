import { OverlapError } from '../../rotation/errors.ts'
import type { CredentialAdapter, Fence } from '../adapter.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import { testAsConsumer } from './consumer-test.ts'
import type { PostgresCredential } from './credential.ts'
import type { Endpoint } from './endpoint.ts'
import { type Endpoints, endpointsOf, refuseForeignHost } from './endpoints.ts'
import type { Invocation } from './invocation.ts'
import { workUnderLock } from './locked-change.ts'
import { pairQuestion } from './pair.ts'
import { putBack } from './putting-back.ts'
import {
  type PairIdentity,
  pairIn,
  refuseLeaked,
  refuseOtherPair,
  type StampedPair,
  slotOf,
  stampedPairIn,
} from './slot-change.ts'
import { partOf } from './time-left.ts'

type Reinstate = NonNullable<CredentialAdapter<PostgresCredential>['reinstate']>

/**
 * The way back. The admin is the one that `previous` names, since that is what is going to be AWSCURRENT; what is AWSCURRENT now is never logged in with. No
 * lock is held while consumers' logins are tried, so what was found before is asked for again where it is published.
 */
export function reinstating(shared: Invocation): Reinstate {
  const { options, time, admins, identity } = shared
  const { secretId, wish } = identity

  return async (previous, _replaced, fence, publish) => {
    const { username } = previous
    const { endpoint } = await admins.login(previous)
    const known = await endpointsOf(endpoint, options)
    refuseForeignHost(previous, known)
    const question = pairQuestion(secretId, wish, username)
    const reopen = () => admins.open(previous)
    const inSession = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
      const session = await reopen()
      try {
        return await work(session)
      } finally {
        await session.close()
      }
    }

    const before = await inSession(async (session) => {
      const pair = validPair(await readCatalog(session, question), username, fence, identity)
      const from = ['disabling', 'disabled'] as const
      await putBack(shared, session, previous, { before: pair, fence, from, reopen })
      return pair
    })
    await testLogins(shared, previous, known)
    let published = false
    const locked = {
      users: [before.owner.name, before.partnerName],
      question,
      fence,
      allow: (catalog: Catalog) => {
        const pair = validPair(catalog, username, fence, identity)
        refuseOtherPair(pair, before)
        refuseUnlessLive(pair, username, fence, published)
      },
      work: async () => {
        await publish()
        published = true
      },
    }
    await inSession((session) => workUnderLock(session, locked, time, reopen))
  }
}

/** Throws `NO_WAY_BACK`, `LEAKED` and `STAMP_INVALID` unless the slot is recorded with this version as one that works or can be put back. */
function validPair(catalog: Catalog, username: string, fence: Fence, identity: PairIdentity): StampedPair {
  if (pairIn(catalog, username, identity) === undefined)
    throw noWayBack(username, 'the server has no such role')
  const pair = stampedPairIn(catalog, username, identity)
  const holder = pair.stamp.slots.get(username)?.version
  if (holder !== undefined && holder !== fence.versionId)
    throw noWayBack(username, `it holds version ${holder} by now`)
  const { state } = slotOf(pair, username, fence)
  refuseLeaked(username, state)
  if (state === 'retired')
    throw noWayBack(
      username,
      'its slot is recorded as retired, so the next rotation may take it at any moment',
    )
  return pair
}

function noWayBack(username: string, because: string): OverlapError {
  return new OverlapError(
    'NO_WAY_BACK',
    `there is no way back to the credential of ${username}: ${because}. Nothing was changed. Rotate to a new version instead`,
    { detail: { role: username } },
  )
}

/** A retirement was faster. Where that is found out after all was published, consumers meet it until the sweep has put it back. */
function refuseUnlessLive(pair: StampedPair, username: string, fence: Fence, published: boolean): void {
  const { state } = slotOf(pair, username, fence)
  if (state === 'live') return
  throw new OverlapError(
    'LOCK_TIMEOUT',
    `the role ${username} was ${state === 'disabling' ? 'about to be disabled' : state} while its logins were tried; try again`,
    { detail: { role: username, ...(published ? { consumersAffected: true } : {}) } },
  )
}

async function testLogins(
  { options, time, admins, identity }: Invocation,
  previous: PostgresCredential,
  endpoints: Endpoints,
): Promise<void> {
  const { secretId, wish } = identity
  const { username, password, dbname } = previous
  const login = await admins.login(previous)
  // The rest is for publishing.
  const limit = partOf(time, 0.6, options.now)
  const dial = dialer(options.certificates, limit)
  const open = (as: 'pending' | 'current', { host, port }: Endpoint, patienceMs?: number) =>
    dial.open({
      endpoint: { host, port },
      ...(as === 'pending'
        ? { as, username, password, database: dbname }
        : {
            as: 'admin',
            username: login.username,
            password: login.password,
            database: options.lockDatabase,
          }),
      ...(patienceMs === undefined ? {} : { patienceMs }),
    })
  const test = {
    ...{ secretId, wish, pending: previous, endpoints, open, time: limit, note: options.note },
    question: pairQuestion(secretId, wish, username),
    probe: options.tags.get('overlap:probe'),
  }
  await testAsConsumer(test).catch((error) => {
    if (!(error instanceof OverlapError) || error.code !== 'PENDING_REFUSED') throw error
    throw new OverlapError(
      'PENDING_REFUSED',
      `the credential to go back to does not work, so it was not published: ${error.message}`,
      { cause: error.cause, detail: { ...error.detail, role: username } },
    )
  })
}
