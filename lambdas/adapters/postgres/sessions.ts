import { OverlapError } from '../../rotation/errors.ts'
import { type Sighting, sightingName } from '../adapter.ts'
import type { Session } from './connection.ts'
import { endpointName } from './endpoint.ts'
import { pause, type TimeLeft } from './time-left.ts'

/** Who works for a role on one server. */
export interface Backends {
  /** Sessions of clients, replication included: each of them logged in. */
  readonly sightings: readonly Sighting[]
  /** What works for the role without having logged in, and goes on when its password goes: apply workers of a subscription, jobs of pg_cron. By name. */
  readonly workers: readonly string[]
}

interface Row {
  readonly pid: number
  readonly type: string | null
  readonly application: string | null
  readonly address: string | null
  readonly since: Date | null
  readonly subscription: string | null
}

// By the role's OID: whoever SET ROLE is keeps the one that logged in. A parallel worker is a part of the session that it works for.
const OF_ROLE = `usesysid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
  AND backend_type IS DISTINCT FROM 'parallel worker'`

/** `pid` of each that logged in, beside what is seen of it. */
async function rowsOf(session: Session, role: string) {
  const rows = await session.rows<Row>(
    `SELECT pid, backend_type AS type, application_name AS application, host(client_addr) AS address, backend_start AS since,
       (SELECT subname FROM pg_catalog.pg_stat_subscription s WHERE s.pid = a.pid LIMIT 1) AS subscription
     FROM pg_catalog.pg_stat_activity a WHERE ${OF_ROLE} ORDER BY backend_start`,
    [role],
  )
  return {
    logins: rows.filter(isLogin).map((row) => ({ pid: row.pid, sighting: sightingOf(session, row) })),
    workers: rows.filter((row) => !isLogin(row)).map(workerName),
  }
}

/**
 * Did a client log in for it? A reader without pg_monitor sees no type; such a session counts, since it may be a client's. These two are called so by every release from 14 to
 * 18; what else has a role are background workers, which extensions name as they like (pg_stat_activity: backend_type).
 */
function isLogin({ type }: Row): boolean {
  return type === null || type === 'client backend' || type === 'walsender'
}

function sightingOf(session: Session, { type, application, address, since }: Row): Sighting {
  return {
    endpoint: endpointName(session.endpoint),
    application: nameOf(type, application ?? ''),
    address: address ?? '',
    since: since?.toISOString() ?? '',
  }
}

function workerName({ type, application, subscription }: Row): string {
  return subscription === null ? nameOf(type, application ?? '') : `${type} of subscription ${subscription}`
}

/** What is no ordinary client says so: replication is found elsewhere than a pool. */
function nameOf(type: string | null, application: string): string {
  if (type === null || type === 'client backend') return application
  return application === '' || application === type ? type : `${application} (${type})`
}

/** https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW */
export async function backendsOf(session: Session, role: string): Promise<Backends> {
  const { logins, workers } = await rowsOf(session, role)
  return { sightings: logins.map(({ sighting }) => sighting), workers }
}

/** Ends the sessions that are accepted; answers those that are not, or are still there at the end. Workers are left to work. */
export async function endSessions(
  session: Session,
  role: string,
  accepts: (sighting: Sighting) => boolean,
  time: TimeLeft,
): Promise<Sighting[]> {
  for (let wait = 5; ; wait = Math.min(2 * wait, 200)) {
    const { logins } = await rowsOf(session, role)
    const others = logins.filter(({ sighting }) => !accepts(sighting))
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

/** Throws `STILL_USED`, of the first one, when there is any. */
export function refuseLeft([sighting]: readonly Sighting[]): void {
  if (!sighting) return
  const { application, address, endpoint, since } = sighting
  throw new OverlapError(
    'STILL_USED',
    `the credential is still used at ${endpoint} by ${application || 'a session without a name'} from ${address || 'a local socket'} since ${since}`,
    { detail: { endpoint, application, address, since, sighting: sightingName(sighting) } },
  )
}
