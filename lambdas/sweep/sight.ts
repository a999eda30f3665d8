import type { Sighting } from '../adapters/adapter.ts'
import type { LoggedLogin } from '../evidence/journal.ts'
import type { Proof } from '../evidence/record.ts'
import type { Proven } from '../evidence/watcher.ts'
import type { Progress } from '../rollout/rollout.ts'
import { OverlapError } from '../rotation/errors.ts'
import { type Freeze, type Hold, holdOf } from '../rotation/hold.ts'
import { mints, reclaimSeconds } from '../rotation/minting.ts'
import { type Policy, parsePolicy } from '../rotation/policy.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Run, Schedule } from './due.ts'
import { type SweepState, stateOf } from './state.ts'

/** What holds for every secret of a deployment. */
export interface Deployment {
  /** By which people's commands find it. */
  readonly name: string
  /** Seconds; no tag shortens a drain below it. */
  readonly drainFloorSeconds: number
  /** Seconds; no tag shortens a quarantine below it. */
  readonly quarantineFloorSeconds: number
  /** Seconds that a version which leaked stays valid after it was replaced. */
  readonly leakDrainSeconds: number
  /** Seconds between two looks at who uses what drains. */
  readonly sampleEverySeconds: number
  /** Seconds after which consumers that are not on the new version are late. */
  readonly rolloutLimitSeconds: number
  /** Seconds after which an AWSPENDING that did not become AWSCURRENT is taken away. */
  readonly abandonSeconds: number
  /** By the name that a secret's tag gives. */
  readonly schedules: ReadonlyMap<string, Schedule>
  readonly freezes: readonly Freeze[]
}

/** Everything that a decision about one secret turns on. */
export interface Sight extends Asked {
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
  /** Does the AWSPENDING version wait for a key that a crash lost? Absent: nobody has asked, or its target mints none. */
  readonly pendingOrphan?: boolean | 'unknown'
  /** Is the AWSPENDING version older than AWSCURRENT? undefined: nobody has asked. */
  readonly pendingOvertaken: boolean | undefined
}

/** What was found out about the version that drains. What is absent, nobody has asked for. */
export interface Asked {
  /** Is it time for a look at who uses it? */
  readonly lookDue?: boolean
  readonly look?: Look
  readonly consumers?: readonly Standing[]
  readonly proven?: Proven
  /** Logins that were refused. `unknown`: none was seen, and not everything was. */
  readonly logins?: readonly LoggedLogin[] | 'unknown'
  /** The proof with which it was disabled. */
  readonly disabledBy?: Proof | 'unknown'
}

/** A use that was seen, and when (ms since the epoch). */
export interface Use {
  readonly at: number
  readonly sighting: Sighting
}

/** Who uses the version. Milliseconds since the epoch. `unknown`: not every place could be asked. `disabled`: of what is told as disabled, whether the target says so, too. */
export interface Look {
  readonly at: number
  readonly sightings: readonly Sighting[] | 'unknown'
  readonly disabled?: boolean
}

/** How far a declared consumer is. `unknown`: nobody could say, which is neither `failed` nor `done`. */
export interface Standing {
  readonly name: string
  readonly state: Progress['state'] | 'unknown'
  readonly detail?: string
}

/** As far as a description tells, with nobody asked further. `now` in ms since the epoch. Throws `POLICY_INVALID` naming the tag. */
export function sightOf(secret: SecretDescription, deployment: Deployment, now: number): Sight {
  const policy = parsePolicy(secret.tags, deployment.drainFloorSeconds, deployment.quarantineFloorSeconds)
  return {
    secret,
    policy,
    state: stateOf(secret, now),
    now,
    abandonSeconds: deployment.abandonSeconds + (mints(secret.tags) ? reclaimSeconds(policy.lagSeconds) : 0),
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
