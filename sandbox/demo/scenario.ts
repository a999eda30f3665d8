/**
 * What the demo does:
 *
 *   the real run   weeks of production in seconds: the clock jumps to each Sunday 03:00 and through each drain, while clients work all the time in
 *                  real time. One week the replica stands still, in one a person rotates, in one a report holds its old session, in one the scheduler
 *                  is out of order, in one there is a hold, and in one somebody's GRANT makes the rotation fail until it is mended
 *   the controls   the same clients and cadence with what Overlap exists to avoid. They must fail, or the counter is broken
 */
import type { Sandbox } from '../sandbox.ts'
import { Calendar } from './calendar.ts'
import type { BotchedFacts, DemoFacts, HeldFacts, MissedFacts, RunFacts } from './facts.ts'
import { Run, type RunOptions } from './run.ts'
import { botch } from './scenes/botched.ts'
import { hold } from './scenes/hold.ts'
import { replicaStandsStill } from './scenes/late-replica.ts'
import { missedRun } from './scenes/missed.ts'
import { reportHoldsOn } from './scenes/report.ts'
import type { Moment, Stage } from './scenes/stage.ts'
import { byHand, sunday } from './scenes/sunday.ts'
import type { Witness } from './witness.ts'

export interface ScenarioOptions {
  readonly sandbox: Sandbox
  readonly witness: Witness
  /** Of the real run and of each control. */
  readonly rotations: number
  readonly controlRotations: number
  /** Milliseconds of real time that a rotation takes at least, in every run. */
  readonly cadenceMs: number
  /** Milliseconds by the sandbox's clock after which a failed rotation is tried again. */
  readonly retryMs: number
  /** Numbers of the real run's rotations in which something is special; 0: in none. `botched` must be even: then the partner is the one in use. */
  readonly scenes: Readonly<
    Record<'lateReplica' | 'byHand' | 'report' | 'missed' | 'hold' | 'botched', number>
  >
  readonly signal: AbortSignal
  /** Hears what happens, as it happens. */
  readonly tell: (moment: Moment) => void
}

export type PlayedFacts = Pick<
  DemoFacts,
  'real' | 'botched' | 'missed' | 'held' | 'needless' | 'controls' | 'timezone'
>

const HOUR_MS = 3_600_000
const DRAIN_MS = 24 * HOUR_MS

/** Throws when something does not happen within 30 s, and when `signal` aborts. Ends every client that it started, always. */
export async function play(options: ScenarioOptions): Promise<PlayedFacts> {
  const calendar = new Calendar(options.sandbox)
  const real = await playReal(options, calendar)
  const needless = ['[PAGE]', '[TICKET]']
    .flatMap((kind) => options.witness.messagesAbout(kind))
    .map(({ subject = '' }) => subject)
    .filter((subject) => !subject.includes(real.botched.code))
  const controls = [await playSingleUser(options, calendar), await playNoDrain(options, calendar)]
  return { ...real, needless, controls, timezone: calendar.timezone }
}

async function playReal(
  options: ScenarioOptions,
  calendar: Calendar,
): Promise<Pick<PlayedFacts, 'real' | 'botched' | 'missed' | 'held'>> {
  const { sandbox, scenes } = options
  let botched: BotchedFacts | undefined
  let missed: MissedFacts | undefined
  let held: HeldFacts | undefined
  const about = {
    title: 'Overlap',
    explanation: 'each rotation by its schedule; the old credential drains for a day, then it is retired',
    secretId: sandbox.secret,
    owner: 'app',
    drainMs: DRAIN_MS,
  }
  const real = await playRun(options, calendar, about, async (stage) => {
    for (let number = 1; number <= options.rotations; number += 1) {
      if (number === scenes.lateReplica) await replicaStandsStill(stage)
      else if (number === scenes.byHand) await onWednesday(stage)
      else if (number === scenes.report) await reportHoldsOn(stage)
      else if (number === scenes.missed) missed = await missedRun(stage)
      else if (number === scenes.hold) held = await hold(stage)
      else if (number === scenes.botched) botched = await botch(stage, options.retryMs)
      else await ordinarySunday(stage)
    }
  })
  if (!botched || !missed || !held) throw new Error('the scenario lacks a scene')
  return { real, botched, missed, held }
}

/** At eleven: three days and sixteen hours before the next Sunday at three. */
async function onWednesday(stage: Stage): Promise<void> {
  await stage.calendar.to(stage.calendar.nextSunday() - 88 * HOUR_MS)
  return byHand(stage, () => 'a person pressed "Rotate secret immediately" in the console')
}

/** Says when the clocks were changed in the night of the run. */
function ordinarySunday(stage: Stage): Promise<void> {
  const { calendar } = stage
  const due = calendar.nextSunday()
  const changed = calendar.utcOffsetHours(due) - calendar.utcOffsetHours(due - 7 * 24 * HOUR_MS)
  if (changed === 0) return sunday(stage)
  const how = changed > 0 ? 'forward' : 'back'
  return sunday(stage, () => `clocks were put ${how} in the night: 03:00 local time all the same`)
}

function playSingleUser(options: ScenarioOptions, calendar: Calendar): Promise<RunFacts> {
  return playControl(options, calendar, {
    title: 'Control: single user',
    explanation: 'one user, its password is replaced in place',
    secretId: 'shop/single-user',
    owner: 'solo',
    drainMs: undefined,
    tags: { 'overlap:strategy': 'single-user', 'overlap:accept-failed-logins': 'true' },
  })
}

function playNoDrain(options: ScenarioOptions, calendar: Calendar): Promise<RunFacts> {
  // No configuration would let it through.
  options.sandbox.takeAwayDrainFloor()
  return playControl(options, calendar, {
    title: 'Control: no drain',
    explanation: 'alternating users, but the old one is retired at first sight',
    secretId: 'shop/no-drain',
    owner: 'swap',
    drainMs: 0,
    tags: { 'overlap:drain': '0s', 'overlap:mode': 'enforce' },
  })
}

type About = Pick<RunOptions, 'title' | 'secretId' | 'owner' | 'drainMs'> & { readonly explanation: string }

async function playControl(
  options: ScenarioOptions,
  calendar: Calendar,
  control: About & { readonly tags: Readonly<Record<string, string>> },
): Promise<RunFacts> {
  const { secretId, owner, tags } = control
  const arn = await options.sandbox.addApplication({ secretId, username: owner, tags })
  return playRun(options, calendar, { ...control, secretId: arn }, async (stage) => {
    for (let number = 1; number <= options.controlRotations; number += 1) await byHand(stage)
  })
}

async function playRun(
  options: ScenarioOptions,
  calendar: Calendar,
  about: About,
  play: (stage: Stage) => Promise<void>,
): Promise<RunFacts> {
  const { sandbox, witness, signal, tell } = options
  const run = await Run.start({ ...options, ...about, calendar })
  try {
    const { title, explanation } = about
    tell({ is: 'run begins', title, explanation })
    await play({ sandbox, witness, calendar, run, signal, tell })
  } catch (error) {
    await run.end()
    throw error
  }
  const facts = await run.end()
  tell({ is: 'run over', run: facts })
  return facts
}
