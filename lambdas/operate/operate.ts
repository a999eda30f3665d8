/**
 * What people ask of a deployment. One secret's trouble is its own: each gets an entry that says what became of it. What is done is in a file for each action or
 * two:
 *
 *   status       says where a secret stands; nothing is written
 *   check        the rotation function says what would block a rotation; nothing is written
 *   provision    the rotation function makes the user of a secret that is new
 *   hold         a tag stops rotations and retirements until a moment, and says why; whoever means all takes no longer hold away
 *   release      takes it away before its time
 *   leave        hands the user of one secret back
 *   rollback     the rotation function makes the version before AWSCURRENT again
 *   retire       ends what still uses a replaced credential, by name
 *   leaked       a credential got into wrong hands: it is replaced, and nothing brings it back
 *   repair       the rotation function applies AWSCURRENT's value anew, after the target was restored from an older copy
 *   acknowledge  a consumer runs a version
 */

import { answered } from '../rotation/answered.ts'
import { isHandedBack } from '../rotation/at-rest.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Entry } from './entry.ts'
import { leastHeldFirst } from './hold-in-place.ts'
import type { Act, Actions, Functions, Operating } from './operating.ts'
import type { Action, OperateRequest } from './request.ts'
import { noTime } from './turn.ts'

/** Rejects with OverlapError only when the secrets cannot be listed. */
export async function operate(
  operating: Operating,
  actions: Actions,
  request: OperateRequest,
): Promise<readonly Entry[]> {
  const ids = await targets(operating, request)
  const entries: Entry[] = []
  const waiting = ids.entries()
  const inTurn = async () => {
    for (const [at, secretId] of waiting)
      entries[at] =
        operating.spare() > 0
          ? await entryOf(operating, actions, request, secretId)
          : { secret: secretId, outcome: 'failed', code: 'TIME_UP', message: noTime(request) }
  }
  const atOnce = request.action === 'status' ? STATUS_AT_ONCE : 1
  await Promise.all(Array.from({ length: atOnce }, inTurn))
  return entries
}

/** Who only looks may look at several, whose consumers take their time to answer. Whatever writes does one after the other. */
const STATUS_AT_ONCE = 8

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

async function entryOf(
  operating: Operating,
  actions: Actions,
  request: OperateRequest,
  secretId: string,
): Promise<Entry> {
  const found = await described(operating, secretId).then(
    (secret) => ({ secret }),
    (error: unknown) => ({ error }),
  )
  const { arn: secret = secretId, name } = 'secret' in found ? found.secret : {}
  const work = { kind: 'operate', step: request.action, secret, version: '' }
  try {
    return await answered(operating.telemetry, work, async () => {
      if ('error' in found) throw found.error
      const functions = functionsOf(operating, found.secret)
      return actOf(actions, request.action)(operating, { secret: found.secret, functions }, request)
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

/** The function was asked for no other action than it has: `parseOperateRequest` refuses those. */
function actOf(actions: Actions, action: Action) {
  const act = actions[action] as Act<Action> | undefined
  if (act) return act
  throw new OverlapError('EVENT_INVALID', `field action of the request: this function does not do ${action}`)
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
