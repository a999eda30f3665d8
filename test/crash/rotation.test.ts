import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultKind, type Lane, type Rig, type Subject, startRig } from './rig.ts'

/** What a rotation starts from: the partner does not exist yet, or it is the owner's turn after its slot was retired. */
type Scene = 'first rotation' | 'second rotation'

const scenes: readonly Scene[] = ['first rotation', 'second rotation']
const kinds: readonly FaultKind[] = ['killed before', 'killed after', 'error', 'hang']

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig?.close())

async function prepared(scene: Scene, lane: Lane): Promise<Subject> {
  const subject = await lane.subject()
  if (scene === 'first rotation') return subject
  const first = (await subject.labels()).get('AWSCURRENT') ?? ''
  await subject.rotate()
  await subject.retire(first)
  return subject
}

async function countEvents(scene: Scene): Promise<readonly string[]> {
  const lane = await rig.lane(30)
  const subject = await prepared(scene, lane)
  await lane.forget()
  lane.arm()
  await subject.rotate()
  lane.disarm()
  return lane.events
}

/** Every label whose value must be usable at any moment. */
async function usableNow(subject: Subject): Promise<void> {
  const labels = await subject.labels()
  for (const label of ['AWSCURRENT', 'DRAINING']) {
    const version = labels.get(label)
    if (version !== undefined) await subject.use(await subject.value(version))
  }
}

async function oneCase(scene: Scene, lane: Lane, kind: FaultKind, at: number): Promise<void> {
  const subject = await prepared(scene, lane)
  await lane.forget()
  const outgoing = (await subject.labels()).get('AWSCURRENT') ?? ''
  const outgoingValue = await subject.value(outgoing)
  lane.arm({ at, kind })
  await subject.rotate()
  lane.disarm()
  expect(lane.fired(), `moment ${at} was reached`).toBe(true)

  // At once: nothing that a consumer may hold has stopped working.
  await usableNow(subject)
  await subject.use(outgoingValue)
  const failure = rig.secretsManager
    .rotations(subject.secretId)
    .findLast((attempt) => attempt.outcome !== 'succeeded')
  if (kind === 'hang' && failure !== undefined)
    expect(failure.errorType, 'a hang is reported in words, before the function is killed').toMatch(
      /^[A-Z_]+$/,
    )

  // And then: the next attempt ends where a rotation without a fault ends.
  if ((await subject.labels()).get('AWSCURRENT') === outgoing) await subject.rotate()
  const labels = await subject.labels()
  const current = labels.get('AWSCURRENT') ?? ''
  expect(current).not.toBe(outgoing)
  expect(labels.get('DRAINING')).toBe(outgoing)
  expect(labels.get('AWSPREVIOUS')).toBe(outgoing)
  // The service takes AWSPENDING away after finishSecret; when that reply was lost it stays beside AWSCURRENT, where it means nothing.
  expect(labels.get('AWSPENDING') ?? current).toBe(current)
  const currentValue = await subject.value(current)
  expect(currentValue.username).not.toBe(outgoingValue.username)
  await subject.use(currentValue)
  await subject.use(outgoingValue)

  const roles = await rig.postgres.query<{ name: string; comment: string | null }>(
    `SELECT rolname AS name, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles
     WHERE rolname = $1 OR rolname LIKE $1 || '\\_%' ORDER BY rolname`,
    [subject.username],
  )
  expect(roles.map((role) => role.name)).toEqual([subject.username, `${subject.username}_b`])
  const stamp = JSON.parse(roles[1]?.comment?.replace('overlap/1 ', '') ?? 'null')
  expect(stamp.slots).toEqual({
    [outgoingValue.username]: { version: outgoing, state: 'live' },
    [currentValue.username]: { version: current, state: 'live' },
  })
}

/** Every moment once, a few at a time; what failed, by its moment. */
async function atEvery(events: readonly string[], scene: Scene, kind: FaultKind): Promise<string[]> {
  const failures: string[] = []
  const moments = events.entries()
  const worker = async () => {
    const lane = await rig.lane(kind === 'hang' ? 4 : 30)
    for (const [index, event] of moments)
      await oneCase(scene, lane, kind, index + 1).catch((error: Error) =>
        failures.push(`${index + 1} (${event.slice(0, 40)}): ${error.message}`),
      )
  }
  // A hang costs time and no work, so more of them fit side by side.
  await Promise.all(Array.from({ length: kind === 'hang' ? 9 : 3 }, worker))
  return failures
}

describe.each(scenes)('the %s, at every call to Secrets Manager and every message to PostgreSQL', (scene) => {
  let events: readonly string[]
  beforeAll(async () => {
    events = await countEvents(scene)
  })

  it('has moments of both kinds', () => {
    expect(events).toContain('PutSecretValue')
    expect(events).toContain('UpdateSecretVersionStage')
    expect(events.some((event) => event.includes('pg_advisory_xact_lock'))).toBe(true)
    expect(events.some((event) => event.includes('COMMIT'))).toBe(true)
  })

  it.each(kinds)(
    '%s: nothing stops working, and the next attempt completes',
    async (kind) => {
      expect(await atEvery(events, scene, kind)).toEqual([])
    },
    240_000,
  )
})
