import type { Policy } from '../rotation/policy.ts'
import { rotateCommand, turnOnCommand } from '../rotation/way-out.ts'
import { type DueSight, missedRun, obstacleTo, waitingIn } from './due.ts'

/** A rotation that should have happened. */
export interface Overdue {
  /** The run of the schedule did not happen, or the last rotation is longer ago than the policy allows. */
  readonly reason: 'ROTATION_MISSED' | 'MAX_AGE_EXCEEDED'
  /** Milliseconds since the epoch. */
  readonly since: number
  /** What did not happen, why as far as labels and tags tell, and what to do. */
  readonly sentence: string
}

export interface OverdueSight extends DueSight {
  readonly policy: Policy
  /** Milliseconds since the epoch. */
  readonly now: number
  /** As `Sight` has it. */
  readonly pendingOrphan?: boolean | 'unknown'
}

/** For as long as this after a run, a rotation may wait for its turn, be tried again, or take its time. */
export const GRACE_MS = 6 * 3600_000

/**
 * A run that is held up by a hold or a drain is not missed: it is made up. The maximum age asks for no reason. `underWay`: the rotation is being asked
 * for, or has only just begun.
 */
export function overdueOf(sight: OverdueSight, underWay: boolean): Overdue | undefined {
  if (underWay) return undefined
  const { secret, policy, now } = sight
  const because = why(sight)
  const since = secret.lastRotated ?? secret.created
  const tooOld = since === undefined ? undefined : since.getTime() + policy.maxAgeSeconds * 1000
  if (since !== undefined && tooOld !== undefined && tooOld < now && !awaitsFirstRun(sight)) {
    const what =
      secret.lastRotated === undefined
        ? 'the secret was never rotated since it was created at'
        : 'the credential is from'
    return {
      reason: 'MAX_AGE_EXCEEDED',
      since: tooOld,
      sentence: `${what} ${since.toISOString()}, longer ago than tag overlap:max-age allows: ${because}`,
    }
  }
  const run = missedRun(sight)
  const obstacle = obstacleTo(sight)
  const clearsByItself = obstacle === 'ON_HOLD' || obstacle === 'DRAIN_IN_PROGRESS'
  if (run === undefined || clearsByItself || now - run <= GRACE_MS) return undefined
  return {
    reason: 'ROTATION_MISSED',
    since: run + GRACE_MS,
    sentence: `the rotation that schedule ${policy.schedule} asked for at ${new Date(run).toISOString()} has not happened: ${because}`,
  }
}

/** A secret that was adopted, however old, gets its first run before anybody is told about it: while rotation is on, and that run is still to come. */
export function awaitsFirstRun({ secret, state, run }: OverdueSight): boolean {
  if (secret.lastRotated !== undefined || !secret.rotationEnabled || run === undefined) return false
  return state.plan?.digest !== run.plan || run.at === undefined || run.at <= state.plan.from
}

/** Several passes, of which one at least gets through. */
const NEWS_MS = 20 * 60_000
const DAY_MS = 24 * 3600_000

/**
 * Is it time to tell? When it becomes overdue, and at the beginning of each day (UTC) for as long as it is: an alarm that rang all the while would not ring for
 * the next secret.
 */
export function isNews({ since }: Pick<Overdue, 'since'>, now: number): boolean {
  return now - since < NEWS_MS || now % DAY_MS < NEWS_MS
}

function why(sight: OverdueSight): string {
  const { secret, policy, hold } = sight
  if (hold !== undefined) return `it is on hold until ${new Date(hold.until).toISOString()} (${hold.reason})`
  switch (obstacleTo(sight)) {
    case 'DRAIN_IN_PROGRESS':
      return policy.mode === 'observe'
        ? 'the credential before this one stays valid in mode observe, so there is no place for another one. Tag the secret overlap:mode=enforce to have it retired'
        : 'the credential before this one still drains, so there is no place for another one'
    case 'ROTATION_DISABLED':
      return `rotation is turned off. To turn it on run: ${turnOnCommand(secret.arn)}`
    case 'MANAGED_SECRET':
      return `${secret.owningService} owns this secret and rotates it: remove the rotation function from it`
    case 'ROTATION_UNDER_WAY':
      if (sight.pendingOrphan === true)
        return `version ${waitingIn(secret)} is AWSPENDING and waits until a key is removed that a crash left and nobody knows, which takes two days at most, or so: it goes on by itself`
      return `version ${waitingIn(secret)} is AWSPENDING and does not finish: the log of the rotation function says what refuses it`
    case 'GIVEN_UP':
      return `it was tried and given up, and is not tried again before the next run. To try it now run: ${rotateCommand(secret.arn)}`
    default:
      return missedRun(sight) === undefined ? nobodyAsks(sight) : 'it waits for its turn'
  }
}

function nobodyAsks({ secret, policy }: OverdueSight): string {
  const who =
    policy.schedule === undefined
      ? 'no schedule asks for it (tag overlap:schedule)'
      : `schedule ${policy.schedule} has not asked for it since`
  return `${who}. To rotate it now run: ${rotateCommand(secret.arn)}`
}
