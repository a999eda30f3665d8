/**
 * What the demo does:
 *
 *   the real run   rotations one after another under traffic. In one the replica stands still, in one a report holds its old session,
 *                  in one somebody's GRANT makes it fail until it is mended
 *   the controls   the same clients and cadence with what Overlap exists to avoid. They must fail, or the counter is broken
 */
import type { Sandbox } from '../sandbox.ts'
import { type BotchedFacts, type DemoFacts, failed, type RotationFacts, type RunFacts } from './facts.ts'
import { beginReport } from './report.ts'
import { type Begun, Run, type RunOptions } from './run.ts'
import { secretReader } from './secret-reader.ts'
import { between } from './tally.ts'
import { until } from './wait.ts'
import type { Witness } from './witness.ts'

export interface ScenarioOptions {
  readonly sandbox: Sandbox
  readonly witness: Witness
  /** Of the real run and of each control. */
  readonly rotations: number
  readonly controlRotations: number
  /** Milliseconds that a rotation takes at least, in every run. */
  readonly cadenceMs: number
  /** Numbers of the real run's rotations in which something is made hard. `botched` must be even: then the partner is the one in use. */
  readonly scenes: { readonly lateReplica: number; readonly report: number; readonly botched: number }
  /** `performance.now()` at the demo's beginning. */
  readonly epoch: number
  readonly signal: AbortSignal
  /** Hears what happens, as it happens. */
  readonly tell: (moment: Moment) => void
}

export type Moment =
  | {
      readonly is: 'run begins'
      readonly title: string
      readonly explanation: string
    }
  | { readonly is: 'rotation over'; readonly rotation: RotationFacts }
  | { readonly is: 'rotation refused'; readonly botched: Omit<BotchedFacts, 'completed'> }
  | { readonly is: 'run over'; readonly run: RunFacts }

export type PlayedFacts = Pick<DemoFacts, 'real' | 'botched' | 'controls'>

/** Milliseconds that the replica does not replay in its scene. */
const STANDSTILL_MS = 1_500
/** Milliseconds that the report goes on after its version was replaced; longer than the drain. */
const REPORT_MS = 3_500

/** Throws when something does not happen within 30 s, and when `signal` aborts. Ends every client that it started, always. */
export async function play(options: ScenarioOptions): Promise<PlayedFacts> {
  const { real, botched } = await playReal(options)
  const controls: RunFacts[] = []
  for (const control of controlsOf()) controls.push(await playControl(options, control))
  return { real, botched, controls }
}

async function playReal(options: ScenarioOptions): Promise<{ real: RunFacts; botched: BotchedFacts }> {
  const { sandbox, scenes } = options
  let botched: BotchedFacts | undefined
  const about = {
    title: 'Overlap',
    explanation: 'alternating users: the old credential drains, then it is retired',
    secretId: sandbox.secret,
    owner: 'app',
    retires: true,
  }
  const real = await playRun(options, about, async (run) => {
    for (let number = 1; number <= options.rotations; number += 1) {
      if (number === scenes.lateReplica) await replicaStandsStill(options, run)
      else if (number === scenes.report) await reportHoldsOn(options, run)
      else if (number === scenes.botched) botched = await botch(options, run)
      else await rotate(options, run)
    }
  })
  if (!botched) throw new Error('the scenario has no botched rotation')
  return { real, botched }
}

interface Control {
  readonly title: string
  readonly explanation: string
  readonly secretId: string
  readonly owner: string
  readonly retires: boolean
  readonly tags: Readonly<Record<string, string>>
}

function controlsOf(): readonly Control[] {
  return [
    {
      title: 'Control: single user',
      explanation: 'one user, its password is replaced in place',
      secretId: 'shop/single-user',
      owner: 'solo',
      retires: false,
      tags: { 'overlap:strategy': 'single-user', 'overlap:accept-failed-logins': 'true' },
    },
    {
      title: 'Control: no drain',
      explanation: 'alternating users, but the old one is retired at first sight',
      secretId: 'shop/no-drain',
      owner: 'swap',
      retires: true,
      tags: { 'overlap:drain': '0s' },
    },
  ]
}

async function playControl(options: ScenarioOptions, control: Control): Promise<RunFacts> {
  const { secretId, owner, tags } = control
  const arn = await options.sandbox.addApplication({ secretId, username: owner, tags })
  return playRun(options, { ...control, secretId: arn }, async (run) => {
    for (let number = 1; number <= options.controlRotations; number += 1) await rotate(options, run)
  })
}

async function playRun(
  options: ScenarioOptions,
  about: Pick<RunOptions, 'title' | 'secretId' | 'owner' | 'retires'> & { readonly explanation: string },
  play: (run: Run) => Promise<void>,
): Promise<RunFacts> {
  const run = await Run.start({ ...options, ...about })
  try {
    const { title, explanation } = about
    options.tell({ is: 'run begins', title, explanation })
    await play(run)
  } catch (error) {
    await run.end()
    throw error
  }
  const facts = await run.end()
  options.tell({ is: 'run over', run: facts })
  return facts
}

async function rotate(options: ScenarioOptions, run: Run): Promise<void> {
  const begun = await run.begin()
  options.tell({ is: 'rotation over', rotation: await run.finish(begun) })
}

/** Logins at the replica cannot work before it has replayed the new password, so nothing may be published until then. */
async function replicaStandsStill(options: ScenarioOptions, run: Run): Promise<void> {
  const { sandbox, signal, witness } = options
  const { replica } = sandbox.postgres
  if (!replica) throw new Error('the scenario needs a replica')
  await replica.pauseReplay()
  const pausedAt = performance.now()
  let begun: Begun
  try {
    begun = await run.begin()
    await until('the replica has stood still', signal, () => performance.now() - pausedAt >= STANDSTILL_MS)
  } finally {
    await replica.resumeReplay()
  }
  const stoodStill = performance.now() - pausedAt
  const published = await until('it is published', signal, () => witness.published(begun.version))
  const waited = published - pausedAt >= stoodStill
  const rotation = await run.finish(
    begun,
    () =>
      `the replica stood still for ${seconds(stoodStill)}: ` +
      (waited ? 'publishing waited until it accepts the new password' : 'publishing did not wait for it'),
  )
  options.tell({ is: 'rotation over', rotation })
}

/** A transaction that outlives the drain keeps its session: the old user is retired only after it. */
async function reportHoldsOn(options: ScenarioOptions, run: Run): Promise<void> {
  const { sandbox, signal, witness } = options
  const read = secretReader(sandbox.client, sandbox.secret)
  const { ca } = sandbox.postgres
  const report = await beginReport({ name: 'report-1', read, ca, pauseMs: 100, tally: run.tally })
  let begun: Begun
  let committedAt: number
  try {
    begun = await run.begin()
    const { version } = begun
    const published = await until('it is published', signal, () => witness.published(version))
    await until('the report is done', signal, () => performance.now() - published >= REPORT_MS)
  } finally {
    await report.commit()
    committedAt = performance.now()
  }
  const old = begun.before.versionId
  const rotation = await run.finish(begun, () => {
    const refusals = witness.works('disable', old).filter(({ reason }) => reason === 'STILL_USED').length
    const retiredAt = witness.done('disable', old)?.at ?? 0
    return retiredAt > committedAt
      ? `report-1 was in a transaction of ${seconds(REPORT_MS)}: retirement found it ${refusals} times (STILL_USED), and waited`
      : 'report-1 was in a transaction: retirement did not wait for it'
  })
  options.tell({ is: 'rotation over', rotation })
}

/** Somebody grants a right to the user that happens to be in use. Its partner lacks it, so publishing the partner would take it away. */
async function botch(options: ScenarioOptions, run: Run): Promise<BotchedFacts> {
  const { sandbox, signal, witness } = options
  const { postgres, database, secretsManager, secret } = sandbox
  const before = await run.current()
  const grant = `GRANT SELECT ON public.ledger TO ${before.username}`
  await postgres.query(grant, [], { database })

  const begun = await run.begin()
  const attempts = () => secretsManager.rotations(secret).filter(({ token }) => token === begun.version)
  const ended = () => attempts().filter(({ outcome }) => outcome === 'failed' || outcome === 'abandoned')
  await until('it fails twice', signal, () => ended().length >= 2)
  const meanwhile = await run.current()
  const traffic = between(begun.traffic, run.tally.traffic())
  const failure = ended().at(-1)
  const owner = 'app'
  const remedy = `GRANT SELECT ON public.ledger TO ${owner}; REVOKE SELECT ON public.ledger FROM ${before.username}`
  const facts = {
    cause: grant,
    remedy,
    step: failure?.failedStep ?? '',
    code: failure?.errorType ?? '',
    message: failure?.errorMessage ?? '',
    attempts: ended().length,
    currentBefore: before.versionId,
    currentMeanwhile: meanwhile.versionId,
    queries: traffic.queries,
    failed: failed(traffic),
  }
  options.tell({ is: 'rotation refused', botched: facts })

  await postgres.query(remedy, [], { database })
  await until('the same rotation is published', signal, () => witness.published(begun.version))
  const rotation = await run.finish(
    begun,
    () => 'the rotation that had been refused, completed once it was mended',
  )
  options.tell({ is: 'rotation over', rotation })
  return { ...facts, completed: (await run.current()).versionId === begun.version }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
