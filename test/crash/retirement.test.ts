import { UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHOP } from '../../sandbox/shop.ts'
import { type Fate, type Lane, startLane } from './lane.ts'
import { atEvery, type Fault, faults, lanesFor, momentsOf, withFault } from './moments.ts'
import { type Rig, startRig } from './rig.ts'
import type { Value } from './rotated-secret.ts'
import { type Subject, startSubject } from './subject.ts'

let rig: Rig
let moments: readonly string[]
const lanes = new Map<Fault, readonly Lane[]>()
beforeAll(async () => {
  rig = await startRig()
  // Several stages share the time, and each leaves enough to put the credential back.
  for (const fault of faults) lanes.set(fault, await lanesFor(rig, fault, 14))
  const lane = await startLane(rig, { timeoutSeconds: 30 })
  const { subject, replaced } = await rotated(lane)
  moments = await momentsOf(lane, () => subject.retire(replaced))
  await lane.close()
})
afterAll(async () => {
  await rig?.close()
  await Promise.all([...lanes.values()].flat().map((lane) => lane.close()))
})

/** Subjects that a retirement left with the next version draining, by the lane to which they lead. */
const left = new Map<Lane, Subject[]>()

/** A subject one of whose versions drains, and of which the lane's functions know nothing: they may only know others, or be new. */
async function rotated(lane: Lane): Promise<{ subject: Subject; replaced: string; value: Value }> {
  const subject = left.get(lane)?.pop() ?? (await startSubject(rig, lane))
  if (!(await subject.labels()).has('DRAINING')) await subject.rotate(rig.functions)
  const replaced = (await subject.labels()).get('DRAINING') ?? ''
  return { subject, replaced, value: await subject.value(replaced) }
}

const codeOf = (error: unknown): string => (error instanceof Error ? error.name : String(error))

async function hasPassword(username: string): Promise<boolean> {
  const [role] = await rig.query<{ has: boolean }>(
    'SELECT rolpassword IS NOT NULL AS has FROM pg_authid WHERE rolname = $1',
    [username],
  )
  return role?.has === true
}

const stateOf = async (subject: Subject, username: string) => (await subject.slots())[username]

/** What drains either works in full, or has no password and a record that says why. The state of its slot. */
async function expectWorkingOrOnRecord(subject: Subject, replaced: string, value: Value): Promise<string> {
  await subject.use(await subject.value(await subject.current()))
  const slot = await stateOf(subject, value.username)
  expect(slot?.version).toBe(replaced)
  if (slot?.state === 'live') await subject.use(value)
  else expect(await hasPassword(value.username), `a role that is ${slot?.state} has a password`).toBe(false)
  return slot?.state ?? 'without a record'
}

async function oneCase(lane: Lane, fault: Fault, at: number): Promise<void> {
  const { subject, replaced, value } = await rotated(lane)
  let failure: string | undefined
  await withFault(lane, { fault, at }, () =>
    subject.retire(replaced).catch((error) => {
      failure = codeOf(error)
    }),
  )

  // At once: a function that lives has decided, or has put it back.
  const state = await expectWorkingOrOnRecord(subject, replaced, value)
  const died = fault === 'killed before' || fault === 'killed after'
  const settled = ['live', 'disabled', 'retired']
  expect(died ? [...settled, 'disabling'] : settled).toContain(state)
  if (failure === undefined) expect(state).toBe('retired')
  if (fault === 'hang' && failure !== undefined)
    expect(failure, 'a hang is reported in words, before the function is killed').toMatch(/^[A-Z_]+$/)

  // And then: asked again, it ends where a retirement without a fault ends.
  if ((await subject.labels()).has('DRAINING')) await subject.retire(replaced, rig.functions)
  expect((await subject.labels()).has('DRAINING')).toBe(false)
  expect(await stateOf(subject, value.username)).toEqual({ version: replaced, state: 'retired' })
  expect(await hasPassword(value.username)).toBe(false)
  expect(await subject.rotate(rig.functions)).toMatchObject({ outcome: 'succeeded' })
  expect((await subject.value(await subject.current())).username).toBe(value.username)
  await subject.expectUsable()
  // A function that lives on would not read the admin secret of this subject again.
  if (died) left.set(lane, [...(left.get(lane) ?? []), subject])
}

describe('a retirement, at every call to Secrets Manager and every message to PostgreSQL', () => {
  it('has moments of both kinds', () => {
    expect(moments).toContain('UpdateSecretVersionStage')
    expect(moments.some((moment) => moment.includes('PASSWORD NULL'))).toBe(true)
    expect(moments.filter((moment) => moment.includes('COMMENT ON ROLE'))).toHaveLength(3)
  })

  it.each(faults)(
    '%s: either it works or it is on record as disabled, and asking again completes it',
    async (fault) => {
      const run = (lane: Lane, at: number) => oneCase(lane, fault, at)
      expect(await atEvery(lanes.get(fault) ?? [], moments, run)).toEqual([])
    },
    120_000,
  )
})

/** As `atEvery`, without those that come before the change: they leave what no retirement leaves. */
function atChange(lanesOfFault: readonly Lane[], run: (lane: Lane, at: number) => Promise<void>) {
  const before = moments.findIndex((moment) => moment.includes('PASSWORD NULL')) - 1
  return atEvery(lanesOfFault, moments.slice(before), (lane, at) => run(lane, before + at))
}

/** A consumer's connection with the value, or undefined when it is refused. */
async function login({ username, password }: Value): Promise<pg.Client | undefined> {
  const { host, port, ca } = rig.postgres
  const client = new pg.Client({ host, port, database: SHOP, user: username, password, ssl: { ca } })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    if ((error as { code?: unknown }).code === '28P01') return undefined
    throw error
  }
}

it.each([
  { what: 'goes on', dies: false },
  { what: 'dies with the next call', dies: true },
])(
  'a consumer that logs in at any moment of a retirement that $what keeps its connection and can come back, or is refused',
  async ({ dies }) => {
    const outcomes = new Set<string>()
    const visit = async (lane: Lane, at: number) => {
      const { subject, replaced, value } = await rotated(lane)
      let consumer: pg.Client | undefined
      lane.arm(async (moment): Promise<Fate> => {
        if (moment.at === at) consumer = await login(value)
        return dies && moment.at === at + 1 ? 'killed before' : 'pass'
      })
      let outcome = await subject.retire(replaced).then(() => 'retired', codeOf)
      lane.disarm()
      const state = await expectWorkingOrOnRecord(subject, replaced, value)
      outcomes.add(`${consumer ? 'let in' : 'refused'}, ${state}`)
      if (!consumer) {
        if (!dies) expect(outcome).toBe('retired')
        return
      }
      // Whoever was let in is seen, by this retirement or by the next.
      expect(['live', 'disabling']).toContain(state)
      if (outcome !== 'STILL_USED') outcome = await subject.retire(replaced).then(() => 'retired', codeOf)
      expect(outcome).toBe('STILL_USED')
      await consumer.query('SELECT count(*) FROM pg_class')
      await consumer.end()
      await subject.use(value)
      expect(await stateOf(subject, value.username)).toEqual({ version: replaced, state: 'live' })
      expect((await subject.labels()).get('DRAINING')).toBe(replaced)
      await subject.retire(replaced)
    }
    const visited = lanes.get('killed before') ?? []
    const failures = dies ? await atChange(visited, visit) : await atEvery(visited, moments, visit)
    expect(failures).toEqual([])
    // Before the change, and too late for it: both were met; and where it died, so was the time between.
    expect([...outcomes].sort()).toEqual(
      dies
        ? ['let in, disabling', 'let in, live', 'refused, disabled', 'refused, disabling', 'refused, retired']
        : ['let in, live', 'refused, retired'],
    )
  },
  120_000,
)

it('what a retirement had disabled when it died works again when somebody rolls back to it', async () => {
  const states = new Set<string>()
  const visit = async (lane: Lane, at: number) => {
    const { subject, replaced, value } = await rotated(lane)
    await withFault(lane, { fault: 'killed after', at }, () => subject.retire(replaced).catch(() => {}))
    const state = await expectWorkingOrOnRecord(subject, replaced, value)
    states.add(state)
    await rig.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: subject.secretId,
        VersionStage: 'AWSCURRENT',
        RemoveFromVersionId: await subject.current(),
        MoveToVersionId: replaced,
      }),
    )
    const request = { action: 'restore', secretId: subject.secretId, versionId: replaced }
    const outcome = state === 'live' ? 'nothing' : 'restored'
    expect(await rig.lambda.invoke(lane.functions.retire, request)).toEqual({
      ok: true,
      payload: { outcome },
    })
    await subject.use(value)
    expect(await stateOf(subject, value.username)).toEqual({ version: replaced, state: 'live' })
  }
  expect(await atChange(lanes.get('killed after') ?? [], visit)).toEqual([])
  expect([...states].sort()).toEqual(['disabled', 'disabling', 'live', 'retired'])
}, 120_000)
