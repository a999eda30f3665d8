import { OverlapError } from '../rotation/errors.ts'
import { type Freeze, type Hold, holdOf } from '../rotation/hold.ts'
import { type Policy, parsePolicy } from '../rotation/policy.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Run, Schedule } from './due.ts'
import { type SweepState, stateOf } from './state.ts'

/** What holds for every secret of a deployment. */
export interface Deployment {
  /** Seconds; no tag shortens a drain below it. */
  readonly drainFloorSeconds: number
  /** Seconds after which an AWSPENDING that did not become AWSCURRENT is taken away. */
  readonly abandonSeconds: number
  /** By the name that a secret's tag gives. */
  readonly schedules: ReadonlyMap<string, Schedule>
  readonly freezes: readonly Freeze[]
}

/** Everything that a decision about one secret turns on. */
export interface Sight {
  readonly secret: SecretDescription
  readonly policy: Policy
  readonly state: SweepState
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Seconds after which an AWSPENDING that did not become AWSCURRENT is given up. */
  readonly abandonSeconds: number
  readonly hold: Hold | undefined
  /** undefined: the secret has no schedule. */
  readonly run: Run | undefined
  /** Is it known that the AWSPENDING version can be given up without losing a password that only it holds? */
  readonly pendingDispensable: boolean
  /** Is the AWSPENDING version older than AWSCURRENT? undefined: nobody has asked. */
  readonly pendingOvertaken: boolean | undefined
}

/** As far as a description tells, with nobody asked further. `now` in ms since the epoch. Throws `POLICY_INVALID` naming the tag. */
export function sightOf(secret: SecretDescription, deployment: Deployment, now: number): Sight {
  const policy = parsePolicy(secret.tags, deployment.drainFloorSeconds)
  return {
    secret,
    policy,
    state: stateOf(secret, now),
    now,
    abandonSeconds: deployment.abandonSeconds,
    hold: holdOf(secret.tags, deployment.freezes, now),
    run: runOf(policy, deployment, now),
    pendingDispensable: false,
    pendingOvertaken: undefined,
  }
}

function runOf({ schedule: name }: Policy, { schedules }: Deployment, now: number): Run | undefined {
  if (name === undefined) return undefined
  const schedule = schedules.get(name)
  if (schedule !== undefined) return { plan: schedule.digest, at: schedule.latest(now), tried: undefined }
  const known = [...schedules.keys()].join(', ')
  throw new OverlapError(
    'POLICY_INVALID',
    `tag overlap:schedule names ${name}, which is no schedule of this deployment: ${known === '' ? 'it has none' : `it must be one of ${known}`}`,
  )
}
