import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Calendar, shortTime } from '../../sandbox/demo/calendar.ts'
import { type Credential, secretReader } from '../../sandbox/demo/secret-reader.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from './program.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const HOUR = 3_600_000
const DAY = 24 * HOUR

let sandbox: Sandbox
let calendar: Calendar

beforeAll(async () => {
  // The Saturday before clocks are put forward in Berlin.
  sandbox = await startSandbox({ startAt: Date.UTC(2027, 2, 27, 12) })
  calendar = new Calendar(sandbox)
})

afterAll(() => sandbox.stop())

const current = () => secretReader(sandbox.client, sandbox.secret)()

/** Logs in over TLS, where every certificate has the dates of real time; on the primary, or on the replica. */
async function login({ username: user, password }: Credential, where: 'primary' | 'replica' = 'primary') {
  const { query } = where === 'primary' ? sandbox.postgres : (sandbox.postgres.replica ?? sandbox.postgres)
  return query('SELECT 1', [], { user, password, database: sandbox.database }).then(
    () => 'accepted',
    (error: { readonly code?: string }) => error.code,
  )
}

async function labels(): Promise<readonly string[]> {
  const { VersionIdsToStages } = await sandbox.client.send(
    new DescribeSecretCommand({ SecretId: sandbox.secret }),
  )
  return Object.values(VersionIdsToStages ?? {})
    .flat()
    .toSorted()
}

/** What leads to a rotation; resolves when it is over, with the new credential and when it began. */
async function rotated(before: Credential, cause: () => Promise<void>) {
  await cause()
  const after = await eventually('a new version', async () => {
    const found = await current()
    return found.versionId !== before.versionId && found
  })
  await sandbox.secretsManager.idle(sandbox.secret)
  const began = sandbox.secretsManager
    .rotations(sandbox.secret)
    .find(({ token }) => token === after.versionId)
  return { after, began: shortTime(began?.startedAt ?? 0, 'UTC') }
}

const MINUTE = 60_000

/** Not by logging in: whoever does that is using it, and the server's log tells. */
async function works({ username }: Credential): Promise<boolean> {
  const [role] = await sandbox.postgres.query<{ works: boolean }>(
    'SELECT rolpassword IS NOT NULL AS works FROM pg_authid WHERE rolname = $1',
    [username],
  )
  return role?.works === true
}

/** The tag keeps what it says of a version that is retired. */
async function isRolledOut({ versionId }: Credential): Promise<boolean> {
  const { Tags = [] } = await sandbox.client.send(new DescribeSecretCommand({ SecretId: sandbox.secret }))
  const { Value: state = '' } = Tags.find(({ Key }) => Key === 'overlap:state') ?? {}
  return state.includes(`draining=${versionId} `) && state.includes(' rolled=')
}

/** Passes as they come every five minutes, until every consumer is there. */
async function rolledOut(old: Credential): Promise<void> {
  await eventually('every consumer to be on the new version', async () => {
    if (await isRolledOut(old)) return true
    await calendar.toNextPass()
    await sandbox.settled()
    return false
  })
}

/** Then a day in which nothing is disabled, the pass that disables, two days in which the slot is not given away, and the pass that does. */
async function drained(old: Credential): Promise<void> {
  await rolledOut(old)
  await calendar.pass(23 * HOUR)
  await sandbox.settled()
  expect(await works(old)).toBe(true)
  await calendar.pass(HOUR + 5 * MINUTE)
  await eventually('its being disabled', async () => !(await works(old)))
  await sandbox.settled()
  expect(await labels()).toEqual(['AWSCURRENT', 'AWSPREVIOUS', 'DRAINING'])
  await calendar.pass(47 * HOUR)
  await sandbox.settled()
  expect(await labels()).toEqual(['AWSCURRENT', 'AWSPREVIOUS', 'DRAINING'])
  await calendar.pass(HOUR + 5 * MINUTE)
  await eventually('the end of its quarantine', async () => !(await labels()).includes('DRAINING'))
  await sandbox.settled()
  expect(await labels()).toEqual(['AWSCURRENT', 'AWSPREVIOUS'])
  expect(await login(old)).toBe('28P01')
}

describe('a secret in production', () => {
  it('is rotated on Sunday at three local time, drains for a day and is retired after two more', async () => {
    const before = await current()
    const { after, began } = await rotated(before, () => calendar.toSunday())

    expect(began).toBe('Sun 28 Mar 01:00')
    expect([await login(before), await login(after), await login(after, 'replica')]).toEqual(
      Array.from({ length: 3 }, () => 'accepted'),
    )
    await drained(before)
    expect(await login(after)).toBe('accepted')
  })

  it('is rotated by the next pass when the scheduler missed its Sunday', async () => {
    const before = await current()
    await calendar.pass(2 * DAY)
    sandbox.scheduler.suspend()
    await calendar.pass(3 * DAY)
    await sandbox.settled()
    expect((await current()).versionId).toBe(before.versionId)

    sandbox.scheduler.resume()
    const { began } = await rotated(before, () => calendar.toNextPass())

    expect(began).toMatch(/^Mon 05 Apr 01:/)
    await drained(before)
  })

  it('is rotated and retired as ever when months have gone by, for which neither PostgreSQL nor its certificates care', async () => {
    const tuesday = Date.UTC(2027, 9, 19, 10)
    const before = await current()
    // What the jump itself leads to: the runs of all these Sundays are one.
    await rotated(before, () => calendar.to(tuesday))
    await drained(before)

    const between = await current()
    const { after, began } = await rotated(between, () => calendar.toSunday())

    expect(began).toBe('Sun 24 Oct 01:00')
    expect([await login(after), await login(after, 'replica')]).toEqual(['accepted', 'accepted'])
    await drained(between)
  })
})

describe('the alarm on silence', () => {
  const alarm = () =>
    sandbox.cloudwatch.alarms().find(({ definition }) => definition.name === 'overlap-sweep-silent')?.status
      .state
  const told = () =>
    sandbox.notifications
      .messages()
      .filter(({ subject }) => subject?.includes('"overlap-sweep-silent"'))
      .map(({ subject = '', topicArn }) => [subject.split(':')[0], /Ticket/.test(topicArn)])
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute++) await calendar.pass(60_000)
    await sandbox.settled()
  }

  it('has slept through every jump of the clock', () => {
    expect(alarm()).toBe('OK')
    // In the second test the scheduler was away for days that nobody lived through.
    expect(told()).toEqual([['OK', true]])
  })

  it('rings on the ticket topic when no pass comes for a quarter of an hour, and is over when one comes again', async () => {
    sandbox.scheduler.suspend()
    await minutes(30)
    expect(alarm()).toBe('ALARM')

    sandbox.scheduler.resume()
    await minutes(10)
    expect(alarm()).toBe('OK')
    expect(told()).toEqual([
      ['OK', true],
      ['ALARM', true],
      ['OK', true],
    ])
  })
})
