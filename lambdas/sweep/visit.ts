import { isHandedBack } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import { observed, type Telemetry, type Work } from '../rotation/observed.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { act, type Result } from './act.ts'
import type { Action } from './action.ts'
import { gather } from './gather.ts'
import { isLate } from './lateness.ts'
import { leakAction } from './leak.ts'
import { needOf } from './needed.ts'
import { afterFailedRetirement, isUnderWay, nextAction, perhapsDisabled } from './next-action.ts'
import { isNews, overdueOf } from './overdue.ts'
import { isReplica } from './replica.ts'
import { restAfter } from './rest.ts'
import { type ByHand, changedByHand, restore, type Suspect, suspectOf } from './restoration.ts'
import { enable, putBack, type Scene } from './retirement.ts'
import { isUnsettled, settle } from './settled.ts'
import type { Sight } from './sight.ts'
import { stateOf } from './state.ts'
import { stuckOf } from './stuck.ts'
import { isEdited, stuckSince } from './stuck-memory.ts'
import type { Retire, Visiting } from './visiting.ts'
import { lastUseOf } from './watch.ts'

/** What a visit found. `overdue`: a rotation that should have happened; `stuck`: a retirement. `...News`: it is time to tell. */
export interface Visited {
  readonly failed: boolean
  readonly overdue: boolean
  readonly news: boolean
  readonly stuck: boolean
  readonly stuckNews: boolean
}

/** Nothing to do, and nothing to tell. */
export const untouched: Visited = {
  failed: false,
  overdue: false,
  news: false,
  stuck: false,
  stuckNews: false,
}

type Told = Omit<Visited, 'failed'>

export function workOn(secretId: string, version = ''): Work {
  return { kind: 'sweep', step: 'sweep', secret: secretId, version }
}

/**
 * One secret: observe, decide, act. Never rejects: what fails is in the log, and the next pass looks at it again. `labelMoved`: a label has just
 * moved, perhaps by hand and back to a version that is retired.
 */
export async function visit(
  visiting: Visiting,
  secret: SecretDescription,
  labelMoved: boolean,
): Promise<Visited> {
  const retire =
    secret.rotationFunction === undefined ? undefined : visiting.retirers.get(secret.rotationFunction)
  if (retire === undefined || secret.deleted || isReplica(secret) || isHandedBack(secret)) return untouched
  let told: Told = untouched
  const work = workOn(secret.arn, versionWith(secret, 'DRAINING'))
  const failed = await observed(visiting.telemetry, work, () =>
    decided(visiting, secret, retire, labelMoved, (tells) => {
      told = tells
    }).catch(waitIfMoved),
  ).then(
    () => false,
    () => true,
  )
  return { ...told, failed }
}

async function decided(
  visiting: Visiting,
  secret: SecretDescription,
  retire: Retire,
  labelMoved: boolean,
  onTold: (told: Told) => void,
): Promise<Result> {
  const scene: Scene = { secret, state: stateOf(secret, visiting.now()), retire }
  const draining = versionWith(secret, 'DRAINING')
  if (draining !== undefined) delete visiting.memory.of(secret.arn, draining).rest
  const isUnknown = isUnsettled(visiting.memory, secret, visiting.now())
  const asksDates = labelMoved || (isUnknown && perhapsDisabled(scene) === undefined)
  const { byHand, failure } = asksDates
    ? await whatHandsDid(visiting, secret)
    : { byHand: undefined, failure: undefined }
  const suspect = suspectOf(secret, scene.state, byHand, worksByHand(visiting, secret))
  if (isUnknown && !suspect && !failure) settle(visiting.memory, secret)
  const result = await goThrough(visiting, scene, suspect, isUnknown ? failure : undefined, onTold)
  // Where the sweep's own tag tells, nothing is lost by that.
  if (isUnknown && failure) throw failure.error
  return result
}

async function whatHandsDid(
  { store }: Visiting,
  secret: SecretDescription,
): Promise<{ readonly byHand?: ByHand | undefined; readonly failure?: Failure }> {
  try {
    return { byHand: await changedByHand(store, secret) }
  } catch (error) {
    return { failure: { error } }
  }
}

async function goThrough(
  visiting: Visiting,
  scene: Scene,
  suspect: Suspect | undefined,
  unknown: Failure | undefined,
  onTold: (told: Told) => void,
): Promise<Result> {
  const { secret, retire } = scene
  const urgent = leakAction({ ...scene, now: visiting.now() }, visiting.deployment)
  if (urgent !== undefined) {
    // What leaked is revoked, whatever keeps AWSCURRENT from working.
    const failure = suspect && (await restore(visiting, retire, secret, suspect).then(noFailure, asFailure))
    // What is to drain only now would hide that AWSCURRENT was not found to work.
    const hides = urgent.do === 'move-draining' ? (failure ?? unknown) : undefined
    if (hides) throw hides.error
    const result = await act(visiting, scene, urgent).catch(async (error) => {
      // A rotation that can never finish may name its user, and is given up by the rest of the pass.
      if (error instanceof OverlapError && error.code === 'PRINCIPAL_IN_USE')
        await goOn(visiting, scene, suspect, onTold).catch(() => undefined)
      throw error
    })
    if (failure) throw failure.error
    return result
  }
  return goOn(visiting, scene, suspect, onTold)
}

/** The ordinary course of things. */
async function goOn(
  visiting: Visiting,
  scene: Scene,
  suspect: Suspect | undefined,
  onTold: (told: Told) => void,
): Promise<Result> {
  const { secret, retire } = scene
  const sight = await observe(visiting, scene, suspect)
  const action = nextAction(sight)
  const told = await tell(visiting, sight, action)
  onTold(told)
  // A rotation that is about to finish takes its place.
  const finishes = action.do === 'wait' && action.because === 'ROTATION_UNDER_WAY'
  if (suspect && !(finishes && suspect.likelyWorks)) await restore(visiting, retire, secret, suspect)
  const result = await act(visiting, { ...scene, state: sight.state }, action, () =>
    afterFailedRetirement(sight),
  )
  // What is told is counted in each pass.
  if (!suspect && !told.overdue && !told.stuck) keepRest(visiting, sight, action)
  return result
}

function keepRest({ memory, deployment }: Visiting, sight: Sight, action: Action): void {
  const version = versionWith(sight.secret, 'DRAINING')
  const rest = restAfter(sight, action, deployment)
  if (version !== undefined && rest !== undefined) memory.of(sight.secret.arn, version).rest = rest
}

function worksByHand({ memory }: Visiting, secret: SecretDescription): string | undefined {
  const draining = versionWith(secret, 'DRAINING')
  return draining === undefined ? undefined : memory.of(secret.arn, draining).worksByHand
}

interface Failure {
  readonly error: unknown
}

const noFailure = () => undefined
const asFailure = (error: unknown): Failure => ({ error })

/** A rotation, a person or another sweep was faster than this visit, which decided on labels that are no more. */
function waitIfMoved(error: unknown): Result {
  if (error instanceof OverlapError && error.code === 'LABELS_MOVED')
    return { outcome: 'wait', reason: 'LABELS_MOVED' }
  throw error
}

async function observe(visiting: Visiting, scene: Scene, suspect: Suspect | undefined): Promise<Sight> {
  const { secret, state, retire } = scene
  try {
    return await gather(visiting, retire, secret)
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'LABELS_MOVED') throw error
    // A tag that cannot be read is no reason to leave consumers with a credential that does not work, whichever of the two they use.
    if (suspect) await restore(visiting, retire, secret, suspect)
    const draining = versionWith(secret, 'DRAINING')
    if (draining === undefined || draining === versionWith(secret, 'AWSCURRENT')) throw error
    const { since, off, works } = state.drain?.version === draining ? state.drain : {}
    // What works until it is removed nobody misses.
    if (works) throw error
    if (since === undefined || off === undefined) await putBack(visiting, scene, draining)
    else {
      const use = await needOf(visiting, scene, { secretId: secret.arn, version: draining, since, off })
      if (use !== undefined) await enable(visiting, scene, { do: 'enable', version: draining, use })
    }
    throw error
  }
}

async function tell(visiting: Visiting, sight: Sight, action: Action): Promise<Told> {
  const { telemetry, deployment, memory, now } = visiting
  const overdue = overdueOf(sight, isUnderWay(action))
  if (overdue !== undefined) say(telemetry, sight, 'overdue', overdue)
  const told = {
    ...untouched,
    overdue: overdue !== undefined,
    news: overdue !== undefined && isNews(overdue, now()),
  }

  // It ends in this very pass, or a use of it is seen that the next one can name.
  if (action.do === 'retire') return told
  const version = versionWith(sight.secret, 'DRAINING')
  const remembered = memory.of(sight.secret.arn, version ?? '')
  const known = { isEdited: isEdited(remembered, sight, version) }
  const late = version !== undefined && isLate(sight, version, deployment, known)
  const lastUse = late ? await lastUseOf(visiting, sight, version) : undefined
  const stuck = stuckOf(sight, deployment, { ...known, lastUse })
  const since = stuckSince(remembered, sight, deployment, stuck)
  if (stuck === undefined) return told
  say(telemetry, sight, 'stuck', stuck)
  return { ...told, stuck: true, stuckNews: isNews({ since }, now()) }
}

function say(
  { logger }: Telemetry,
  { secret, policy }: Sight,
  outcome: 'overdue' | 'stuck',
  { reason, sentence }: { readonly reason: string; readonly sentence: string },
): void {
  logger.warn(`${outcome}: ${reason}`, {
    kind: 'sweep',
    step: outcome,
    outcome,
    secret: secret.arn,
    owner: policy.owner ?? 'unowned',
    reason,
    error: sentence,
    severity: 'ticket',
  })
}
