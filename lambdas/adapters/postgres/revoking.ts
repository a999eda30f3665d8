import { OverlapError } from '../../rotation/errors.ts'
import type { Fence } from '../adapter.ts'
import { readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { logInAsCurrent } from './current-login.ts'
import type { Endpoint } from './endpoint.ts'
import { endpointsOf, refuseForeignHost, refuseUnclear, whatAnswers } from './endpoints.ts'
import type { Invocation } from './invocation.ts'
import { pairQuestion } from './pair.ts'
import { identifier } from './quoting.ts'
import { endSessions, refuseLeft } from './sessions.ts'
import { changeSlot, pairIn, stampedPairIn } from './slot-change.ts'
import type { SlotState } from './stamp.ts'
import { replayed, writtenUpTo } from './standby.ts'
import { inTime, partOf, type TimeLeft } from './time-left.ts'

const everyState: readonly SlotState[] = ['live', 'disabling', 'disabled', 'retired', 'leaked']

/**
 * Takes a credential that leaked out of use. Where the admin logs in comes first and needs nobody else: the password goes, and so do the sessions there. Only then is asked
 * where else there may be some, and whether AWSCURRENT works: neither an RDS that does not answer, nor an endpoint that is down or behind, nor a dead AWSCURRENT keeps
 * anybody in. Every endpoint is tried, whatever becomes of the others; what went wrong is thrown at the end.
 */
export function revoking({ options, time, admins, identity }: Invocation) {
  return async (
    credential: PostgresCredential,
    { current, fence }: { readonly current: PostgresCredential; readonly fence: Fence },
  ): Promise<void> => {
    const { username } = credential
    const known = async () => endpointsOf((await admins.login(current)).endpoint, options)
    const limited = (fraction: number) => {
      const limit = partOf(time, fraction, options.now)
      return { limit, dial: dialer(options.certificates, limit) }
    }

    const { limit, dial } = limited(0.5)
    await inTime(limit, 'the admin secret could not be read', () => admins.login(current))
    const primary = await admins.open(current, undefined, dial)
    const failures: unknown[] = []
    const collect = (error: unknown): undefined => void failures.push(error)
    try {
      await takePassword(primary, limit)
      await endAll(primary, limited(0.3).limit).catch(collect)
      const lsn = await writtenUpTo(primary).catch(collect)
      failures.push(...(await endElsewhere(primary.endpoint, lsn)))
    } finally {
      await primary.close()
    }
    await logIn().catch(refuseDeadCurrent)
    if (failures.length > 0) throw failures[0]

    async function takePassword(session: Session, limit: TimeLeft): Promise<void> {
      const catalog = await readCatalog(session, pairQuestion(identity.secretId, identity.wish, username))
      if (pairIn(catalog, username, identity) === undefined) refuseForeignHost(credential, await known())
      const check = () => inTime(limit, 'the labels could not be read again', () => fence.check())
      await changeSlot(
        session,
        identity,
        {
          ...{ before: stampedPairIn(catalog, username, identity), username, fence: { ...fence, check } },
          ...{
            from: everyState,
            to: 'leaked',
            statement: `ALTER ROLE ${identifier(username)} PASSWORD NULL`,
          },
        },
        limit,
        () => admins.open(current),
      )
    }

    function endAll(session: Session, limit: TimeLeft): Promise<void> {
      return endSessions(session, username, () => true, limit).then(refuseLeft)
    }

    async function endElsewhere(primary: Endpoint, lsn: string | undefined): Promise<unknown[]> {
      const { limit, dial } = limited(0.7)
      try {
        const endpoints = await inTime(limit, 'what belongs to the server could not be found out', known)
        const ended = await Promise.allSettled([
          ...whatAnswers({ ...endpoints, primary })
            .slice(1)
            .map((endpoint) => endAt(endpoint)),
          (async () => refuseUnclear(endpoints))(),
        ])
        return ended.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      } catch (error) {
        return [error]
      }

      async function endAt(endpoint: Endpoint): Promise<void> {
        const session = await admins.open(current, endpoint, dial)
        try {
          // At once, though whoever is quick may come back until the change is replayed.
          await endSessions(session, username, () => true, partOf(limit, 0.3, options.now))
          if (lsn !== undefined) await replayed(session, lsn, limit)
          await endAll(session, limit)
        } finally {
          await session.close()
        }
      }
    }

    async function logIn(): Promise<void> {
      const { endpoint } = await admins.login(current)
      await (await logInAsCurrent(dialer(options.certificates, time), current, endpoint)).close()
    }

    /** What leaked is out of use, and nobody puts it back; whether anything else works is for a person to know at once. */
    function refuseDeadCurrent(error: unknown): void {
      if (!(error instanceof OverlapError)) throw error
      if (error.code === 'CURRENT_REFUSED')
        throw new OverlapError(
          'CURRENT_REFUSED',
          `the leaked credential of ${username} is out of use, as was asked, and AWSCURRENT does not work either: nobody can log in with this secret. ` +
            `Rotate it, or repair it: ${error.message}`,
          { cause: error.cause, detail: { consumersAffected: true } },
        )
      options.note('the leaked credential is out of use; whether AWSCURRENT works is not known', {
        user: username,
        reason: error.code,
      })
    }
  }
}
