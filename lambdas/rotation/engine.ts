/**
 * The four rotation steps. Every rule about versions and labels is here or in plan.ts; every rule about the target is in its adapter.
 *
 *   createSecret  the new value is stored as AWSPENDING before anything outside accepts it: the label is the write-ahead log. What the
 *                 target mints works already when it is stored (docs/decisions/2026-11-26-whose-a-key-is.md). On hold nothing is made,
 *                 unless AWSCURRENT leaked
 *   setSecret     the target accepts it beside the old one, and of what it minted has on record whose that is; the adapter calls
 *                 `fence.check` at the moment of writing
 *   testSecret    it is used as a consumer would; alone, with nothing pending, it is the preflight
 *   finishSecret  DRAINING pins the outgoing version, then AWSCURRENT moves by compare and swap. Nothing is revoked here or anywhere
 *                 else in a rotation function
 *
 * Gotchas
 * - Any step may come twice, late, out of order, or beside another delivery of itself. `finishSecret` therefore never trusts that
 *   the test ran: unless this process saw it pass, it tests again. Nothing untested is ever published.
 * - AWSPENDING is not a rotation function's to take away: the service does, and the sweep for a rotation that never finishes (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).
 * - An unlabelled version may be deleted by the service; only DRAINING keeps the replaced value readable until it is retired.
 */
import type { CredentialAdapter, Fence } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import type { RotationEvent } from './event.ts'
import type { Hold } from './hold.ts'
import { sayingWhoIsKeptOut } from './kept-out.ts'
import { isLeaked } from './leaked.ts'
import type { Lineage } from './lineage.ts'
import { refuseOtherTarget, refuseOwnPlace } from './other-target.ts'
import { pinHolder, pinOutgoing } from './pinning.ts'
import { isOvertaken, plan } from './plan.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'
import { giveUpCommand, releaseCommand } from './way-out.ts'

export interface Engine<C> {
  readonly store: SecretStore
  readonly adapterFor: (secret: SecretDescription) => CredentialAdapter<C>
  readonly lineage: Lineage
  /** Name of the deployment, for people's commands. */
  readonly deployment: string
  /** Is the secret on hold now? May throw what keeps it from being told; then nothing is begun. */
  readonly holdOf: (secret: SecretDescription) => Hold | undefined
  /** Milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
}

export interface Outcome {
  readonly outcome: 'done' | 'nothing' | 'preflight'
  readonly reason?: 'ALREADY_CURRENT' | 'ALREADY_CREATED' | (typeof clearing)[number]
}

interface Run<C> extends Engine<C> {
  readonly event: RotationEvent
  readonly secret: SecretDescription
  readonly currentVersionId: string
  readonly adapter: CredentialAdapter<C>
}

const done: Outcome = { outcome: 'done' }

/** Throws OverlapError; then nothing that a consumer uses has changed, or its detail `consumersAffected` says so. */
export async function rotate<C>(engine: Engine<C>, event: RotationEvent): Promise<Outcome> {
  const secret = await engine.store.describe(event.secretId)
  const planned = plan(event, secret)
  if (planned.do === 'nothing') return { outcome: 'nothing', reason: planned.because }
  try {
    if (planned.do === 'refuse') throw new OverlapError(planned.code, planned.message)
    const adapter = engine.adapterFor(secret)
    return await stepOf({ ...engine, event, secret, currentVersionId: planned.currentVersionId, adapter })
  } catch (error) {
    throw withWayOut(event, await sayingWhoIsKeptOut(engine, event, secret, error))
  }
}

function stepOf<C>(run: Run<C>): Promise<Outcome> {
  switch (run.event.step) {
    case 'createSecret':
      return create(run)
    case 'setSecret':
      return set(run)
    case 'testSecret':
      return test(run)
    case 'finishSecret':
      return finish(run)
  }
}

/** A value never changes, so a refusal of it is for ever, whoever gave it. */
function withWayOut({ secretId, token }: RotationEvent, error: unknown): unknown {
  if (!(error instanceof OverlapError) || error.code !== 'TARGET_CHANGED') return error
  const { code, message, detail, cause } = error
  return new OverlapError(
    code,
    `${message}. This rotation can never finish. In time the sweep gives it up, unless its value may be the only one that works. To rotate again ` +
      `before that, make sure that AWSCURRENT works and run: ${giveUpCommand(secretId, token)}`,
    { detail, cause },
  )
}

async function create<C>(run: Run<C>): Promise<Outcome> {
  const { adapter, event, store } = run
  const [currentValue, stored] = await Promise.all([
    readCurrent(run),
    store.read(event.secretId, event.token),
  ])
  if (stored !== undefined) {
    await refuseOvertaken(run)
    return { outcome: 'nothing', reason: 'ALREADY_CREATED' }
  }
  refuseOnHold(run)
  const current = adapter.parse(currentValue)
  const pending = await adapter
    .create(current, { versionId: event.token })
    .catch((error) => pinHolder(run, current, error))
  refuseOtherTarget(adapter, pending, current)
  try {
    await store.write(event.secretId, {
      versionId: event.token,
      secretString: adapter.serialize(pending),
      labels: ['AWSPENDING'],
      rotationToken: event.rotationToken,
    })
  } catch (error) {
    // A second delivery of this step stored its value first: that one stands.
    if ((await store.read(event.secretId, event.token).catch(() => undefined)) === undefined) throw error
    return { outcome: 'nothing', reason: 'ALREADY_CREATED' }
  }
  remember(run, false)
  return done
}

/**
 * However the rotation was begun. One whose value is stored goes on: the target may accept that already. What leaked is replaced on hold, too: whoever has it
 * does not wait.
 */
function refuseOnHold<C>({ secret, currentVersionId, holdOf, deployment }: Run<C>): void {
  if (isLeaked(secret, currentVersionId)) return
  const hold = holdOf(secret)
  if (hold === undefined) return
  const until = new Date(hold.until).toISOString()
  throw new OverlapError(
    'ON_HOLD',
    hold.by === 'hold'
      ? `the secret is on hold until ${until}: ${hold.reason}. This rotation begins after that. To let it begin now, run: ${releaseCommand(secret, deployment)}`
      : `the deployment is frozen until ${until}: ${hold.reason}. This rotation begins after that. To let it begin now, take the window out of the ` +
          "deployment's freezes and deploy",
    { detail: { until } },
  )
}

async function set<C>(run: Run<C>): Promise<Outcome> {
  const { adapter } = run
  const [current, pending] = await readBoth(run)
  if (pending === undefined) throw emptyPending(run)
  await refuseOvertaken(run)
  const pendingCredential = adapter.parse(pending)
  const currentCredential = adapter.parse(current)
  refuseOtherTarget(adapter, pendingCredential, currentCredential)
  refuseOwnPlace(adapter, pendingCredential, currentCredential)
  await adapter
    .set(pendingCredential, currentCredential, fenceOf(run))
    .catch((error) => pinHolder(run, currentCredential, error))
  return done
}

async function test<C>(run: Run<C>): Promise<Outcome> {
  const { adapter } = run
  const [current, pending] = await readBoth(run)
  if (pending === undefined || pending === current) return preflight(adapter, adapter.parse(current))
  await testPending(run, current, pending)
  return done
}

/**
 * A deployment's own preflight comes before the deployment can make the user of a new secret, and is no failure for that. Nor is a drain, nor a key that a crash lost: both end by themselves,
 * and the service tests once more, too, when the answer to finishSecret was lost.
 */
async function preflight<C>(adapter: CredentialAdapter<C>, current: C): Promise<Outcome> {
  try {
    await adapter.preflight(current)
    return { outcome: 'preflight' }
  } catch (error) {
    const reason = error instanceof OverlapError ? clearing.find((code) => code === error.code) : undefined
    if (reason === undefined) throw error
    return { outcome: 'preflight', reason }
  }
}

const clearing = ['USER_MISSING', 'DRAIN_IN_PROGRESS', 'ORPHAN_KEY'] as const

async function finish<C>(run: Run<C>): Promise<Outcome> {
  const { adapter, event, store, currentVersionId } = run
  if (!run.lineage.tested(rotationOf(run))) {
    const [current, pending] = await readBoth(run)
    if (pending === undefined) throw emptyPending(run)
    await testPending(run, current, pending)
  }
  if (adapter.overlap) await pinOutgoing(run)
  await store.moveLabel(event.secretId, 'AWSCURRENT', { from: currentVersionId, to: event.token })
  return done
}

async function testPending<C>(run: Run<C>, current: string, pending: string): Promise<void> {
  const { adapter } = run
  await refuseOvertaken(run)
  const pendingCredential = adapter.parse(pending)
  const currentCredential = adapter.parse(current)
  refuseOtherTarget(adapter, pendingCredential, currentCredential)
  await adapter.test(pendingCredential, currentCredential)
  remember(run, true)
}

function fenceOf<C>(run: Run<C>): Fence {
  return {
    versionId: run.event.token,
    currentVersionId: run.currentVersionId,
    check: async () => {
      const again = plan(run.event, await run.store.describe(run.event.secretId))
      if (again.do === 'refuse') throw new OverlapError(again.code, again.message)
      if (again.do === 'nothing' || again.currentVersionId !== run.currentVersionId)
        throw new OverlapError(
          'LABELS_MOVED',
          'AWSCURRENT moved while this step was running: nothing was written, and the next attempt starts from the new value',
        )
    },
  }
}

async function refuseOvertaken<C>(run: Run<C>): Promise<void> {
  const rotation = rotationOf(run)
  if (run.lineage.derived(rotation)) return
  const created = await run.store.createdDates(run.event.secretId)
  if (isOvertaken(rotation.pendingVersionId, rotation.currentVersionId, created))
    throw new OverlapError(
      'STALE_TOKEN',
      `version ${run.event.token} is older than AWSCURRENT, which was written while this rotation was under way: ` +
        'the sweep takes its AWSPENDING away; then rotate again',
    )
}

async function readCurrent<C>(run: Run<C>): Promise<string> {
  const value = await run.store.read(run.event.secretId, run.currentVersionId)
  if (value !== undefined) return value
  throw new OverlapError(
    'NO_CURRENT_VERSION',
    'the version labelled AWSCURRENT has no value: store a working value first',
  )
}

const pendingRetryMs = [100, 400]

/** A value is sometimes not readable right after it was put (https://github.com/aws/aws-sdk-js-v3/issues/7701), hence the bounded retry. */
async function readBoth<C>(run: Run<C>): Promise<readonly [current: string, pending: string | undefined]> {
  const read = () => run.store.read(run.event.secretId, run.event.token)
  let [current, pending] = await Promise.all([readCurrent(run), read()])
  for (const delay of pendingRetryMs) {
    if (pending !== undefined) break
    await run.sleep(delay)
    pending = await read()
  }
  return [current, pending]
}

function remember<C>(run: Run<C>, tested: boolean): void {
  run.lineage.remember({ ...rotationOf(run), tested })
}

function rotationOf<C>(run: Run<C>) {
  return {
    secretId: run.event.secretId,
    pendingVersionId: run.event.token,
    currentVersionId: run.currentVersionId,
  }
}

function emptyPending<C>(run: Run<C>): OverlapError {
  return new OverlapError(
    'PENDING_EMPTY',
    `version ${run.event.token} has no value: ${run.event.step} came before createSecret, or createSecret was refused`,
  )
}
