/**
 * A function that was paused at the worst moment and wakes up when others have long done its work, and more. It must find out, or be
 * found out, before it writes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Step } from '../../lambdas/rotation/event.ts'
import type { Outcome } from '../../sandbox/lambda/host.ts'
import { type Fate, type Lane, startLane } from './lane.ts'
import { type Rig, startRig } from './rig.ts'
import { type Subject, startSubject } from './subject.ts'

/** Seconds. A third of it is how long the server leaves a transaction open for a function that was paused in it. */
const TIMEOUT = 15

let rig: Rig
const lanes: Lane[] = []
beforeAll(async () => {
  rig = await startRig()
  for (let count = 0; count < 6; count += 1) lanes.push(await startLane(rig, { timeoutSeconds: TIMEOUT }))
})
afterAll(async () => {
  await rig?.close()
  await Promise.all(lanes.map((lane) => lane.close()))
})

/**
 * When the function is paused: at the nth moment of that name. `unheard`: the server carries it out, and the function, stopped, has its answer
 * yet to hear. `unsent`: it lies in the network, and reaches the server when the function goes on.
 */
interface Pause {
  readonly at: string
  readonly nth: number
  readonly how: 'unheard' | 'unsent'
}

interface Paused {
  /** Resolves when the function has come to the moment and stands still. */
  readonly reached: Promise<void>
  /** May be called twice. */
  resume(): void
}

/** Stops the only process of the function when the moment comes, counted from now. */
function pause(lane: Lane, functionArn: string, { at, nth, how }: Pause): Paused {
  const reached = deferred()
  const resumed = deferred()
  let seen = 0
  let stopped: number | undefined
  lane.arm(({ name }): Fate | Promise<Fate> => {
    if (stopped !== undefined || !name.includes(at)) return 'pass'
    seen += 1
    if (seen < nth) return 'pass'
    const [pid = 0, ...others] = rig.lambda.pids(functionArn)
    stopped = pid
    if (others.length > 0) reached.reject(new Error('one of several processes came to this moment'))
    process.kill(pid, 'SIGSTOP')
    reached.resolve()
    return how === 'unheard' ? 'pass' : resumed.promise.then(() => 'pass')
  })
  return {
    reached: reached.promise,
    resume: () => {
      if (stopped !== undefined) process.kill(stopped, 'SIGCONT')
      stopped = 0
      resumed.resolve()
    },
  }
}

function deferred() {
  let resolve = (): void => {}
  let reject = (_error: Error): void => {}
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** One process at most is left, so that it is known which one comes to a moment. */
async function leaveOne(functionArn: string): Promise<void> {
  const [, ...others] = rig.lambda.pids(functionArn)
  for (const pid of others) process.kill(pid, 'SIGKILL')
  const deadline = Date.now() + 20_000
  while (rig.lambda.pids(functionArn).length > 1) {
    if (Date.now() > deadline) throw new Error('a process that was killed is still there')
    await sleep(5)
  }
}

/** What anybody could notice of a subject. */
async function stateOf(subject: Subject) {
  const verifiers = await rig.query(
    `SELECT rolname, rolpassword, rolcanlogin FROM pg_authid WHERE rolname = $1 OR rolname = $1 || '_b' ORDER BY 1`,
    [subject.username],
  )
  return { labels: Object.fromEntries(await subject.labels()), slots: await subject.slots(), verifiers }
}

/** Labels and stamps say what is true, and what they say is usable is. */
async function expectTruth(subject: Subject): Promise<void> {
  const labels = await subject.labels()
  const slots = await subject.slots()
  for (const label of ['AWSCURRENT', 'DRAINING']) {
    const version = labels.get(label)
    if (version === undefined) continue
    const value = await subject.value(version)
    await subject.use(value)
    // Before the first rotation there is no record of anything.
    if (Object.keys(slots).length > 0) expect(slots[value.username]).toEqual({ version, state: 'live' })
  }
}

async function retireDraining(subject: Subject): Promise<void> {
  const draining = (await subject.labels()).get('DRAINING')
  for (let attempt = 0; draining !== undefined && attempt < 6; attempt += 1)
    try {
      await subject.retire(draining)
      return
    } catch (error) {
      // The server frees a lock that a paused function holds, in its own time.
      if (!(error instanceof Error) || error.name !== 'LOCK_TIMEOUT') throw error
    }
}

/** Asks for a rotation until there is one, doing in between what the sweep does. */
async function rotateAtLast(subject: Subject): Promise<void> {
  const before = await subject.current()
  const outcomes: (string | undefined)[] = []
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const record = await subject.rotate()
    if (record.outcome === 'succeeded' && (await subject.current()) !== before) return
    outcomes.push(record.errorType)
    if (record.errorType === 'DRAIN_IN_PROGRESS') await retireDraining(subject)
    else await subject.sweep()
  }
  throw new Error(`no rotation in six attempts: ${outcomes.join(', ')}`)
}

/** So many rotations, each with a retirement: then no label is where the paused function saw it. */
async function goOn(subject: Subject, rotations: number): Promise<void> {
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    await rotateAtLast(subject)
    try {
      await retireDraining(subject)
    } catch (error) {
      // The paused function may itself be logged in as the current user.
      if (error instanceof Error && error.name === 'STILL_USED') return
      throw error
    }
  }
}

async function takePendingAway(subject: Subject, token: string): Promise<void> {
  await rig.client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: subject.secretId,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId: token,
    }),
  )
}

/**
 * The function stands still until the others are done, and changes nothing when it goes on. Only a label that nobody holds may be taken
 * (`mayPin`): Secrets Manager has no compare-and-swap for that. It is lifted as one that there is nothing left to retire for.
 */
async function expectHarmless(one: {
  readonly subject: Subject
  readonly paused: Paused
  readonly outcome: Promise<Outcome>
  readonly meanwhile: () => Promise<void>
  readonly mayPin?: string
}): Promise<void> {
  const { subject, paused, outcome } = one
  try {
    const ended = outcome.then((result) => {
      throw new Error(`it ended without coming to this moment: ${JSON.stringify(result)}`)
    })
    await Promise.race([paused.reached, ended])
    ended.catch(() => {})
    await one.meanwhile()
    await expectTruth(subject)
    const before = await stateOf(subject)
    paused.resume()
    const result = await outcome
    const after = await stateOf(subject)
    if (one.mayPin !== undefined && after.labels.DRAINING === one.mayPin)
      expect(after).toEqual({ ...before, labels: { ...before.labels, DRAINING: one.mayPin } })
    else expect(after).toEqual(before)
    if (!result.ok) expect(result.errorType, 'it was resumed, not killed').toMatch(/^[A-Z_]+$/)
    await rotateAtLast(subject)
    await expectTruth(subject)
  } finally {
    paused.resume()
    await outcome
  }
}

interface Row extends Pause {
  readonly step: Step
  readonly when: string
}

const rows: readonly Row[] = [
  { step: 'createSecret', when: 'before its first read', at: 'DescribeSecret', nth: 1, how: 'unsent' },
  { step: 'createSecret', when: 'after its first read', at: 'DescribeSecret', nth: 1, how: 'unheard' },
  {
    step: 'createSecret',
    when: 'before it stores the value',
    at: 'pg_db_role_setting',
    nth: 1,
    how: 'unheard',
  },
  { step: 'createSecret', when: 'while it stores the value', at: 'PutSecretValue', nth: 1, how: 'unsent' },
  { step: 'setSecret', when: 'before its first read', at: 'DescribeSecret', nth: 1, how: 'unsent' },
  { step: 'setSecret', when: 'after its first read', at: 'DescribeSecret', nth: 1, how: 'unheard' },
  {
    step: 'setSecret',
    when: 'under the lock, the labels read',
    at: 'DescribeSecret',
    nth: 2,
    how: 'unheard',
  },
  {
    step: 'setSecret',
    when: 'under the lock, its change on its way',
    at: 'LOGIN PASSWORD',
    nth: 1,
    how: 'unsent',
  },
  { step: 'setSecret', when: 'its change made', at: 'LOGIN PASSWORD', nth: 1, how: 'unheard' },
  { step: 'finishSecret', when: 'before its first read', at: 'DescribeSecret', nth: 1, how: 'unsent' },
  { step: 'finishSecret', when: 'after its first read', at: 'DescribeSecret', nth: 1, how: 'unheard' },
  {
    step: 'finishSecret',
    when: 'DRAINING on its way',
    at: 'UpdateSecretVersionStage',
    nth: 1,
    how: 'unsent',
  },
  { step: 'finishSecret', when: 'DRAINING moved', at: 'UpdateSecretVersionStage', nth: 1, how: 'unheard' },
  {
    step: 'finishSecret',
    when: 'AWSCURRENT on its way',
    at: 'UpdateSecretVersionStage',
    nth: 2,
    how: 'unsent',
  },
]

/** Every row, on whichever lane is free; what failed, by its row. */
async function each<T extends { readonly when: string }>(
  all: readonly T[],
  run: (row: T, lane: Lane) => Promise<unknown>,
): Promise<string[]> {
  const failures: string[] = []
  const left = all.values()
  const worker = async (lane: Lane) => {
    for (const row of left)
      await run(row, lane).catch((error: Error) => failures.push(`${JSON.stringify(row)}: ${error.message}`))
  }
  await Promise.all(lanes.map(worker))
  return failures
}

describe('a rotation function that was paused', () => {
  async function asleepIn(
    row: Row,
    lane: Lane,
    wakeAfter: (subject: Subject, token: string) => Promise<void>,
  ): Promise<Outcome> {
    const subject = await startSubject(rig, lane)
    const outgoing = await subject.current()
    await leaveOne(lane.functions.rotate)
    let paused: Paused | undefined
    const outcome = rig.desert(subject.secretId, row.step, () => {
      paused = pause(lane, lane.functions.rotate, row)
    })
    const { token } = await subject.rotate()
    if (!paused) throw new Error(`the service never came to ${row.step}`)
    await expectHarmless({
      subject,
      paused,
      outcome,
      meanwhile: () => wakeAfter(subject, token),
      ...(row.step === 'finishSecret' ? { mayPin: outgoing } : {}),
    })
    lane.disarm()
    return outcome
  }

  it('finds that the service has tried again, and gone on', async () => {
    // Its own version and two more: the second of them lives in the slot of its own.
    const tryAgain = (subject: Subject) => goOn(subject, 3)
    expect(await each(rows, (row, lane) => asleepIn(row, lane, tryAgain))).toEqual([])
  }, 120_000)

  it('finds that a person gave its rotation up, and that the next one has gone on', async () => {
    const giveUp = async (subject: Subject, token: string) => {
      await takePendingAway(subject, token)
      await goOn(subject, 2)
    }
    expect(await each(rows, (row, lane) => asleepIn(row, lane, giveUp))).toEqual([])
  }, 120_000)

  it('finds, where it still looks at labels, that a person gave its rotation up and nothing followed', async () => {
    const looking = rows.filter(
      ({ step, at, nth, how }) =>
        at === 'DescribeSecret' && nth === 1 && (how === 'unsent' || step === 'setSecret'),
    )
    expect(looking).toHaveLength(4)
    const run = async (row: Row, lane: Lane) => {
      const result = await asleepIn(row, lane, takePendingAway)
      expect(result).toMatchObject({ ok: false, errorType: 'NOT_PENDING' })
    }
    expect(await each(looking, run)).toEqual([])
  }, 120_000)
})

describe('a retire function that was paused', () => {
  const moments: readonly (Pause & { readonly when: string })[] = [
    { when: 'before its first read', at: 'DescribeSecret', nth: 1, how: 'unsent' },
    { when: 'after its first read', at: 'DescribeSecret', nth: 1, how: 'unheard' },
    { when: 'under the lock, the labels read', at: 'DescribeSecret', nth: 2, how: 'unheard' },
    { when: 'under the lock, its change on its way', at: 'PASSWORD NULL', nth: 1, how: 'unsent' },
    { when: 'its change made', at: 'PASSWORD NULL', nth: 1, how: 'unheard' },
    { when: 'under the lock, its record on its way', at: 'COMMENT ON ROLE', nth: 2, how: 'unsent' },
    { when: 'its record made', at: 'COMMENT ON ROLE', nth: 2, how: 'unheard' },
  ]
  const removing = [
    { when: 'removing, after its first read', at: 'DescribeSecret', nth: 1, how: 'unheard' },
    { when: 'removing, under the lock', at: 'DescribeSecret', nth: 2, how: 'unheard' },
    { when: 'removing, its record on its way', at: 'COMMENT ON ROLE', nth: 1, how: 'unsent' },
    { when: 'removing, its record made', at: 'COMMENT ON ROLE', nth: 1, how: 'unheard' },
    { when: 'lifting the label', at: 'UpdateSecretVersionStage', nth: 1, how: 'unsent' },
  ] as const

  async function asleepIn(row: Pause, lane: Lane) {
    const action = removing.some((one) => one === row) ? 'remove' : 'disable'
    const subject = await startSubject(rig, lane)
    const replaced = await subject.current()
    await subject.rotate()
    if (action === 'remove') await subject.disable(replaced)
    await leaveOne(lane.functions.retire)
    const paused = pause(lane, lane.functions.retire, row)
    const outcome = rig.lambda.invoke(lane.functions.retire, {
      action,
      secretId: subject.secretId,
      versionId: replaced,
    })
    return { subject, replaced, paused, outcome }
  }

  it('finds that another has retired the slot, and a new version lives in it', async () => {
    const run = async (row: Pause, lane: Lane) => {
      const one = await asleepIn(row, lane)
      const { subject } = one
      const meanwhile = async () => {
        await retireDraining(subject)
        await rotateAtLast(subject)
        const current = await subject.value(await subject.current())
        expect(current.username).toBe(subject.username)
      }
      await expectHarmless({ ...one, meanwhile })
      lane.disarm()
    }
    expect(await each([...moments, ...removing], run)).toEqual([])
  }, 120_000)

  it('finds that a person went back to the version, and leaves it valid or makes it so again', async () => {
    const run = async (row: Pause, lane: Lane) => {
      const { subject, replaced, paused, outcome } = await asleepIn(row, lane)
      try {
        await Promise.race([paused.reached, outcome])
        const { client } = rig
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: subject.secretId,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: replaced,
            RemoveFromVersionId: await subject.current(),
          }),
        )
      } finally {
        paused.resume()
      }
      expect(await outcome).toMatchObject({ ok: false, errorType: 'PRINCIPAL_IN_USE' })
      lane.disarm()
      await expectTruth(subject)
      await rotateAtLast(subject)
      await expectTruth(subject)
    }
    expect(await each([...moments, ...removing], run)).toEqual([])
  }, 120_000)
})
