import { OverlapError } from '../rotation/errors.ts'
import { type Hold, holdOf } from '../rotation/hold.ts'
import { enforceCommand, rotateCommand, turnOnCommand } from '../rotation/way-out.ts'
import { phaseOf } from '../sweep/drain.ts'
import { missedRun, waitingIn } from '../sweep/due.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { isUnderWay, nextAction } from '../sweep/next-action.ts'
import { GRACE_MS, overdueOf } from '../sweep/overdue.ts'
import { type Deployment, type Sight, sightOf } from '../sweep/sight.ts'
import { disabledSince, drainingIn, isEmpty } from './age.ts'
import type { Age } from './entry.ts'
import type { Blockage } from './path.ts'

/** What labels and tags tell of a secret that Overlap rotates. */
export interface Managed {
  readonly hold: Hold | undefined
  readonly blocked: Blockage | undefined
  /** In ms since the epoch. */
  readonly nextDue: number | undefined
  /** When the credential before this one is removed, which is disabled; undefined while it works, and where none is. In ms since the epoch. */
  readonly removed?: number
}

/** What a deployment judges by that is not known: what turns on it is left out. */
const unknownDeployment: Deployment = {
  name: '',
  drainFloorSeconds: 0,
  quarantineFloorSeconds: 0,
  leakDrainSeconds: 0,
  sampleEverySeconds: Number.POSITIVE_INFINITY,
  rolloutLimitSeconds: Number.POSITIVE_INFINITY,
  abandonSeconds: Number.POSITIVE_INFINITY,
  schedules: new Map(),
  freezes: [],
}

/**
 * By the same decisions as the sweep's. `deployment`: undefined when it is not known, and then nothing is said that turns on its schedules. `now` in ms since the
 * epoch.
 */
export function managedOf(
  secret: ListedSecret,
  age: Age | undefined,
  { deployment, now }: { deployment: Deployment | undefined; now: number },
): Managed {
  if (isEmpty(secret))
    return { hold: readableHold(secret, deployment, now), blocked: noValue, nextDue: undefined }
  try {
    const sight = sightOf(deployment ? secret : withoutSchedule(secret), deployment ?? unknownDeployment, now)
    const blocked = (deployment && overdue(sight, age)) ?? endless(sight) ?? (deployment && observing(sight))
    const off = disabledSince(secret, now)
    return {
      hold: sight.hold,
      blocked,
      nextDue: nextDueOf(secret, sight, deployment),
      ...(off === undefined ? {} : { removed: off + sight.policy.quarantineSeconds * 1000 }),
    }
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    const { code: reason, message: because } = error
    const hold = readableHold(secret, deployment, now)
    return { hold, blocked: { reason, because, run: undefined }, nextDue: undefined }
  }
}

const noValue: Blockage = {
  reason: 'NO_CURRENT_VERSION',
  because:
    'no version has the label AWSCURRENT, so there is nothing to replace: store a value that works first',
  run: undefined,
}

/** Another tag may be the one that cannot be read. */
function readableHold(
  { tags }: ListedSecret,
  deployment: Deployment | undefined,
  now: number,
): Hold | undefined {
  try {
    return holdOf(tags, deployment?.freezes ?? [], now)
  } catch {
    return undefined
  }
}

function withoutSchedule(secret: ListedSecret): ListedSecret {
  return { ...secret, tags: new Map([...secret.tags].filter(([key]) => key !== 'overlap:schedule')) }
}

function overdue(sight: Sight, age: Age | undefined): Blockage | undefined {
  const secret = withLastRotated(sight, age)
  if (secret === undefined) return undefined
  const found = overdueOf({ ...sight, secret }, isUnderWay(nextAction(sight)))
  return found && { reason: found.reason, because: found.sentence, run: wayOut(sight, age) }
}

/**
 * While rotation is turned off, the service tells nobody when it last took place; then AWSCURRENT's own date stands for it, as in the sweep. undefined: that is
 * not known either, and nothing is told to be overdue by a date that nobody knows.
 */
function withLastRotated({ secret }: Sight, age: Age | undefined): Sight['secret'] | undefined {
  if (secret.rotationEnabled || secret.lastRotated !== undefined) return secret
  if (age === undefined || age.of === 'DRAINING' || age.precision === 'at most') return undefined
  return { ...secret, lastRotated: new Date(age.since) }
}

function wayOut(sight: Sight, age: Age | undefined): string | undefined {
  const { secret, policy, hold } = sight
  // What drains stays as old as it is when the hold is over, too.
  if (hold !== undefined && age?.of !== 'DRAINING') return undefined
  if (drainingIn(secret) !== undefined)
    return policy.mode === 'observe' ? enforceCommand(secret.arn) : undefined
  if (!secret.rotationEnabled) return turnOnCommand(secret.arn, secret.rotationFunction)
  return waitingIn(secret) === undefined ? rotateCommand(secret.arn) : undefined
}

/** A rotation that began and does not finish, while nothing that ends by itself keeps it waiting. */
function endless({ secret, state, hold, now }: Sight): Blockage | undefined {
  const waiting = waitingIn(secret)
  const { pending } = state
  if (waiting === undefined || pending?.version !== waiting || now - pending.since <= GRACE_MS)
    return undefined
  if (hold !== undefined || drainingIn(secret) !== undefined) return undefined
  return {
    reason: 'ROTATION_UNDER_WAY',
    because: `version ${waiting} is AWSPENDING since ${new Date(pending.since).toISOString()} and does not finish: the log of the rotation function says what refuses it`,
    run: undefined,
  }
}

/** A run of the schedule waits for the place of a credential that mode observe keeps. */
function observing(sight: Sight): Blockage | undefined {
  const { secret, state, policy, hold } = sight
  const draining = drainingIn(secret)
  if (draining === undefined || policy.mode !== 'observe' || hold !== undefined) return undefined
  const { drain } = state
  const isOver = drain?.version === draining && phaseOf(sight, draining) === 'over'
  if (!isOver || missedRun(sight) === undefined) return undefined
  return {
    reason: 'OBSERVING',
    because:
      'the drain of the credential before this one is over, and mode observe keeps it valid, so there is no place for the rotation that its schedule asks for',
    run: enforceCommand(secret.arn),
  }
}

/**
 * The earliest of what asks for a rotation: a run that has not happened yet, the next one, and Secrets Manager's own, which is the last backstop. Runs only as
 * far as the schedule is known. Nothing begins before a hold ends, and nothing at all while rotation is turned off.
 */
function nextDueOf(
  secret: ListedSecret,
  sight: Sight,
  deployment: Deployment | undefined,
): number | undefined {
  if (!secret.rotationEnabled) return undefined
  const schedule = deployment?.schedules.get(secret.tags.get('overlap:schedule') ?? '')
  const moments = [missedRun(sight), schedule?.next(sight.now), secret.nextRotation?.getTime()].filter(
    (moment) => moment !== undefined,
  )
  if (moments.length === 0) return undefined
  return Math.max(Math.min(...moments), sight.hold?.until ?? Number.NEGATIVE_INFINITY)
}
