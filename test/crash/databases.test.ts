import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHOP } from '../../sandbox/shop.ts'
import { type Fate, type Lane, startLane } from './lane.ts'
import { type Rig, startRig } from './rig.ts'
import { createSecret, rotatedSecret } from './rotated-secret.ts'
import { type Subject, startSubject } from './subject.ts'

const OTHER = 'warehouse'

let rig: Rig
const lanes: Lane[] = []
beforeAll(async () => {
  rig = await startRig()
  await rig.postgres.query(`CREATE DATABASE ${OTHER}`)
})
afterAll(async () => {
  await rig?.close()
  await Promise.all(lanes.map((lane) => lane.close()))
})

async function lane(timeoutSeconds: number): Promise<Lane> {
  const one = await startLane(rig, { timeoutSeconds })
  lanes.push(one)
  return one
}

/** At the labels that setSecret reads under its lock, of a rotation that begins now. */
function underLock(act: () => Promise<void>) {
  let describes = 0
  return async ({ name }: { readonly name: string }): Promise<Fate> => {
    if (name === 'DescribeSecret') describes += 1
    if (name === 'DescribeSecret' && describes === 3) await act()
    return 'pass'
  }
}

interface AdvisoryLock {
  readonly database: string
  readonly classid: number
  readonly objid: number
  readonly granted: boolean
}

const advisoryLocks = () =>
  rig.postgres.query<AdvisoryLock & Record<string, unknown>>(
    `SELECT d.datname AS database, l.classid::int8::int AS classid, (l.objid::int8 << 32 >> 32)::int AS objid, l.granted
     FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' ORDER BY l.granted DESC`,
  )

/** Would a session in that database be given the lock now? */
async function isFree({ classid, objid }: AdvisoryLock, database: string): Promise<boolean> {
  const [row] = await rig.postgres.query<{ free: boolean }>(
    'SELECT pg_try_advisory_lock($1::int, $2::int) AS free',
    [classid, objid],
    { database },
  )
  return row?.free === true
}

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error('waited in vain')
    await sleep(20)
  }
}

describe('the lock', () => {
  it.each([SHOP, OTHER])(
    'of a secret for the database %s is taken in the one lock database; in its own, where nobody would look, the same key is free',
    async (dbname) => {
      const { arm, disarm, functions, server } = await lane(30)
      const subject = await startSubject(rig, { functions, server, value: { dbname } })
      const seen: { lock: AdvisoryLock; free: Record<string, boolean> }[] = []
      arm(
        underLock(async () => {
          for (const lock of await advisoryLocks())
            seen.push({
              lock,
              free: { postgres: await isFree(lock, 'postgres'), [dbname]: await isFree(lock, dbname) },
            })
        }),
      )
      expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
      disarm()
      // One for each user of the pair.
      expect(seen).toHaveLength(2)
      for (const { lock, free } of seen) {
        expect(lock).toMatchObject({ database: 'postgres', granted: true })
        expect(free).toEqual({ postgres: false, [dbname]: true })
      }
    },
  )

  it('lets one delivery of a step in at a time', async () => {
    const { arm, disarm, functions, server } = await lane(30)
    const subject = await startSubject(rig, { functions, server })
    const first = rig.desert(subject.secretId, 'setSecret')
    const second: ReturnType<Subject['deliver']>[] = []
    let waiting: AdvisoryLock | undefined
    arm(
      underLock(async () => {
        const { token } = await given
        second.push(subject.deliver('setSecret', token))
        waiting = await eventually(async () => (await advisoryLocks()).find(({ granted }) => !granted))
      }),
    )
    // The service gives up at once what it believes lost.
    const given = subject.rotate()
    const { token } = await given
    expect(await first).toEqual({ ok: true, payload: null })
    disarm()
    expect(waiting).toMatchObject({ database: 'postgres' })
    expect(await Promise.all(second)).toEqual([{ ok: true, payload: null }])
    expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded', token })
    await subject.expectUsable()
  })
})

it('two users of one server, each with its own database, are rotated at the same time', async () => {
  const subjects = await Promise.all([SHOP, OTHER].map((dbname) => startSubject(rig, { value: { dbname } })))
  for (const round of [1, 2, 3]) {
    const draining = (await Promise.all(subjects.map((one) => one.labels()))).map((labels) =>
      labels.get('DRAINING'),
    )
    if (round > 1) await Promise.all(subjects.map((one, at) => one.retire(draining[at] ?? '')))
    for (const record of await Promise.all(subjects.map((one) => one.rotate())))
      expect(record).toMatchObject({ outcome: 'succeeded' })
    for (const one of subjects) await one.expectUsable()
  }
})

it('a user that another secret rotates is refused, whatever database that secret names', async () => {
  const subject = await startSubject(rig)
  const first = await subject.current()
  const value = { ...(await subject.value(first)) }
  const second = await createSecret(rig.client, `${subject.username}/again`, { ...value, dbname: OTHER })
  await subject.rotate()
  const slots = await subject.slots()
  const record = await rotatedSecret(rig, second, rig.functions).rotate()
  expect(record).toMatchObject({ failedStep: 'createSecret', errorType: 'STAMP_INVALID' })
  expect(record.errorMessage).toContain(subject.secretId)
  expect(await subject.slots()).toEqual(slots)
  await subject.expectUsable(first)
})

describe('many writers at once', () => {
  /** What the server says of two transactions that change one role's row. */
  const RACE = 'tuple concurrently updated'

  it('the server tells of a race when nothing keeps them apart', async () => {
    const { username } = await startSubject(rig)
    const logged = (await rig.postgres.logs()).length
    const change = `ALTER ROLE ${username} CONNECTION LIMIT 9`
    const held = rig.postgres.query(`BEGIN; ${change}; SELECT pg_sleep(0.3); COMMIT`)
    await eventually(async () => {
      const rows = await rig.postgres.query(
        `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%${username}%' AND pid <> pg_backend_pid()`,
      )
      return rows.length > 0 ? true : undefined
    })
    await expect(rig.postgres.query(change)).rejects.toMatchObject({ code: 'XX000' })
    await held
    expect((await rig.postgres.logs()).slice(logged)).toContain(RACE)
  })

  it('none is told of when many users are rotated, every step of each delivered several times', async () => {
    const logged = (await rig.postgres.logs()).length
    const subjects = await Promise.all(Array.from({ length: 4 }, () => startSubject(rig)))
    await Promise.all(
      subjects.map(async (subject) => {
        const deserted = rig.desert(subject.secretId, 'setSecret')
        const { token } = await subject.rotate()
        const outcomes = await Promise.all([
          deserted,
          subject.deliver('setSecret', token),
          subject.deliver('setSecret', token),
        ])
        expect(outcomes).toEqual(Array(3).fill({ ok: true, payload: null }))
        expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded', token })
        await subject.expectUsable()
      }),
    )
    expect((await rig.postgres.logs()).slice(logged)).not.toContain(RACE)
  })
})
