import type { Sighting } from '../adapter.ts'
import type { Session } from './connection.ts'
import { endpointName } from './endpoint.ts'
import { pause, type TimeLeft } from './time-left.ts'

// A reader without pg_monitor sees no backend type; such a session counts, since it may be a client's.
const OF_ROLE = `usesysid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
  AND coalesce(backend_type, 'client backend') IN ('client backend', 'walsender')`

/** The sessions of a role on one server, by the role's OID: whoever SET ROLE is keeps the one that logged in. */
export async function sessionsOf(session: Session, role: string): Promise<Sighting[]> {
  const rows = await session.rows<{ application: string | null; address: string | null; since: Date | null }>(
    `SELECT application_name AS application, host(client_addr) AS address, backend_start AS since
     FROM pg_catalog.pg_stat_activity WHERE ${OF_ROLE} ORDER BY backend_start`,
    [role],
  )
  return rows.map(({ application, address, since }) => ({
    endpoint: endpointName(session.endpoint),
    application: application ?? '',
    address: address ?? '',
    since: since?.toISOString() ?? '',
  }))
}

/** Ends them; answers those that are still there at the end. */
export async function endSessions(session: Session, role: string, time: TimeLeft): Promise<Sighting[]> {
  for (let wait = 5; ; wait = Math.min(2 * wait, 200)) {
    const left = await sessionsOf(session, role)
    if (left.length === 0 || time.ms() <= wait) return left
    await session.rows(`SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE ${OF_ROLE}`, [
      role,
    ])
    await pause(wait)
  }
}
