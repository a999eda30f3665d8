import { createHash } from 'node:crypto'
import type { Hold } from '../rotation/hold.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import type { SweepState } from './state.ts'

export interface Schedule {
  /** Tells it from a schedule of the same name with other times: 8 hexadecimal digits. */
  readonly digest: string
  /** The latest moment, not after `now`, at which it asks for a rotation; undefined when there was none. Both in ms since the epoch. */
  latest(now: number): number | undefined
  /** The first moment after `now` at which it asks for one; undefined when there is none any more. */
  next(now: number): number | undefined
}

/** The latest run of the schedule that a secret's tag names. */
export interface Run {
  /** Digest of the schedule. */
  readonly plan: string
  /** Milliseconds since the epoch; undefined when the schedule has had no run yet. */
  readonly at: number | undefined
  /** Has the secret a version for this run? undefined: nobody has asked. */
  readonly tried: boolean | undefined
}

/** What turns on whether a rotation is due. */
export interface DueSight {
  readonly secret: SecretDescription
  readonly state: SweepState
  readonly hold: Hold | undefined
  /** undefined: the secret has no schedule. */
  readonly run: Run | undefined
}

/** What keeps a rotation from being asked for. */
export type Obstacle =
  | 'ON_HOLD'
  /** The replaced credential drains: there is no slot to rotate into. */
  | 'DRAIN_IN_PROGRESS'
  /** Asking for a rotation would turn it on again, which is for a person to do. */
  | 'ROTATION_DISABLED'
  | 'MANAGED_SECRET'
  | 'ROTATION_UNDER_WAY'
  /** This run's rotation was begun and taken away. It is not begun again before the next run, unless by a person. */
  | 'GIVEN_UP'

export type Due =
  | { readonly due: true; readonly token: string }
  /** Without an obstacle: no schedule, no run of it since the sweep first saw it, or rotated since. */
  | { readonly due: false; readonly because?: Obstacle }

/**
 * Whether to ask for a rotation. What is due follows from the schedule and from what happened, not from having been woken in time, so a run that was
 * missed is made up by whatever pass comes next; only a run from before the sweep first saw the schedule never is.
 */
export function dueOf(sight: DueSight): Due {
  const run = missedRun(sight)
  if (run === undefined) return { due: false }
  const because = obstacleTo(sight)
  return because === undefined
    ? { due: true, token: tokenOf(sight.secret.arn, run) }
    : { due: false, because }
}

/** The schedule's latest run (ms since the epoch), when no rotation came of it. */
export function missedRun({ secret, state, run }: DueSight): number | undefined {
  const { at } = run ?? {}
  if (run === undefined || at === undefined || state.plan?.digest !== run.plan || at <= state.plan.from)
    return undefined
  if (secret.lastRotated !== undefined && secret.lastRotated.getTime() >= at) return undefined
  return hasFinished(secret, tokenOf(secret.arn, at)) ? undefined : at
}

/** The first of what clears by itself, then what needs a person. */
export function obstacleTo({ secret, hold, run }: DueSight): Obstacle | undefined {
  if (hold !== undefined) return 'ON_HOLD'
  if (versionWith(secret, 'DRAINING') !== undefined) return 'DRAIN_IN_PROGRESS'
  if (!secret.rotationEnabled) return 'ROTATION_DISABLED'
  if (secret.owningService !== undefined) return 'MANAGED_SECRET'
  if (waitingIn(secret) !== undefined) return 'ROTATION_UNDER_WAY'
  return run?.tried === true ? 'GIVEN_UP' : undefined
}

/** The date of a finished rotation may come later than its labels. */
function hasFinished(secret: SecretDescription, version: string): boolean {
  const labels = secret.versions.get(version) ?? []
  return labels.some((label) => label !== 'AWSPENDING')
}

/** An AWSPENDING left on AWSCURRENT is a rotation that has finished. */
export function waitingIn(secret: SecretDescription): string | undefined {
  const pending = versionWith(secret, 'AWSPENDING')
  return pending === versionWith(secret, 'AWSCURRENT') ? undefined : pending
}

/**
 * The ClientRequestToken of a secret's run, which becomes the version's id: whoever asks for this run again, at the same time or later, asks for the same
 * rotation. In the form of a UUID, 36 characters.
 */
export function tokenOf(secretId: string, run: number): string {
  const digest = createHash('sha256')
    .update(`${secretId} ${new Date(run).toISOString()}`)
    .digest('hex')
  return [8, 12, 16, 20, 32].map((end, at, ends) => digest.slice(ends[at - 1] ?? 0, end)).join('-')
}
