import type { Sighting } from '../adapters/adapter.ts'
import type { Rung } from '../evidence/record.ts'
import { isLeaked, leakedVersions } from '../rotation/leaked.ts'
import { versionWith } from '../rotation/secret-store.ts'
import { phaseOf, quietSince } from '../sweep/drain.ts'
import { waitingIn } from '../sweep/due.ts'
import type { Standing as ConsumerStanding, Deployment, Sight } from '../sweep/sight.ts'
import { drainingIn } from './labels.ts'

/** Where a secret stands, for programs and for whoever puts it into words. Every instant is ISO 8601. */
export interface Standing {
  /**
   * - `at-rest`: nothing waits and nothing drains
   * - `rotating`: a version waits to become AWSCURRENT
   * - `rolling-out`: the credential before it still works, and declared consumers are not known to be on the new one
   * - `draining`: the credential before it still works, and is watched
   * - `disabled`: it does not work, and can be put back; with `drain.works` it was found unused, and works until it is removed
   */
  readonly phase: 'at-rest' | 'rotating' | 'rolling-out' | 'draining' | 'disabled'
  readonly current?: string
  /** The version that waits to become AWSCURRENT, and since when the sweep has seen it. */
  readonly pending?: { readonly version: string; readonly since?: string }
  /** The version before AWSCURRENT, as long as it is not retired. */
  readonly drain?: DrainStanding
  readonly mode: 'observe' | 'enforce'
  readonly rotation: 'on' | 'off'
  readonly hold?: { readonly by: 'hold' | 'freeze'; readonly until: string; readonly reason: string }
  readonly lastRotated?: string
  readonly schedule?: string
  /** When the schedule asks for the next rotation. */
  readonly nextRun?: string
  /** Versions that have a label and leaked. */
  readonly leaked: readonly string[]
  /** A version that leaked and is gone, before every declared consumer was known to be on the one after it: the sweep brings nobody there any more. */
  readonly goneEarly?: string
  /** Replicas that are not in sync. */
  readonly replicasBehind: readonly { readonly region: string; readonly status: string }[]
  /** What keeps the old credential from being retired for longer than it should take. */
  readonly stuck?: Trouble
  /** A rotation that should have happened. */
  readonly overdue?: Trouble
  /** Absent: they were not asked. */
  readonly consumers?: readonly ConsumerStanding[]
  /** The last use of the old credential that a look saw, and when that look was, or when the use was that it was told of. Absent: none is known of. */
  readonly lastSighting?: Sighting & { readonly seen: string }
  /** What worked for the old credential's user at the last look without needing its password, by name. Absent: nothing was seen to. */
  readonly background?: { readonly principal: string; readonly workers: readonly string[] }
  /** Newest first. Absent: the journal was not read. */
  readonly retirements?: readonly RetirementStanding[]
  /** What could not be found out, in words. */
  readonly unknown: readonly string[]
}

/** What does not come by itself. `sentence`: what blocks, by name, and what helps. */
export interface Trouble {
  readonly reason: string
  readonly sentence: string
}

export interface DrainStanding {
  readonly version: string
  /** When the sweep first saw it replaced. Absent: it has not seen it yet. */
  readonly since?: string
  /** When every declared consumer was first seen on the new version. */
  readonly rolledOut?: string
  /** Since when nothing was seen, as far as the sweep knows. */
  readonly quietSince?: string
  /** When it is disabled at the earliest, should nothing be seen until then. */
  readonly disabledFrom?: string
  readonly disabled?: string
  /** Its target cannot disable: at `disabled` it was found unused, and it works until it is removed. */
  readonly works?: true
  /** It leaked: then neither a use nor a hold nor the mode keeps it valid. */
  readonly leaked?: true
  /** When it is removed at the earliest. */
  readonly removedFrom?: string
  /** Where a use is told late: how late, and how long it drains for that, in seconds. */
  readonly told?: { readonly lateSeconds: number; readonly drainSeconds: number }
}

/** How one version ended, as the journal has it. */
export interface RetirementStanding {
  readonly version: string
  readonly at: string
  readonly event: 'disabled' | 'removed' | 'enabled' | 'superseded'
  /** Of `disabled` and `removed`. */
  readonly rung?: Rung
  readonly samples?: number
  readonly by?: string
  readonly reason?: string
  /** Of `disabled`: its target cannot disable, and it was left valid until it is removed. */
  readonly works?: true
}

/** As far as labels and tags tell; nobody was asked further. */
export function standingOf(sight: Sight, settings: Deployment): Standing {
  const { secret, policy, state, hold } = sight
  const current = versionWith(secret, 'AWSCURRENT')
  const waiting = waitingIn(secret)
  const draining = drainingIn(secret)
  const drain = draining === undefined ? undefined : drainStanding(sight, draining, settings)
  const goneEarly = draining === undefined ? goneEarlyOf(sight) : undefined
  const nextRun = settings.schedules.get(policy.schedule ?? '')?.next(sight.now)
  return {
    phase:
      draining === undefined ? (waiting === undefined ? 'at-rest' : 'rotating') : drainPhase(sight, draining),
    ...(current === undefined ? {} : { current }),
    ...(waiting === undefined
      ? {}
      : {
          pending: {
            version: waiting,
            ...(state.pending?.version === waiting ? { since: iso(state.pending.since) } : {}),
          },
        }),
    ...(drain === undefined ? {} : { drain }),
    mode: policy.mode,
    rotation: secret.rotationEnabled ? 'on' : 'off',
    ...(hold === undefined ? {} : { hold: { by: hold.by, until: iso(hold.until), reason: hold.reason } }),
    ...(secret.lastRotated === undefined ? {} : { lastRotated: secret.lastRotated.toISOString() }),
    ...(policy.schedule === undefined ? {} : { schedule: policy.schedule }),
    ...(nextRun === undefined ? {} : { nextRun: iso(nextRun) }),
    leaked: leakedVersions(secret.tags, secret.versions),
    ...(goneEarly === undefined ? {} : { goneEarly }),
    replicasBehind: secret.replicas.filter(({ status }) => status !== 'InSync'),
    unknown: [],
  }
}

function goneEarlyOf({ secret, policy, state }: Sight): string | undefined {
  const { drain } = state
  if (drain?.off === undefined || drain.rolled !== undefined || policy.consumers.length === 0)
    return undefined
  return isLeaked(secret, drain.version) ? drain.version : undefined
}

/** Of a version that nobody has seen replaced yet the drain is about to begin. */
function drainPhase(sight: Sight, version: string): 'rolling-out' | 'draining' | 'disabled' {
  switch (phaseOf(sight, version)) {
    case 'rolling out':
      return 'rolling-out'
    case 'disabled':
      return 'disabled'
    default:
      return 'draining'
  }
}

function drainStanding(sight: Sight, version: string, { leakDrainSeconds }: Deployment): DrainStanding {
  const { policy, state } = sight
  const phase = phaseOf(sight, version)
  if (phase === 'unseen' || state.drain === undefined) return { version }
  const { since, rolled, off, works } = state.drain
  if (isLeaked(sight.secret, version))
    return {
      version,
      since: iso(since),
      leaked: true,
      ...(off === undefined
        ? { disabledFrom: iso(since + leakDrainSeconds * 1000) }
        : { disabled: iso(off), removedFrom: iso(off) }),
    }
  const quiet = quietSince(sight)
  return {
    version,
    since: iso(since),
    ...(rolled === undefined ? {} : { rolledOut: iso(rolled) }),
    ...(phase === 'quiet' || phase === 'over'
      ? { quietSince: iso(quiet), disabledFrom: iso(quiet + policy.drainSeconds * 1000) }
      : {}),
    ...(off === undefined
      ? {}
      : { disabled: iso(off), removedFrom: iso(off + policy.quarantineSeconds * 1000) }),
    ...(works ? { works } : {}),
    ...(policy.lagSeconds === 0 || policy.drainSeconds === 0
      ? {}
      : { told: { lateSeconds: policy.lagSeconds, drainSeconds: policy.drainSeconds } }),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
