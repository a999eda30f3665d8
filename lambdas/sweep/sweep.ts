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
 * - A retire function that answers with an error means "unknown": the drain goes on.
 */
import { OverlapError } from '../rotation/errors.ts'
import { observed, type Telemetry } from '../rotation/observed.ts'
import { type SecretDescription, type SecretStore, versionWith } from '../rotation/secret-store.ts'
import { type Deployment, gather, type Nominee, type Retire, type SecretCatalog } from './gather.ts'
import { type Action, nextAction } from './next-action.ts'
import { decodeState, STATE_TAG, type SweepState } from './state.ts'

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
  /** True when the pass ended early for want of time; the next one goes on. */
  readonly cut: boolean
}

/** Below this many milliseconds no further secret is begun: a retirement needs time to be done properly. */
const ENOUGH_MS = 15_000

export async function sweep(pass: Sweep): Promise<Pass> {
  let seen = 0
  let failed = 0
  for await (const nominee of pass.catalog.nominees(new Set(pass.retirers.keys()))) {
    if (pass.remaining() < ENOUGH_MS) return { seen, failed, cut: true }
    seen += 1
    await visit(pass, nominee).catch(() => {
      failed += 1
    })
  }
  return { seen, failed, cut: false }
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
    const action = nextAction(await gather(pass.store, retire, pass.deployment, secret, pass.now()))
    await act(pass, secret, retire, action)
    return { outcome: action.do, ...('because' in action ? { reason: action.because } : {}) }
  })
}

async function act(pass: Sweep, secret: SecretDescription, retire: Retire, action: Action): Promise<void> {
  const { store, catalog } = pass
  const state = decodeState(secret.tags.get(STATE_TAG))
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
      return retireVersion(pass, secret, retire, state, action)
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
  secret: SecretDescription,
  retire: Retire,
  state: SweepState,
  { version, evenIfUsed }: { readonly version: string; readonly evenIfUsed: boolean },
): Promise<void> {
  const request = { secretId: secret.arn, versionId: version, evenIfUsed }
  try {
    await retire({ action: 'disable', ...request })
  } catch (error) {
    const code = error instanceof OverlapError ? error.code : undefined
    if (code === 'STILL_USED' && state.drain)
      await pass.catalog.saveState(secret.arn, { ...state, drain: { ...state.drain, seen: pass.now() } })
    // The slot is another version's already: the rotation that waits is what puts the label right.
    if (code === 'PRINCIPAL_IN_USE') await resumeWaiting(pass, secret)
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
