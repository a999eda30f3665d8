import { OverlapError } from '../../rotation/errors.ts'
import { tagFlag } from '../../rotation/policy.ts'
import type { CredentialAdapter } from '../adapter.ts'
import { type Catalog, readCatalog } from './catalog.ts'
import { foreseeConsumerTest, testAsConsumer } from './consumer-test.ts'
import {
  carriedFields,
  type PostgresCredential,
  parseCredential,
  refuseCopiedPassword,
  serializeCredential,
  targetOf,
} from './credential.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { consumerEndpoints, endpointsOf, refuseForeignHost, refuseProxy } from './endpoints.ts'
import { invocation } from './invocation.ts'
import { changeUnderLock } from './locked-change.ts'
import { newUser } from './new-user.ts'
import type { PostgresOptions } from './options.ts'
import { otherUser, type Pair, pairOf, pairQuestion, refuseHeldSlot } from './pair.ts'
import { partnerStatements } from './partner-role.ts'
import { identifier, literal } from './quoting.ts'
import { randomPassword } from './random-password.ts'
import { reinstating } from './reinstating.ts'
import { pairRecord } from './repaired-pair.ts'
import { repairing } from './repairing.ts'
import { SALT_BYTES, scramVerifier } from './scram-verifier.ts'
import { type Slot, writeStamp } from './stamp.ts'
import { refuseAdminWithoutRights, refuseStandby, refuseUnsuitableUser } from './suitability.ts'

/**
 * The existing user owns everything; its partner is a member of it and logs in as it. One of the two is current, the other takes the next
 * version, and the replaced one stays valid until it is retired.
 */
export function alternatingUsers(options: PostgresOptions): CredentialAdapter<PostgresCredential> {
  const shared = invocation(options)
  const { time, dial, admins } = shared
  const { wish } = shared.identity
  const md5 = tagFlag(options.tags, 'overlap:allow-scram')
  const { unlessMissing, provision } = newUser(options, dial, time)

  const question = (username: string, adminName?: string) =>
    pairQuestion(options.secretId, wish, username, adminName)

  /** Everything that must hold before the other user may take a version. */
  const nextPair = (catalog: Catalog, username: string, adminName: string, versionId: string): Pair => {
    refuseStandby(catalog)
    const pair = pairOf(catalog, username, options.secretId, wish)
    for (const role of [pair.owner, ...(pair.partner ? [pair.partner] : [])])
      refuseUnsuitableUser(role, adminName)
    const pendingUser = otherUser(pair, username)
    refuseAdminWithoutRights(catalog, pair, pendingUser, adminName)
    refuseHeldSlot(pair, pendingUser, versionId)
    return pair
  }

  const openAs = (
    as: 'current' | 'pending',
    credential: PostgresCredential,
    endpoint: Endpoint,
    patienceMs?: number,
  ) =>
    dial.open({
      as,
      endpoint,
      database: credential.dbname,
      username: credential.username,
      password: credential.password,
      md5: as === 'current' && md5,
      ...(patienceMs === undefined ? {} : { patienceMs }),
    })

  const rightsTest = (username: string) => ({
    secretId: options.secretId,
    question: question(username),
    wish,
    probe: options.tags.get('overlap:probe'),
    time,
  })

  return {
    kind: 'postgres',
    overlap: true,
    parse: parseCredential,
    serialize: serializeCredential,
    carried: carriedFields,
    target: targetOf,
    principal: (credential) => credential.username,
    provision,
    reinstate: reinstating(shared),
    repair: repairing(shared, pairRecord(shared.identity)),

    async preflight(current, waiting) {
      refuseProxy(current)
      refuseCopiedPassword(current)
      const login = await admins.login(current)
      const endpoints = await endpointsOf(login.endpoint, options)
      refuseForeignHost(current, endpoints)
      const session = await admins.open(current)
      try {
        const catalog = await readCatalog(session, question(current.username, login.username))
        // No rotation has this version id: where none waits, a slot that is held by any version is reported.
        const versionId = waiting?.versionId ?? ''
        const pair = await unlessMissing(current, async () =>
          nextPair(catalog, current.username, login.username, versionId),
        )
        if (waiting) refuseOtherTarget(waiting.credential, current, pair)
      } finally {
        await session.close()
      }
      for (const { endpoint, required, patienceMs } of consumerEndpoints(current, endpoints))
        try {
          const consumer = await openAs('current', current, endpoint, patienceMs)
          try {
            if (endpoint.host === login.endpoint.host && endpoint.port === login.endpoint.port)
              await foreseeConsumerTest(rightsTest(current.username), consumer, current)
          } finally {
            await consumer.close()
          }
        } catch (error) {
          if (required || !(error instanceof OverlapError) || error.code !== 'UNREACHABLE') throw error
          options.note('endpoint untested', { endpoint: endpointName(endpoint) })
        }
    },

    async create(current, { versionId }) {
      refuseProxy(current)
      refuseCopiedPassword(current)
      const login = await admins.login(current)
      refuseForeignHost(current, await endpointsOf(login.endpoint, options))
      const session = await unlessMissing(current, () => openAs('current', current, login.endpoint))
      try {
        const catalog = await readCatalog(session, question(current.username, login.username))
        const pair = nextPair(catalog, current.username, login.username, versionId)
        return {
          ...current,
          username: otherUser(pair, current.username),
          password: randomPassword(options.randomBytes),
        }
      } finally {
        await session.close()
      }
    },

    async set(pending, current, fence) {
      const login = await admins.login(current)
      // Computed while the connection is made: the two take about as long.
      const computed = scramVerifier(pending.password, options.randomBytes(SALT_BYTES))
      dial.conceal(pending.password)
      dial.conceal(current.password)
      const asked = question(current.username, login.username)
      const slotsAfter = ({ stamp }: Pair): Map<string, Slot> => {
        const held = stamp?.slots.get(current.username)
        // Whoever made it work again: what is on record as leaked is retired like nothing else, and never put back.
        const leaked = held?.state === 'leaked' && held.version === fence.currentVersionId
        return new Map<string, Slot>([
          [current.username, { version: fence.currentVersionId, state: leaked ? 'leaked' : 'live' }],
          [pending.username, { version: fence.versionId, state: 'live' }],
        ])
      }
      const session = await admins.open(current)
      try {
        const verifier = await computed
        dial.conceal(verifier)
        await changeUnderLock(
          session,
          {
            users: [current.username, pending.username],
            question: asked,
            fence,
            decide: (catalog) => {
              const pair = nextPair(catalog, current.username, login.username, fence.versionId)
              refuseOtherTarget(pending, current, pair)
              const toPartner = pending.username === pair.partnerName
              return [
                ...(toPartner ? partnerStatements(catalog, pair) : []),
                `COMMENT ON ROLE ${identifier(pair.partnerName)} IS ${literal(
                  writeStamp({
                    secret: options.secretId,
                    owner: pair.owner.name,
                    ownerOid: pair.owner.oid,
                    slots: slotsAfter(pair),
                  }),
                )}`,
                // Last, so that nothing accepts the credential before it has its rights.
                `ALTER ROLE ${identifier(pending.username)} LOGIN PASSWORD ${literal(verifier)}`,
              ]
            },
            applied: (catalog) => {
              const slot = pairOf(catalog, current.username, options.secretId, wish).stamp?.slots.get(
                pending.username,
              )
              return slot?.version === fence.versionId && slot.state === 'live'
            },
          },
          time,
          () => admins.open(current),
        )
      } finally {
        await session.close()
      }
    },

    async test(pending, current) {
      refuseProxy(pending)
      dial.conceal(current.password)
      const login = await admins.login(pending)
      const endpoints = await endpointsOf(login.endpoint, options)
      refuseForeignHost(pending, endpoints)
      await testAsConsumer({
        ...rightsTest(pending.username),
        pending,
        endpoints,
        open: (as, endpoint, patienceMs) =>
          openAs(as, as === 'pending' ? pending : current, endpoint, patienceMs),
        note: options.note,
      })
    },
  }
}

/** Throws `TARGET_CHANGED`: a rotation changes the user and the password, nothing else. */
function refuseOtherTarget(pending: PostgresCredential, current: PostgresCredential, pair: Pair): void {
  const expected = otherUser(pair, current.username)
  const changed =
    targetOf(pending) !== targetOf(current)
      ? `leads to ${targetOf(pending)}, the current one to ${targetOf(current)}`
      : pending.masterarn !== current.masterarn
        ? 'names another admin secret than the current one'
        : pending.username !== expected
          ? `names the user ${pending.username} where ${expected} is next`
          : undefined
  if (changed !== undefined) throw new OverlapError('TARGET_CHANGED', `the pending value ${changed}`)
}
