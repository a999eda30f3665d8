import { OverlapError } from '../../rotation/errors.ts'
import type { Session } from './connection.ts'
import { endpointName } from './endpoint.ts'
import { pause, type TimeLeft } from './time-left.ts'

/** How far the primary has written; undefined where it does not say (Aurora has no such position). */
export async function writtenUpTo(primary: Session): Promise<string | undefined> {
  try {
    const [row] = await primary.rows<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn')
    return row?.lsn
  } catch (error) {
    if (
      error instanceof OverlapError &&
      (error.code === 'DATABASE_FAILED' || error.code === 'ADMIN_LACKS_RIGHT')
    )
      return undefined
    throw error
  }
}

/**
 * Waits until a standby has replayed what the primary had written. `unknown` when it does not say how far it is; at once `replayed` for a
 * server that is no standby. Throws `TIME_UP` when it is still behind at the end.
 */
export async function replayed(
  session: Session,
  lsn: string,
  time: TimeLeft,
): Promise<'replayed' | 'unknown'> {
  for (let wait = 10; ; wait = Math.min(2 * wait, 250)) {
    const [row] = await session.rows<{ standby: boolean; behind: string | null }>(
      `SELECT pg_is_in_recovery() AS standby,
        CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn())::text END AS behind`,
      [lsn],
    )
    if (row?.standby === false) return 'replayed'
    if (row?.behind === null || row === undefined) return 'unknown'
    if (Number(row.behind) <= 0) return 'replayed'
    if (time.ms() <= wait)
      throw new OverlapError(
        'TIME_UP',
        `the standby ${endpointName(session.endpoint)} is ${row.behind} bytes behind the primary and has not replayed the change yet. ` +
          'The step is tried again; if it stays behind, look at its replay',
        { detail: { endpoint: endpointName(session.endpoint), behindBytes: Number(row.behind) } },
      )
    await pause(wait)
  }
}
