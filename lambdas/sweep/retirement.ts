import type { EvidenceRecord, Proof } from '../evidence/record.ts'
import { isDeferred, OverlapError } from '../rotation/errors.ts'
import { isLeaked } from '../rotation/leaked.ts'
import { mints } from '../rotation/minting.ts'
import type { RetireRequest, RetireResult } from '../rotation/retire-request.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Action } from './action.ts'
import { amend, isOffMeanwhile } from './amend.ts'
import { waitingIn } from './due.ts'
import { inspect } from './inspect.ts'
import { isCurrentLeaked } from './leak.ts'
import { type Drain, type SweepState, stateOf } from './state.ts'
import type { Retire, Visiting } from './visiting.ts'

export type Retiring = Pick<Visiting, 'store' | 'catalog' | 'watcher' | 'memory' | 'now'>

/** The secret that is acted on, as it was seen, and who acts. */
export interface Scene {
  readonly secret: SecretDescription
  readonly state: SweepState
  readonly retire: Retire
}

type Of<Do extends Action['do']> = Extract<Action, { readonly do: Do }>

/**
 * Takes the version out of use. Kept in the journal before the tag says so: whoever dies between the two has it done again, which changes nothing. The slot of a
 * swap is free at once.
 */
export async function disable(retiring: Retiring, scene: Scene, action: Of<'retire'>): Promise<void> {
  const { secret, retire } = scene
  const { version, swap, unchangedSince, quietForMs, proof } = action
  const request = { action: 'disable', secretId: secret.arn, versionId: version, evenIfUsed: swap } as const
  try {
    const done = await retire(swap ? request : { ...request, unchangedSince, quietForMs })
    await disabled(retiring, scene, version, done, proof)
    // Not as the secret was seen: its tag was written just now.
    if (swap) await free(retiring, scene, { version, proof })
    if (swap || done.outcome === 'superseded') await resumeWaiting(retiring, secret)
  } catch (error) {
    if (isBack(error)) await noteBack(retiring, scene, version, error.code).catch(() => undefined)
    if (isStillUsed(error)) await noteUnknownUse(retiring, scene, version).catch(() => undefined)
    throw error
  }
}

/** Of a version that leaked: whoever uses it, and for ever. */
export async function revoke(
  retiring: Retiring,
  scene: Scene,
  { version, proof }: Of<'revoke'>,
): Promise<void> {
  const { secret, retire } = scene
  const done = await retire({
    action: 'disable',
    secretId: secret.arn,
    versionId: version,
    evenIfUsed: true,
    leaked: true,
  })
  await disabled(retiring, scene, version, done, proof)
  // The rotation that waits for the slot goes on in the next pass, unless it is on hold.
  await free(retiring, scene, { version, proof })
}

async function disabled(
  retiring: Retiring,
  scene: Scene,
  version: string,
  result: RetireResult,
  proof: Proof,
): Promise<void> {
  const { secret } = scene
  const isGone = result.outcome === 'superseded'
  const works = result.outcome === 'disabled' && result.works ? { works: true as const } : {}
  await record(
    retiring,
    secret,
    version,
    isGone ? { event: 'superseded' } : { event: 'disabled', proof, by: 'sweep', ...works },
  )
  // Of what leaked the tag says that it was ended, also where its place was another's already. A key that AWSCURRENT holds, too, ends with that.
  const isOver = isLeaked(secret, version) && !(mints(secret.tags) && isCurrentLeaked(secret))
  if (isGone && !isOver) return
  // Of two clocks the one that is ahead makes the quarantine longer.
  const at = result.outcome === 'disabled' ? result.at : undefined
  const off = Math.max(retiring.now(), at ?? 0)
  await amend(retiring, secret.arn, (state) => {
    // It may have been found unused before, and work no more now.
    const { works: _, ...drain } = drainOf(scene, state, version, off)
    return { ...state, drain: { ...drain, off, ...works } }
  })
}

/** Ends the quarantine. The rotation that waits for the slot goes on. */
export async function remove(retiring: Retiring, scene: Scene, action: Of<'remove'>): Promise<void> {
  const disabledAt = scene.state.drain?.off
  const quiet =
    disabledAt === undefined ? {} : { disabledAt, quietForMs: action.quietForMs, ...unchanged(scene) }
  await free(retiring, scene, action, { ...quiet, ...(await unlessUsed(retiring, scene, action)) })
  await resumeWaiting(retiring, scene.secret)
}

/** Whom a person accepted when it was found to be in use keeps nothing. */
async function unlessUsed(
  { watcher, now }: Retiring,
  { secret, state }: Scene,
  { version, unusedSince }: Of<'remove'>,
): Promise<Pick<RetireRequest, 'unusedSince' | 'despite'>> {
  if (unusedSince === undefined) return {}
  const { names } = await watcher.accepted(secret.arn, version, state.drain?.since ?? now())
  return { unusedSince, despite: names }
}

async function free(
  retiring: Retiring,
  scene: Scene,
  { version, proof }: Pick<Of<'remove'>, 'version' | 'proof'>,
  quiet: Pick<RetireRequest, 'disabledAt' | 'quietForMs' | 'unchangedSince' | 'unusedSince' | 'despite'> = {},
): Promise<void> {
  const { secret, retire } = scene
  const subject = { secretId: secret.arn, versionId: version, evenIfUsed: false }
  try {
    const { outcome } = await retire({ action: 'remove', ...subject, ...quiet })
    await record(retiring, secret, version, {
      event: outcome === 'superseded' ? 'superseded' : 'removed',
      ...(proof === undefined || outcome === 'superseded' ? {} : { proof }),
    })
  } catch (error) {
    // It works, whoever put it back: so it drains.
    if (isStillUsed(error)) {
      await noteBack(retiring, scene, version, error.code).catch(() => undefined)
      await noteUnknownUse(retiring, scene, version)
    }
    throw error
  }
}

/** What is noted sooner is noted at once. */
const LONG_AFTER_MS = 60_000

/** A use starts the quiet time anew (`at` in ms since the epoch), unless somebody has disabled the version meanwhile. */
export async function noteSeen(
  retiring: Retiring,
  scene: Scene,
  { version, at }: { readonly version: string; readonly at: number },
): Promise<void> {
  await amend(retiring, scene.secret.arn, (state) => {
    if (isOffMeanwhile(scene, state, version)) return undefined
    const { off: _, noted: __, ...drain } = drainOf(scene, state, version, at)
    const [seen, now] = [Math.max(at, drain.seen ?? at), retiring.now()]
    const noted = now - seen >= LONG_AFTER_MS ? { noted: now } : {}
    return { ...state, drain: { ...drain, seen, ...noted } }
  })
}

/** The next pass looks who it is. */
function noteUnknownUse(retiring: Retiring, scene: Scene, version: string): Promise<void> {
  delete retiring.memory.of(scene.secret.arn, version).lookedAt
  return noteSeen(retiring, scene, { version, at: retiring.now() })
}

/**
 * Somebody needed what was disabled. It works again before anything else is done, and drains anew. Where it worked all along that is all.
 *
 * @throws `USED_WHILE_DISABLED` once it works again, or where nothing can make it work, and otherwise what kept it from working; all are felt by consumers
 */
export async function enable(
  retiring: Retiring,
  scene: Scene,
  { version, use }: Of<'enable'>,
): Promise<void> {
  const { secret, retire } = scene
  const request = { action: 'enable', secretId: secret.arn, versionId: version, evenIfUsed: false } as const
  const { outcome } = await retire(request).catch((error: unknown) => {
    if (!(error instanceof OverlapError) || error.code === 'LABELS_MOVED') throw error
    throw felt(error.code, `${used(version, use)}, and it could not be put back: ${error.message}`, error)
  })
  if (outcome === 'nothing') {
    const found = await inspect(retire, secret.arn, version, scene.state.drain?.off ?? retiring.now())
    if (!('unknown' in found) && found.disabled === false) {
      await noteBack(retiring, scene, version, 'it was found not to be disabled')
      return
    }
    await noteSeen(retiring, scene, { version, at: retiring.now() })
    throw felt(
      'USED_WHILE_DISABLED',
      `${used(version, use)}, and there is nothing that could be put back`,
      undefined,
    )
  }
  await noteSeen(retiring, scene, { version, at: retiring.now() })
  const failure = await record(retiring, secret, version, {
    event: 'enabled',
    reason: 'USED_WHILE_DISABLED',
  }).then(
    () => undefined,
    (error: unknown) => error,
  )
  const unkept = failure === undefined ? '' : '. The journal could not be told'
  throw felt(
    'USED_WHILE_DISABLED',
    `${used(version, use)}: it works again, and drains anew${unkept}`,
    failure,
  )
}

function used(version: string, use: string): string {
  return `version ${version} was disabled, and is used by ${use}`
}

function felt(code: OverlapError['code'], message: string, cause: unknown): OverlapError {
  return new OverlapError(code, message, {
    ...(cause instanceof OverlapError ? { cause } : {}),
    detail: { consumersAffected: true },
  })
}

/**
 * Nothing is retired by this: it only undoes what an attempt left that was cut off, so that what drains works. What somebody has disabled meanwhile, and said so, is no
 * such thing. `evenIfChanged`: nobody has said anything of it, and its drain is about to begin.
 */
export async function putBack(
  retiring: Retiring,
  scene: Scene,
  version: string,
  { evenIfChanged = false }: { readonly evenIfChanged?: boolean } = {},
): Promise<void> {
  const { secret, retire } = scene
  const { store, now } = retiring
  if (isOffMeanwhile(scene, stateOf(await store.describe(secret.arn), now()), version)) return
  try {
    const request = { action: 'enable', secretId: secret.arn, versionId: version, evenIfUsed: false } as const
    const { outcome } = await retire(evenIfChanged ? request : { ...request, ...unchanged(scene) })
    if (outcome !== 'enabled') return
    const reason = 'an attempt was cut off'
    if (!(await noteBack(retiring, scene, version, reason)))
      await record(retiring, secret, version, { event: 'enabled', reason })
  } catch (error) {
    // A value that a person stored for the same user is not touched, and what leaked is not put back.
    const isNothing =
      error instanceof OverlapError &&
      (isDeferred(error) || error.code === 'PRINCIPAL_IN_USE' || error.code === 'LEAKED')
    if (!isNothing) throw error
  }
}

/** It works. Where tag and journal say that it is out of use they no longer do, and the quiet time starts anew. */
export async function noteBack(
  retiring: Retiring,
  { secret }: Scene,
  version: string,
  reason: string,
): Promise<boolean> {
  let isTold = false
  await amend(retiring, secret.arn, (state) => {
    if (state.drain?.version !== version || state.drain.off === undefined) return undefined
    const { off: _, works, ...drain } = state.drain
    isTold = works !== true
    return { ...state, drain: { ...drain, seen: retiring.now() } }
  })
  if (isTold) await record(retiring, secret, version, { event: 'enabled', reason })
  return isTold
}

/** What is asked for only as long as the secret is as it was seen. */
function unchanged({ secret }: Scene): Pick<RetireRequest, 'unchangedSince'> {
  return secret.lastChanged === undefined ? {} : { unchangedSince: secret.lastChanged.getTime() }
}

async function resumeWaiting({ catalog }: Retiring, secret: SecretDescription): Promise<void> {
  const waiting = waitingIn(secret)
  if (waiting !== undefined && secret.rotationEnabled) await catalog.requestRotation(secret.arn, waiting)
}

type What = EvidenceRecord extends infer R
  ? R extends EvidenceRecord
    ? Omit<R, 'v' | 'secret' | 'version' | 'at'>
    : never
  : never

function record(
  { watcher, now }: Retiring,
  { arn }: SecretDescription,
  version: string,
  what: What,
): Promise<void> {
  const subject = { v: 1, secret: arn, version, at: new Date(now()).toISOString() } as const
  return watcher.record({ ...subject, ...what } as EvidenceRecord)
}

/** As the tag has it now, and otherwise as it was seen. */
function drainOf({ state: seen }: Scene, { drain }: SweepState, version: string, now: number): Drain {
  return [drain, seen.drain].find((known) => known?.version === version) ?? { version, since: now }
}

/** With these a retire function says that it put back what may have been disabled, whoever did that (lambdas/rotation/disable.ts). */
function isBack(error: unknown): error is OverlapError {
  return error instanceof OverlapError && (error.code === 'STILL_USED' || error.code === 'PRINCIPAL_IN_USE')
}

function isStillUsed(error: unknown): error is OverlapError {
  return error instanceof OverlapError && error.code === 'STILL_USED' && isDeferred(error)
}
