import type { Sighting } from '../adapter.ts'
import type { Session } from './connection.ts'
import { endpointName } from './endpoint.ts'
import { pause, type TimeLeft } from './time-left.ts'

/** One process of the server that works for a role. */
interface Backend {
  readonly pid: number
  /** Did a client log in for it? Everything else works for the role without its password, and goes on without it. */
  readonly isLogin: boolean
  readonly sighting: Sighting
}

// By the role's OID: whoever SET ROLE is keeps the one that logged in. A parallel worker is a part of the session that it works for.
const OF_ROLE = `usesysid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
  AND backend_type IS DISTINCT FROM 'parallel worker'`

async function backendsOf(session: Session, role: string): Promise<Backend[]> {
  const rows = await session.rows<{
    pid: number
    type: string | null
    application: string | null
    address: string | null
    since: Date | null
  }>(
    `SELECT pid, backend_type AS type, application_name AS application, host(client_addr) AS address, backend_start AS since
     FROM pg_catalog.pg_stat_activity WHERE ${OF_ROLE} ORDER BY backend_start`,
    [role],
  )
  return rows.map(({ pid, type, application, address, since }) => ({
    pid,
    // A reader without pg_monitor sees no type; such a session counts, since it may be a client's.
    isLogin: type === null || type === 'client backend' || type === 'walsender',
    sighting: {
      endpoint: endpointName(session.endpoint),
      application: nameOf(type, application ?? ''),
      address: address ?? '',
      since: since?.toISOString() ?? '',
    },
  }))
}

/** What is no ordinary client says so: a replication slot, or a subscription, is found elsewhere than a pool. */
function nameOf(type: string | null, application: string): string {
  if (type === null || type === 'client backend') return application
  return application === '' || application === type ? type : `${application} (${type})`
}

/**
 * Who works for a role on one server: the sessions of clients, logical replication included, and background workers such as those of a subscription that it owns
 * (https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW).
 */
export async function sessionsOf(session: Session, role: string): Promise<Sighting[]> {
  return (await backendsOf(session, role)).map(({ sighting }) => sighting)
}

/**
 * Ends the sessions that are accepted; answers those that are not, or are still there at the end. A worker that is accepted is left to work: it never needed
 * the password.
 */
export async function endSessions(
  session: Session,
  role: string,
  accepts: (sighting: Sighting) => boolean,
  time: TimeLeft,
): Promise<Sighting[]> {
  for (let wait = 5; ; wait = Math.min(2 * wait, 200)) {
    const backends = await backendsOf(session, role)
    const others = backends.filter(({ sighting }) => !accepts(sighting))
    const logins = backends.filter(({ isLogin }) => isLogin)
    const left = others.length > 0 ? others : logins
    if (others.length > 0 || logins.length === 0 || time.ms() <= wait)
      return left.map(({ sighting }) => sighting)
    await session.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE ${OF_ROLE} AND pid = ANY ($2::int[])`,
      [role, logins.map(({ pid }) => `${pid}`)],
    )
    await pause(wait)
  }
}
