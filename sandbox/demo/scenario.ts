/**
 * What the demo does:
 *
 *   the real run   weeks of production in seconds: the clock jumps to each Sunday 03:00, through each drain and each quarantine, while clients work all the time in
 *                  real time, those in tasks and pods with what they read when they started. What is special about a week is a scene of its own
 *   the controls   clients and cadence of the real run with what Overlap exists to avoid. They must fail, or the counter is broken
 */
import type { Sandbox } from '../sandbox.ts'
import { Calendar } from './calendar.ts'
import type { Crew } from './crew.ts'
import type { DemoFacts, RunFacts } from './facts.ts'
import { Run, type RunOptions } from './run.ts'
import { acceptedByName } from './scenes/accepted.ts'
import { botch } from './scenes/botched.ts'
import { hold } from './scenes/hold.ts'
import { playKeyScripts } from './scenes/key-scripts.ts'
import { keysBeside } from './scenes/keys.ts'
import { replicaStandsStill } from './scenes/late-replica.ts'
import { leaked } from './scenes/leaked.ts'
import { wholeLife } from './scenes/life.ts'
import { missedRun } from './scenes/missed.ts'
import { rolledBack } from './scenes/rolled-back.ts'
import { silentConsumer } from './scenes/silent.ts'
import type { Moment, Stage } from './scenes/stage.ts'
import { byHand, onWednesday } from './scenes/sunday.ts'
import type { Witness } from './witness.ts'

export interface ScenarioOptions {
  /** Whose consumers are the crew. */
  readonly sandbox: Sandbox
  readonly crew: Crew
  readonly witness: Witness
  /** The rotations of the real run, in this order. */
  readonly scenes: readonly SceneName[]
  /** Rotations of each control. */
  readonly controlRotations: number
  /** Milliseconds of real time that a rotation takes at least, in every run. */
  readonly cadenceMs: number
  /** Milliseconds by the sandbox's clock after which a failed rotation is tried again. */
  readonly retryMs: number
  readonly signal: AbortSignal
  /** Hears what happens, as it happens. */
  readonly tell: (moment: Moment) => void
}

type SceneFacts = Pick<
  DemoFacts,
  'botched' | 'missed' | 'held' | 'silent' | 'accepted' | 'rolledBack' | 'leaked' | 'keys'
>

export type PlayedFacts = SceneFacts &
  Pick<DemoFacts, 'real' | 'needless' | 'controls' | 'keyControls' | 'timezone'>

const nothingToTell = (scene: (stage: Stage) => Promise<void>) => async (stage: Stage) => {
  await scene(stage)
  return {}
}

/** Milliseconds after which each front end of IAM knows a new access key. Seconds are what people see. */
const FRONT_ENDS_MS = [0, 500, 1_500]

/** Of each kind of key, by the script that is a control. */
const SWAPS = 2

/** One rotation each. `botched` needs a week in which the partner is the user in use. */
const scenes = {
  life: nothingToTell(wholeLife),
  byHand: nothingToTell(onWednesday),
  lateReplica: nothingToTell(replicaStandsStill),
  silent: async (stage) => ({ silent: await silentConsumer(stage) }),
  accepted: async (stage) => ({ accepted: await acceptedByName(stage) }),
  keys: async (stage) => ({ keys: await keysBeside(stage) }),
  missed: async (stage) => ({ missed: await missedRun(stage) }),
  held: async (stage) => ({ held: await hold(stage) }),
  rolledBack: async (stage) => ({ rolledBack: await rolledBack(stage) }),
  leaked: async (stage) => ({ leaked: await leaked(stage) }),
  botched: async (stage) => ({ botched: await botch(stage) }),
} satisfies Readonly<Record<string, (stage: Stage) => Promise<Partial<SceneFacts>>>>

export type SceneName = keyof typeof scenes

/** Throws when something does not happen within 30 s, and when `signal` aborts. Ends every client that it started, always. */
export async function play(options: ScenarioOptions): Promise<PlayedFacts> {
  const calendar = new Calendar(options.sandbox)
  options.sandbox.iam.setPropagation(FRONT_ENDS_MS)
  const real = await playReal(options, calendar)
  const expected = [real.botched.code, 'Retirement stuck']
  const needless = ['[PAGE]', '[TICKET]']
    .flatMap((kind) => options.witness.messagesAbout(kind))
    .map(({ subject = '' }) => subject)
    .filter((subject) => !expected.some((text) => subject.includes(text)))
  const controls = [await playSingleUser(options, calendar), await playNoDrain(options, calendar)]
  const keyControls = await playKeyScripts({ ...options, calendar, swaps: SWAPS })
  return { ...real, needless, controls, keyControls, timezone: calendar.timezone }
}

async function playReal(
  options: ScenarioOptions,
  calendar: Calendar,
): Promise<SceneFacts & Pick<PlayedFacts, 'real'>> {
  let told: Partial<SceneFacts> = {}
  const about: About = {
    title: 'Overlap',
    explanation:
      'consumers are rolled out; the old credential drains for a day, is disabled for two, and removed',
    secretId: options.sandbox.secret,
    owner: 'app',
    crew: options.crew,
    ends: 'drained',
  }
  const real = await playRun(options, calendar, about, async (stage) => {
    for (const name of options.scenes) told = { ...told, ...(await scenes[name](stage)) }
  })
  if (!isWhole(told)) throw new Error('the scenario lacks a scene')
  return { ...told, real }
}

function isWhole(told: Partial<SceneFacts>): told is SceneFacts {
  const names = ['botched', 'missed', 'held', 'silent', 'accepted', 'rolledBack', 'leaked', 'keys'] as const
  return names.every((name) => told[name] !== undefined)
}

function playSingleUser(options: ScenarioOptions, calendar: Calendar): Promise<RunFacts> {
  return playControl(options, calendar, {
    title: 'Control: single user',
    explanation: 'one user, its password is replaced in place',
    secretId: 'shop/single-user',
    owner: 'solo',
    crew: undefined,
    ends: 'not',
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
    crew: undefined,
    ends: 'at-once',
    tags: { 'overlap:drain': '0s', 'overlap:mode': 'enforce' },
  })
}

type About = Pick<RunOptions, 'title' | 'secretId' | 'owner' | 'crew' | 'ends'> & {
  readonly explanation: string
}

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
  const { sandbox, witness, retryMs, signal, tell } = options
  const run = await Run.start({ ...options, ...about, calendar })
  try {
    const { title, explanation } = about
    tell({ is: 'run begins', title, explanation })
    await play({ sandbox, witness, calendar, run, retryMs, signal, tell })
  } catch (error) {
    await run.end()
    throw error
  }
  const facts = await run.end()
  tell({ is: 'run over', run: facts })
  return facts
}
