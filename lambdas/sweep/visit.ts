import { isHandedBack } from '../rotation/at-rest.ts'
import { isDeferred, OverlapError } from '../rotation/errors.ts'
import { observed, type Telemetry, type Work } from '../rotation/observed.ts'
import { type SecretDescription, type SecretStore, versionWith } from '../rotation/secret-store.ts'
import { waitingIn } from './due.ts'
import { gather, isRolledBack, type Retire, type SecretCatalog } from './gather.ts'
import { type Action, afterFailedRetirement, isUnderWay, nextAction, perhapsDisabled } from './next-action.ts'
import { isNews, type Overdue, overdueOf } from './overdue.ts'
import type { Pace } from './pace.ts'
import type { Deployment, Sight } from './sight.ts'
import { type SweepState, stateOf } from './state.ts'

export interface Visiting {
  readonly store: SecretStore
  readonly catalog: SecretCatalog
  /** Rotation function ARN to the retire function that goes with it. */
  readonly retirers: ReadonlyMap<string, Retire>
  readonly deployment: Deployment
  readonly telemetry: Telemetry
  readonly pace: Pace
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export interface Visited {
  readonly failed: boolean
  readonly overdue: boolean
  /** Is it time to tell that it is overdue? */
  readonly news: boolean
}

/** Nothing to do, and nothing to tell. */
export const untouched: Visited = { failed: false, overdue: false, news: false }

interface Result {
  readonly outcome: string
  readonly reason?: string
}

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
  if (retire === undefined || secret.deleted || isHandedBack(secret)) return untouched
  let overdue: Overdue | undefined
  const work = async (): Promise<Result> => {
    // What cannot be told now, the sweep's own tag mostly tells the next pass.
    const rolledBack = labelMoved && (await isRolledBack(visiting.store, secret).catch(() => false))
    const suspect = suspectOf(secret, stateOf(secret, visiting.now()), rolledBack)
    const sight = await observe(visiting, secret, retire, suspect)
    const action = nextAction(sight)
    overdue = overdueOf(sight, isUnderWay(action))
    if (overdue !== undefined) tell(visiting.telemetry, sight, overdue)
    // A rotation that is about to finish takes its place.
    const finishes = action.do === 'wait' && action.because === 'ROTATION_UNDER_WAY'
    if (suspect && !(finishes && suspect.pinned)) await restore(retire, secret, suspect)
    return act(visiting, sight, retire, action)
  }
  const failed = await observed(visiting.telemetry, workOn(secret.arn, versionWith(secret, 'DRAINING')), () =>
    work().catch(waitIfMoved),
  ).then(
    () => false,
    () => true,
  )
  return {
    failed,
    overdue: overdue !== undefined,
    news: overdue !== undefined && isNews(overdue, visiting.now()),
  }
}

/** A rotation, a person or another sweep was faster than this visit, which decided on labels that are no more. */
function waitIfMoved(error: unknown): Result {
  if (error instanceof OverlapError && error.code === 'LABELS_MOVED')
    return { outcome: 'wait', reason: 'LABELS_MOVED' }
  throw error
}

async function observe(
  { store, deployment, now }: Visiting,
  secret: SecretDescription,
  retire: Retire,
  suspect: Suspect | undefined,
): Promise<Sight> {
  try {
    return await gather(store, retire, deployment, secret, now())
  } catch (error) {
    // A tag that cannot be read is no reason to leave consumers with a credential that does not work, whichever of the two they use.
    if (suspect) await restore(retire, secret, suspect)
    const draining = versionWith(secret, 'DRAINING')
    if (draining !== undefined && draining !== versionWith(secret, 'AWSCURRENT'))
      await putBack(retire, secret, draining)
    throw error
  }
}

/** The version that is AWSCURRENT and may be disabled. */
interface Suspect {
  readonly versionId: string
  /** Likely only pinned by a rotation that is about to replace it, and has never drained. */
  readonly pinned: boolean
}

function suspectOf(secret: SecretDescription, state: SweepState, rolledBack: boolean): Suspect | undefined {
  const versionId =
    perhapsDisabled({ secret, state }) ?? (rolledBack ? versionWith(secret, 'AWSCURRENT') : undefined)
  if (versionId === undefined) return undefined
  const drained = rolledBack || state.drain?.version === versionId
  return { versionId, pinned: waitingIn(secret) !== undefined && !drained }
}

/** Makes AWSCURRENT work where its own retirement may have been begun. What fails here may be felt by consumers already. */
async function restore(
  retire: Retire,
  secret: SecretDescription,
  { versionId, pinned }: Suspect,
): Promise<void> {
  try {
    await retire({ action: 'restore', secretId: secret.arn, versionId, evenIfUsed: false })
  } catch (error) {
    if (!(error instanceof OverlapError) || error.code === 'LABELS_MOVED' || pinned) throw error
    const { code, message, cause, detail } = error
    const how = code === 'CURRENT_REFUSED' ? 'does not work' : 'whether it works is not known'
    throw new OverlapError(code, `version ${versionId} is AWSCURRENT again, and ${how}: ${message}`, {
      cause,
      detail: { ...detail, consumersAffected: true },
    })
  }
}

function tell({ logger }: Telemetry, { secret, policy }: Sight, { reason, sentence }: Overdue): void {
  logger.warn(`overdue: ${reason}`, {
    kind: 'sweep',
    step: 'overdue',
    outcome: 'overdue',
    secret: secret.arn,
    owner: policy.owner ?? 'unowned',
    reason,
    error: sentence,
    severity: 'ticket',
  })
}

async function act(visiting: Visiting, sight: Sight, retire: Retire, action: Action): Promise<Result> {
  const { store, catalog, pace, now } = visiting
  const { secret, state } = sight
  const done = { outcome: action.do }
  switch (action.do) {
    case 'nothing':
    case 'wait':
      return action.because === undefined ? done : { ...done, reason: action.because }
    case 'start-drain':
      await catalog.saveState(secret.arn, { ...state, drain: { version: action.version, since: now() } })
      return done
    case 'stop-drain':
      await catalog.saveState(secret.arn, without(state, 'drain'))
      return done
    case 'note-pending':
      await catalog.saveState(secret.arn, { ...state, pending: { version: action.version, since: now() } })
      return done
    case 'forget-pending':
      await catalog.saveState(secret.arn, without(state, 'pending'))
      return done
    case 'record-plan':
      await catalog.saveState(secret.arn, {
        ...without(state, 'plan'),
        ...(action.plan === undefined ? {} : { plan: action.plan }),
      })
      return done
    case 'retire':
      await retireVersion(visiting, sight, retire, action)
      return done
    case 'put-back':
      await putBack(retire, secret, action.version)
      return { outcome: 'wait', reason: action.because }
    case 'move-draining':
      await store.moveLabel(secret.arn, 'DRAINING', {
        from: action.from,
        ...(action.to === undefined ? {} : { to: action.to }),
      })
      return done
    case 'clear-pending':
      await store.moveLabel(secret.arn, 'AWSPENDING', { from: action.version })
      return done
    // Not paced: it mends what was begun, and one secret after the other is slow enough.
    case 'resume':
      await catalog.requestRotation(secret.arn, action.version)
      return done
    case 'request':
      if (!pace.take()) return { outcome: 'wait', reason: 'PACED' }
      await catalog.requestRotation(secret.arn, action.token)
      return done
  }
}

/** Of a secret that was changed at all, nothing is retired by this; the retire function only undoes, or completes, what was cut off. */
async function putBack(retire: Retire, { arn }: SecretDescription, versionId: string): Promise<void> {
  const request = {
    action: 'disable',
    secretId: arn,
    versionId,
    evenIfUsed: false,
    unchangedSince: 0,
  } as const
  await retire(request).catch((error) => {
    if (!(error instanceof OverlapError && isDeferred(error))) throw error
  })
}

async function retireVersion(
  visiting: Visiting,
  sight: Sight,
  retire: Retire,
  { version, evenIfUsed }: { readonly version: string; readonly evenIfUsed: boolean },
): Promise<void> {
  const { secret, policy, now } = sight
  const request = { action: 'disable', secretId: secret.arn, versionId: version, evenIfUsed } as const
  const unchangedSince = now - policy.drainSeconds * 1000
  try {
    await retire(evenIfUsed ? request : { ...request, unchangedSince })
  } catch (error) {
    // A slot that is merely in use will be free: until then there is nothing to heal.
    if (!(error instanceof OverlapError && isDeferred(error)))
      await act(visiting, sight, retire, afterFailedRetirement(sight)).catch(() => undefined)
    throw error
  }
  const waiting = waitingIn(secret)
  if (waiting !== undefined && secret.rotationEnabled)
    await visiting.catalog.requestRotation(secret.arn, waiting)
}

function without(state: SweepState, part: keyof SweepState): SweepState {
  const { [part]: _, ...rest } = state
  return rest
}
