import { sightingName } from '../adapters/adapter.ts'
import { versionWith } from '../rotation/secret-store.ts'
import { phaseOf, quietSince, suffices } from './drain.ts'
import { waitingIn } from './due.ts'
import { deadline, isLate, isToEnd, type Known, type Limits, rolloutDeadline } from './lateness.ts'
import { isCurrentLeaked } from './leak.ts'
import { PATIENCE_MS } from './next-action.ts'
import { GRACE_MS } from './overdue.ts'
import type { Sight, Standing } from './sight.ts'
import { checkCommand, despiteCommand, leakedCommand, statusCommand } from './way-on.ts'

/** A retirement that does not come by itself. The old credential works meanwhile, so nobody is hurt. */
export interface Stuck {
  readonly reason:
    | 'REPLICAS_BEHIND'
    | 'ROLLOUT_FAILED'
    | 'ROLLOUT_LATE'
    | 'EVIDENCE_LACKING'
    | 'STILL_USED'
    /** It is changed again and again, and the drain counts from its last change. */
    | 'DRAIN_IN_PROGRESS'
    /** AWSCURRENT leaked, and something keeps it from being replaced. */
    | 'LEAKED'
  /** Since when, in ms since the epoch; undefined: since it was first noticed. */
  readonly since: number | undefined
  /** What blocks, by name, and the command that helps. */
  readonly sentence: string
}

/** The first of these troubles: a leak, replicas, consumers, what is known of the use. Undefined: there is none, or none that is late yet. */
export function stuckOf(sight: Sight, limits: Limits, known: Known): Stuck | undefined {
  const { secret } = sight
  const version = versionWith(secret, 'DRAINING')
  if (isCurrentLeaked(secret)) return unreplaced(sight, limits)
  if (version === undefined || version === versionWith(secret, 'AWSCURRENT')) return undefined
  return (
    replicasBehind(sight, version, limits) ??
    notRolledOut(sight, version, limits) ??
    notEnded(sight, version, limits, known)
  )
}

function unreplaced({ secret, state, now }: Sight, { name }: Limits): Stuck | undefined {
  const current = versionWith(secret, 'AWSCURRENT')
  const draining = versionWith(secret, 'DRAINING')
  // The mark was a change of the secret, and so was whatever keeps it.
  const marked = secret.lastChanged?.getTime()
  const leaked = `version ${current}, which is AWSCURRENT, leaked and is not replaced`
  if (!secret.rotationEnabled)
    return {
      reason: 'LEAKED',
      since: marked,
      sentence: `${leaked}, since rotation is turned off. Run: ${leakedCommand(secret, name)}`,
    }
  const waiting = waitingIn(secret)
  if (waiting !== undefined) {
    const since = state.pending?.version === waiting ? state.pending.since + PATIENCE_MS : now
    if (now <= since) return undefined
    return {
      reason: 'LEAKED',
      since,
      sentence:
        `${leaked}, so it still works: version ${waiting}, which is to replace it, is not AWSCURRENT yet. To see what keeps it, run: ${checkCommand(secret, name)}. ` +
        `When that is mended, run: ${leakedCommand(secret, name)}`,
    }
  }
  if (draining === undefined || draining === current) return undefined
  return {
    reason: 'LEAKED',
    since: marked,
    sentence: `${leaked} as long as version ${draining} before it drains. To end that run: ${leakedCommand(secret, name)}`,
  }
}

function replicasBehind(sight: Sight, version: string, limits: Limits): Stuck | undefined {
  const { secret, now } = sight
  const behind = secret.replicas.filter(({ status }) => status !== 'InSync')
  const since = (secret.lastRotated ?? secret.lastChanged)?.getTime() ?? now
  const isFailed = behind.some(({ status }) => status === 'Failed')
  const phase = phaseOf(sight, version)
  if (behind.length === 0 || (phase !== 'unseen' && phase !== 'over')) return undefined
  const late = phase === 'over' ? deadline(sight, limits) : since + GRACE_MS
  if (!isFailed && now <= late) return undefined
  const what = phase === 'over' ? 'stays valid' : 'does not begin to drain'
  const which = behind.map(({ region, status }) => `${region} (${status})`).join(', ')
  return {
    reason: 'REPLICAS_BEHIND',
    since: isFailed ? undefined : late,
    sentence: `version ${version} ${what}, since replicas of the secret do not have the new version: ${which}. To see why, run: aws secretsmanager describe-secret --secret-id ${secret.arn}`,
  }
}

function notRolledOut(sight: Sight, version: string, limits: Limits): Stuck | undefined {
  const { secret, consumers = [], now } = sight
  const current = versionWith(secret, 'AWSCURRENT')
  const kept = `version ${version} stays valid, since not every consumer runs version ${current}`
  const run = `To see where each of them stands, run: ${statusCommand(secret, limits.name)}`
  const failed = consumers.filter((consumer) => consumer.state === 'failed')
  if (failed.length > 0)
    return { reason: 'ROLLOUT_FAILED', since: undefined, sentence: `${kept}: ${named(failed)}. ${run}` }
  const phase = phaseOf(sight, version)
  // A deployment that runs for another reason is over in time.
  const late = phase === 'over' ? deadline(sight, limits) : rolloutDeadline(sight, limits)
  const missing = consumers.filter((consumer) => consumer.state !== 'done')
  const mayBeLate = isToEnd(sight) && (phase === 'rolling out' || phase === 'over')
  if (missing.length === 0 || !mayBeLate || now <= late) return undefined
  return { reason: 'ROLLOUT_LATE', since: late, sentence: `${kept}: ${named(missing)}. ${run}` }
}

function named(consumers: readonly Standing[]): string {
  return consumers
    .map(({ name, state, detail }) => `${name} (${state}${detail === undefined ? '' : `: ${detail}`})`)
    .join(', ')
}

function notEnded(sight: Sight, version: string, limits: Limits, known: Known): Stuck | undefined {
  const { secret, policy, state, proven } = sight
  const { lastUse } = known
  const kept = `version ${version}, which was replaced by ${iso(state.drain?.since ?? sight.now)}, stays valid`
  const run = `To see where it stands, run: ${statusCommand(secret, limits.name)}`
  if (proven !== undefined && proven.lastUse === undefined && !suffices(proven.proof.rung, policy.evidence))
    return {
      reason: 'EVIDENCE_LACKING',
      since: quietSince(sight) + policy.drainSeconds * 1000,
      sentence: `${kept}, since less is known of its use than the tag overlap:evidence=${policy.evidence} asks for: ${proven.proof.missing.join('; ')}. ${run}`,
    }
  if (!isLate(sight, version, limits, known)) return undefined
  const since = deadline(sight, limits, known)
  if (lastUse !== undefined) {
    const name = sightingName(lastUse.sighting)
    const { endpoint, lastUsed } = lastUse.sighting
    const last =
      lastUsed === undefined
        ? `last seen at ${endpoint} at ${iso(lastUse.at)}`
        : `last used at ${iso(lastUse.at)}, as ${endpoint} tells`
    return {
      reason: 'STILL_USED',
      since,
      sentence:
        `${kept}, since it is used: by ${name}, ${last}. Have it read the secret again. ` +
        `If it may break, run: ${despiteCommand(secret, [name], 'REASON', limits.name)}`,
    }
  }
  return {
    reason: 'DRAIN_IN_PROGRESS',
    since,
    sentence: `${kept}: a drain counts from the last change of the secret, which was at ${secret.lastChanged?.toISOString() ?? 'a time that nobody knows'}. ${run}`,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
