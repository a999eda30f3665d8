import { describe, expect, it } from 'vitest'
import type { Session } from '../../../lambdas/adapters/postgres/connection.ts'
import { backendsOf, endSessions } from '../../../lambdas/adapters/postgres/sessions.ts'

interface Row {
  readonly pid: number
  readonly type: string | null
  readonly application: string
  readonly subscription?: string
}

const forever = { ms: () => 60_000, up: () => false }
const isKnown = ({ application }: { application: string }) => application.startsWith('known')

/** A server that shows these backends, one list after another; whom it was told to end. */
function serverWith(...looks: readonly (readonly Row[])[]) {
  const ended: unknown[] = []
  const shown = [...looks]
  const rows = async (sql: string, values?: readonly unknown[]) => {
    if (sql.includes('pg_terminate_backend')) {
      ended.push(values?.[1])
      return []
    }
    return (shown.shift() ?? []).map((row) => ({
      ...{ subscription: null, ...row },
      ...{ address: null, since: new Date(0) },
    }))
  }
  const session = { endpoint: { host: 'db', port: 5432 }, rows } as unknown as Session
  return { session, ended }
}

const client = (pid: number, application: string): Row => ({ pid, type: 'client backend', application })
const worker = (pid: number, application = ''): Row => ({ pid, type: 'pg_cron', application })

describe('sessions', () => {
  it('are those of clients and of replication, which logged in, and of whoever may be a client', async () => {
    const { session } = serverWith([
      client(1, 'shop'),
      { pid: 2, type: 'walsender', application: 'warehouse' },
      { pid: 3, type: 'walsender', application: '' },
      { pid: 4, type: null, application: '' },
    ])
    const { sightings, workers } = await backendsOf(session, 'app')
    const names = sightings.map(({ application }) => application)
    expect([names, workers]).toEqual([['shop', 'warehouse (walsender)', 'walsender', ''], []])
  })

  it('are not what works in the background, as releases from 14 to 18 and extensions call it', async () => {
    const applying = (pid: number, type: string): Row => ({
      ...{ pid, type, subscription: 'stock' },
      application: type,
    })
    const { session } = serverWith([
      applying(1, 'logical replication worker'),
      applying(2, 'logical replication apply worker'),
      applying(3, 'logical replication tablesync worker'),
      applying(4, 'logical replication parallel worker'),
      worker(5),
      worker(6, 'nightly'),
    ])
    expect(await backendsOf(session, 'app')).toEqual({
      sightings: [],
      workers: [
        'logical replication worker of subscription stock',
        'logical replication apply worker of subscription stock',
        'logical replication tablesync worker of subscription stock',
        'logical replication parallel worker of subscription stock',
        'pg_cron',
        'nightly (pg_cron)',
      ],
    })
  })

  it('that are accepted are ended, and looked for until they are gone', async () => {
    const one = client(1, 'known')
    const { session, ended } = serverWith([one], [one, client(2, 'known too')], [])
    expect(await endSessions(session, 'app', isKnown, forever)).toEqual([])
    expect(ended).toEqual([['1'], ['1', '2']])
  })

  it('are all left alone when one of them is not accepted, whenever it comes', async () => {
    const other = expect.objectContaining({ application: 'other' })
    const first = serverWith([client(1, 'known'), client(2, 'other')])
    expect(await endSessions(first.session, 'app', isKnown, forever)).toEqual([other])
    expect(first.ended).toEqual([])
    const later = serverWith([client(1, 'known')], [client(3, 'other')])
    expect(await endSessions(later.session, 'app', isKnown, forever)).toEqual([other])
    expect(later.ended).toEqual([['1']])
  })

  it('that do not end in time are told of', async () => {
    const { session } = serverWith([client(1, 'known')])
    expect(await endSessions(session, 'app', isKnown, { ms: () => 1, up: () => true })).toHaveLength(1)
  })

  it('of a worker are none: it is left to work, accepted or not', async () => {
    const { session, ended } = serverWith(
      [worker(1, 'known job'), worker(2), client(3, 'known')],
      [worker(2)],
    )
    expect(await endSessions(session, 'app', isKnown, forever)).toEqual([])
    expect(ended).toEqual([['3']])
  })
})
