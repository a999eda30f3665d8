/**
 * The sweep: observe, decide, act, every few minutes.
 *
 *   gather       a listing nominates, DescribeSecret decides
 *   nextAction   pure: one action for what was gathered
 *   act          the retire function disables; the sweep itself only writes its own tag, asks for rotations, and tidies labels
 *
 * Gotchas
 * - Level-triggered: a lost event, a crash or a second sweep beside this one changes nothing, since the next pass sees the same state.
 * - It acts only on secrets whose rotation function is this deployment's, and one secret's failure never ends the pass.
 * - A retire function that answers with an error means "unknown": the drain goes on, and so does what does not depend on it.
 * - A drain counts from the last change of the secret, whatever it was, so while one is counted the sweep writes nothing that can wait.
 */
import { isDeferred, OverlapError } from '../rotation/errors.ts'
import { observed, type Telemetry } from '../rotation/observed.ts'
import { type SecretDescription, type SecretStore, versionWith } from '../rotation/secret-store.ts'
import { type Deployment, gather, type Nominee, type Retire, type SecretCatalog } from './gather.ts'
import { type Action, afterFailedRetirement, nextAction, perhapsDisabled, type Sight } from './next-action.ts'
import type { SweepState } from './state.ts'

export interface Sweep {
  readonly store: SecretStore
  readonly catalog: SecretCatalog
  /** Rotation function ARN to the retire function that goes with it. */
  readonly retirers: ReadonlyMap<string, Retire>
  readonly deployment: Deployment
  readonly telemetry: Telemetry
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds that the function may still run. */
  readonly remaining: () => number
}

export interface Pass {
  readonly seen: number
  readonly failed: number
  /** True when the pass ended early for want of time; the next one begins elsewhere. */
  readonly cut: boolean
}

/** Below this many milliseconds no further secret is begun: a retirement needs time to be done properly. */
const ENOUGH_MS = 15_000

export async function sweep(pass: Sweep): Promise<Pass> {
  const nominees: Nominee[] = []
  for await (const nominee of pass.catalog.nominees(new Set(pass.retirers.keys()))) nominees.push(nominee)
  let seen = 0
  let failed = 0
  for (const nominee of fromElsewhere(nominees, pass.now())) {
    if (pass.remaining() < ENOUGH_MS) break
    seen += 1
    await visit(pass, nominee).catch(() => {
      failed += 1
    })
  }
  const left = nominees.length - seen
  if (left > 0)
    pass.telemetry.logger.warn('sweep: cut for want of time; the next pass begins elsewhere', {
      seen,
      failed,
      left,
    })
  return { seen, failed, cut: left > 0 }
}

const MINUTE_MS = 60_000
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

/**
 * The same nominees, begun at another one in every pass, so that a few that take all the time cannot keep the rest waiting for ever. Multiples
 * of an irrational number spread evenly, whatever the interval of the passes is.
 */
function fromElsewhere(nominees: readonly Nominee[], now: number): readonly Nominee[] {
  const start = Math.floor((((now / MINUTE_MS) * GOLDEN_RATIO) % 1) * nominees.length)
  return [...nominees.slice(start), ...nominees.slice(0, start)]
}

async function visit(pass: Sweep, nominee: Nominee): Promise<void> {
  const secret = await pass.store.describe(nominee.secretId)
  const retire =
    secret.rotationFunction === undefined ? undefined : pass.retirers.get(secret.rotationFunction)
  if (retire === undefined || secret.deleted) return
  const work = {
    kind: 'sweep',
    step: 'sweep',
    secret: secret.arn,
    version: versionWith(secret, 'DRAINING') ?? '',
  }
  await observed(pass.telemetry, work, async () => {
    const sight = await gather(pass.store, retire, pass.deployment, secret, pass.now())
    const action = nextAction(sight)
    const disabled = perhapsDisabled(sight)
    if (disabled !== undefined && action.do !== 'wait')
      await retire({ action: 'restore', secretId: secret.arn, versionId: disabled, evenIfUsed: false })
    await act(pass, sight, retire, action)
    return { outcome: action.do, ...('because' in action ? { reason: action.because } : {}) }
  })
}

async function act(pass: Sweep, sight: Sight, retire: Retire, action: Action): Promise<void> {
  const { store, catalog } = pass
  const { secret, state } = sight
  switch (action.do) {
    case 'nothing':
    case 'wait':
      return
    case 'start-drain':
      return catalog.saveState(secret.arn, {
        ...state,
        drain: { version: action.version, since: pass.now() },
      })
    case 'stop-drain':
      return catalog.saveState(secret.arn, withoutDrain(state))
    case 'note-pending':
      return catalog.saveState(secret.arn, {
        ...state,
        pending: { version: action.version, since: pass.now() },
      })
    case 'retire':
      return retireVersion(pass, sight, retire, action)
    case 'move-draining':
      return store.moveLabel(secret.arn, 'DRAINING', {
        from: action.from,
        ...(action.to === undefined ? {} : { to: action.to }),
      })
    case 'resume':
      return catalog.requestRotation(secret.arn)
    case 'clear-pending':
      return store.moveLabel(secret.arn, 'AWSPENDING', { from: action.version })
  }
}

async function retireVersion(
  pass: Sweep,
  sight: Sight,
  retire: Retire,
  { version, evenIfUsed }: { readonly version: string; readonly evenIfUsed: boolean },
): Promise<void> {
  const { secret, state, policy, now } = sight
  const request = { action: 'disable', secretId: secret.arn, versionId: version, evenIfUsed } as const
  const unchangedSince = now - policy.drainSeconds * 1000
  try {
    await retire(evenIfUsed ? request : { ...request, unchangedSince })
  } catch (error) {
    // A slot that is merely in use will be free: until then there is nothing to heal.
    if (!(error instanceof OverlapError && isDeferred(error)))
      await act(pass, sight, retire, afterFailedRetirement(sight)).catch(() => undefined)
    throw error
  }
  await pass.catalog.saveState(secret.arn, withoutDrain(state))
  await resumeWaiting(pass, secret)
}

async function resumeWaiting(pass: Sweep, secret: SecretDescription): Promise<void> {
  const waiting = versionWith(secret, 'AWSPENDING')
  if (waiting !== undefined && waiting !== versionWith(secret, 'AWSCURRENT') && secret.rotationEnabled)
    await pass.catalog.requestRotation(secret.arn)
}

function withoutDrain({ pending }: SweepState): SweepState {
  return pending === undefined ? {} : { pending }
}
