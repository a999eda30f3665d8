import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lane, startLane } from './lane.ts'
import { atEvery, type Fault, faults, lanesFor, momentsOf, withFault } from './moments.ts'
import { type Rig, startRig } from './rig.ts'
import { type Subject, startSubject } from './subject.ts'

/** What a rotation starts from: the partner does not exist yet, or it is the owner's turn after its slot was retired. */
type Scene = 'first rotation' | 'second rotation'

const scenes: readonly Scene[] = ['first rotation', 'second rotation']

let rig: Rig
const lanes = new Map<Fault, readonly Lane[]>()
beforeAll(async () => {
  rig = await startRig()
  for (const fault of faults) lanes.set(fault, await lanesFor(rig, fault))
})
afterAll(async () => {
  await rig?.close()
  await Promise.all([...lanes.values()].flat().map((lane) => lane.close()))
})

/** Subjects after their first rotation, whatever went wrong in it, by the lane to which they lead. */
const rotated = new Map<Lane, Subject[]>()

async function prepared(scene: Scene, lane: Lane): Promise<Subject> {
  if (scene === 'first rotation') return startSubject(rig, lane)
  const subject = rotated.get(lane)?.pop() ?? (await startSubject(rig, lane))
  // Not by the lane's own functions, which are to come new to this secret.
  if (!(await subject.labels()).has('DRAINING')) await subject.rotate(rig.functions)
  await subject.retire((await subject.labels()).get('DRAINING') ?? '', rig.functions)
  return subject
}

async function oneCase(scene: Scene, lane: Lane, fault: Fault, at: number): Promise<void> {
  const subject = await prepared(scene, lane)
  const outgoing = await subject.current()
  const outgoingValue = await subject.value(outgoing)
  await withFault(lane, { fault, at }, () => subject.rotate())

  await subject.expectUsable(outgoing)
  const failure = rig.secretsManager
    .rotations(subject.secretId)
    .findLast((attempt) => attempt.outcome !== 'succeeded')
  if (fault === 'hang' && failure !== undefined)
    expect(failure.errorType, 'a hang is reported in words, before the function is killed').toMatch(
      /^[A-Z_]+$/,
    )

  // And then: the next attempt ends where a rotation without a fault ends.
  if ((await subject.current()) === outgoing) await subject.rotate()
  const labels = await subject.labels()
  const current = labels.get('AWSCURRENT') ?? ''
  expect(current).not.toBe(outgoing)
  expect(labels.get('DRAINING')).toBe(outgoing)
  expect(labels.get('AWSPREVIOUS')).toBe(outgoing)
  // The service takes AWSPENDING away after finishSecret; when that reply was lost it stays beside AWSCURRENT, where it means nothing.
  expect(labels.get('AWSPENDING') ?? current).toBe(current)
  const currentValue = await subject.value(current)
  expect(currentValue.username).not.toBe(outgoingValue.username)
  await subject.expectUsable(outgoing)
  expect(await subject.slots()).toEqual({
    [outgoingValue.username]: { version: outgoing, state: 'live' },
    [currentValue.username]: { version: current, state: 'live' },
  })
  const roles = await rig.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname = $1 OR rolname LIKE $1 || '\\_%' ORDER BY rolname`,
    [subject.username],
  )
  expect(roles.map((role) => role.name)).toEqual([subject.username, `${subject.username}_b`])
  if (scene === 'first rotation') rotated.set(lane, [...(rotated.get(lane) ?? []), subject])
}

describe.each(scenes)('the %s, at every call to Secrets Manager and every message to PostgreSQL', (scene) => {
  let moments: readonly string[]
  beforeAll(async () => {
    const lane = await startLane(rig, { timeoutSeconds: 30 })
    const subject = await prepared(scene, lane)
    moments = await momentsOf(lane, () => subject.rotate())
    await lane.close()
    // What a function knows of the subjects of an earlier scene.
    for (const used of rotated.keys()) await rig.lambda.discardInstances(used.functions.rotate)
  })

  it('has moments of both kinds', () => {
    expect(moments).toContain('PutSecretValue')
    expect(moments).toContain('UpdateSecretVersionStage')
    expect(moments.some((moment) => moment.includes('pg_advisory_xact_lock'))).toBe(true)
    expect(moments.some((moment) => moment.includes('COMMIT'))).toBe(true)
  })

  it.each(faults)(
    '%s: nothing stops working, and the next attempt completes',
    async (fault) => {
      const run = (lane: Lane, at: number) => oneCase(scene, lane, fault, at)
      expect(await atEvery(lanes.get(fault) ?? [], moments, run)).toEqual([])
    },
    240_000,
  )
})
