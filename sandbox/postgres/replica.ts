import { setTimeout as sleep } from 'node:timers/promises'
import type { Query } from './connection.ts'

/** A streaming replica of the primary. */
export interface Replica {
  readonly host: string
  readonly port: number
  readonly pid: number
  /** As the superuser, on the replica. */
  readonly query: Query
  /** Stops applying what the primary sends; resolves when it has stopped. */
  pauseReplay(): Promise<void>
  resumeReplay(): Promise<void>
  /** Resolves when everything that the primary had written at the time of the call is visible here. */
  caughtUp(): Promise<void>
  /** Makes it a primary of its own; resolves when it accepts writes. */
  promote(): Promise<void>
}

const patienceMs = 30_000

export function replicaAt(
  endpoint: { readonly host: string; readonly port: number; readonly pid: number; readonly query: Query },
  primary: Query,
): Replica {
  const { query } = endpoint
  return {
    ...endpoint,
    pauseReplay: async () => {
      await query('SELECT pg_wal_replay_pause()')
      await until('the replica pauses', () =>
        holds(query, "SELECT pg_get_wal_replay_pause_state() = 'paused'"),
      )
    },
    resumeReplay: async () => {
      await query('SELECT pg_wal_replay_resume()')
    },
    caughtUp: async () => {
      const [row] = await primary<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn')
      // Asked of the primary: a new replica does not know the superuser's password yet.
      const applied = 'SELECT bool_or(replay_lsn >= $1::pg_lsn) FROM pg_stat_replication WHERE state = $2'
      await until('the replica catches up', () => holds(primary, applied, [row?.lsn, 'streaming']))
    },
    promote: async () => {
      await query('SELECT pg_promote(true, 30)')
      await until('the replica is promoted', () => holds(query, 'SELECT NOT pg_is_in_recovery()'))
    },
  }
}

async function holds(query: Query, sql: string, values?: readonly unknown[]): Promise<boolean> {
  const [row] = await query(sql, values)
  return Object.values(row ?? {})[0] === true
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms until ${what}`)
    await sleep(10)
  }
}
