/**
 * What people ask of a deployment. One secret's trouble is its own: each gets an entry that says what became of it.
 *
 *   check      the rotation function says what would block a rotation; nothing is written
 *   provision  the rotation function makes the user of a secret that is new
 *   hold       a tag stops rotations and retirements until a moment, and says why; whoever means all takes no longer hold away
 *   release    takes it away before its time
 *   leave      hands the user of one secret back
 */

import { answered } from '../rotation/answered.ts'
import type { AskedRotation } from '../rotation/asked-rotation.ts'
import { isHandedBack } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import { type Freeze, formatHold, HOLD_TAG, type Hold, holdOf } from '../rotation/hold.ts'
import type { Telemetry } from '../rotation/observed.ts'
import { parsePolicy } from '../rotation/policy.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Retire } from '../sweep/gather.ts'
import type { Pace } from '../sweep/pace.ts'
import type { Entry } from './entry.ts'
import { holdInPlace, leastHeldFirst } from './hold-in-place.ts'
import { leave } from './leave.ts'
import type { OperatedSecrets } from './operated-secrets.ts'
import type { OperateRequest } from './request.ts'

/** A rotation function and the retire function that goes with it. */
export interface Functions {
  readonly rotate: AskedRotation
  readonly retire: Retire
}

export interface Operating {
  readonly secrets: OperatedSecrets
  /** By the ARN of the rotation function. */
  readonly functions: ReadonlyMap<string, Functions>
  readonly schedules: readonly string[]
  readonly freezes: readonly Freeze[]
  /** Its name, for the commands that people run. */
  readonly deployment: string
  readonly telemetry: Telemetry
  /** Lets writes of tags through one at a time. */
  readonly pace: Pace
  /** Milliseconds that may still be spent, the answer apart. */
  readonly spare: () => number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

type HoldRequest = Extract<OperateRequest, { readonly action: 'hold' }>

/** Rejects with OverlapError only when the secrets cannot be listed. */
export async function operate(operating: Operating, request: OperateRequest): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const secretId of await targets(operating, request))
    entries.push(
      operating.spare() > 0
        ? await entryOf(operating, request, secretId)
        : { secret: secretId, outcome: 'failed', code: 'TIME_UP', message: noTime(request) },
    )
  return entries
}

/** A listing may be minutes late, so it names secrets, in an order, and decides nothing. */
async function targets(
  { secrets, functions }: Operating,
  { action, target }: OperateRequest,
): Promise<readonly string[]> {
  if ('secret' in target) return [target.secret]
  const found: SecretDescription[] = []
  for await (const secret of secrets.list(new Set(functions.keys())))
    if (!isHandedBack(secret)) found.push(secret)
  return (action === 'hold' ? leastHeldFirst(found) : found).map(({ arn }) => arn)
}

async function entryOf(operating: Operating, request: OperateRequest, secretId: string): Promise<Entry> {
  const found = await described(operating, secretId).then(
    (secret) => ({ secret }),
    (error: unknown) => ({ error }),
  )
  const { arn: secret = secretId, name } = 'secret' in found ? found.secret : {}
  const work = { kind: 'operate', step: request.action, secret, version: '' }
  try {
    return await answered(operating.telemetry, work, async () => {
      if ('error' in found) throw found.error
      return done(operating, request, found.secret)
    })
  } catch (error) {
    // What is not ours has been reported as a defect by now.
    const { code, message, detail } = error instanceof OverlapError ? error : unexpected
    return {
      secret,
      ...(name === undefined ? {} : { name }),
      outcome: 'failed',
      code,
      message,
      ...(typeof detail.statement === 'string' ? { run: detail.statement } : {}),
    }
  }
}

const unexpected: Pick<OverlapError, 'code' | 'message' | 'detail'> = {
  code: 'UNEXPECTED',
  message: 'an unexpected error: the log of this function has its place',
  detail: {},
}

function done(operating: Operating, request: OperateRequest, secret: SecretDescription): Promise<Entry> {
  const functions = functionsOf(operating, secret)
  switch (request.action) {
    case 'check':
      return check(operating, functions.rotate, secret)
    case 'provision':
      return provision(functions.rotate, secret)
    case 'hold':
      return hold(operating, secret, request)
    case 'release':
      return release(operating, secret, request)
    case 'leave':
      return leave(operating.secrets, functions.retire, secret, operating.deployment)
  }
}

/** Throws `SECRET_UNKNOWN`. */
async function described({ secrets }: Operating, secretId: string): Promise<SecretDescription> {
  try {
    return await secrets.describe(secretId)
  } catch (error) {
    const why = error instanceof OverlapError ? error.detail.awsError : undefined
    if (why === 'ResourceNotFoundException')
      throw new OverlapError(
        'SECRET_UNKNOWN',
        `there is no secret ${secretId} in the account and Region of this deployment`,
      )
    if (why === 'AccessDeniedException')
      throw new OverlapError(
        'SECRET_UNKNOWN',
        `this deployment may not look at ${secretId}: there is no such secret, or another function rotates it`,
      )
    throw error
  }
}

/** Throws `SECRET_NOT_OURS`. */
function functionsOf({ functions }: Operating, { name, rotationFunction }: SecretDescription): Functions {
  const found = rotationFunction === undefined ? undefined : functions.get(rotationFunction)
  if (found) return found
  throw new OverlapError(
    'SECRET_NOT_OURS',
    rotationFunction === undefined
      ? `the secret ${name} has no rotation function: this deployment does not rotate it`
      : `the secret ${name} is rotated by ${rotationFunction}, which is no function of this deployment`,
  )
}

async function check(
  { schedules }: Operating,
  rotate: AskedRotation,
  { arn, name, tags }: SecretDescription,
): Promise<Entry> {
  const found = await rotate.check(arn)
  return {
    secret: arn,
    name,
    ...(found.outcome === 'ready' ? { ...found, ...unscheduled(tags, schedules) } : found),
  }
}

/** The rotation function does not know the deployment's schedules; and a secret with an unknown one is never rotated by itself. */
function unscheduled(tags: SecretDescription['tags'], schedules: readonly string[]): Partial<Entry> {
  const { schedule } = parsePolicy(tags, 0)
  if (schedule === undefined || schedules.includes(schedule)) return {}
  const known = schedules.length === 0 ? 'it has none' : `it has ${schedules.join(', ')}`
  return {
    outcome: 'blocked',
    code: 'POLICY_INVALID',
    message: `tag overlap:schedule names ${schedule}, which is no schedule of this deployment: ${known}`,
  }
}

async function provision(rotate: AskedRotation, { arn, name }: SecretDescription): Promise<Entry> {
  try {
    const { outcome } = await rotate.provision(arn)
    return { secret: arn, name, outcome }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    const { code, message, detail, cause } = error
    throw new OverlapError(code, `${message}. Then ask again: whoever is there is not made twice`, {
      detail,
      cause,
    })
  }
}

async function hold(operating: Operating, secret: SecretDescription, wanted: HoldRequest): Promise<Entry> {
  refuseDeparted(secret)
  const value = formatHold(wanted)
  const before = secret.tags.get(HOLD_TAG)
  const held: Entry = { secret: secret.arn, name: secret.name, outcome: 'held' }
  if (before === value) return held
  const inPlace = holdInPlace(secret)
  if ('all' in wanted.target && inPlace !== undefined && inPlace.until >= wanted.until)
    return keeping(held, inPlace)
  await turn(operating, wanted)
  await operating.secrets.tag(secret.arn, { [HOLD_TAG]: value })
  if (before === undefined) return held
  const isShorter = inPlace !== undefined && wanted.until < inPlace.until
  return {
    ...held,
    information: [`in place of the hold ${before}${isShorter ? ', which would have ended later' : ''}`],
  }
}

/** Whoever means all does not mean to shorten what somebody wanted for this one. */
function keeping(held: Entry, { until, reason }: Hold): Entry {
  const kept = { until: new Date(until).toISOString(), reason }
  return {
    ...held,
    kept,
    information: [`it had this hold, which ends no sooner and is kept: ${kept.until} ${reason}`],
  }
}

async function release(
  operating: Operating,
  secret: SecretDescription,
  request: OperateRequest,
): Promise<Entry> {
  const { secrets, freezes, now } = operating
  const isHeld = secret.tags.has(HOLD_TAG)
  if (isHeld) {
    await turn(operating, request)
    await secrets.untag(secret.arn, [HOLD_TAG])
  }
  const freeze = holdOf(new Map(), freezes, now())
  const information = [
    ...(isHeld ? [] : ['it was not on hold']),
    ...(freeze
      ? [
          `the deployment is frozen until ${new Date(freeze.until).toISOString()} all the same: ${freeze.reason}`,
        ]
      : []),
  ]
  return {
    secret: secret.arn,
    name: secret.name,
    outcome: 'released',
    ...(information.length === 0 ? {} : { information }),
  }
}

function refuseDeparted(secret: SecretDescription): void {
  if (secret.deleted)
    throw new OverlapError('SECRET_DELETED', 'the secret is scheduled for deletion: it is not rotated')
  if (isHandedBack(secret))
    throw new OverlapError(
      'SECRET_NOT_OURS',
      `the user of ${secret.name} was handed back: its rotation is turned off and it has no tag of Overlap`,
    )
}

/** A duration would mean another moment each time, so what is asked for again is the moment. */
function noTime(request: OperateRequest): string {
  const again = request.action === 'hold' ? `, with --until ${new Date(request.until).toISOString()}` : ''
  return `no time was left for this secret. Ask again${again}: what is done already is not done twice`
}

async function turn({ pace }: Operating, request: OperateRequest): Promise<void> {
  if (!(await pace.turn())) throw new OverlapError('TIME_UP', noTime(request))
  pace.take()
}
