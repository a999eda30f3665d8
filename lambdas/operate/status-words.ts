import { inCommand } from '../rotation/secret-name.ts'
import { enforceCommand, overlapCommand, releaseCommand, turnOnCommand } from '../rotation/way-out.ts'
import type { Standing as ConsumerStanding } from '../sweep/sight.ts'
import { shownAt } from './moment.ts'
import { retirementWords } from './rung-words.ts'
import { sightingWords } from './sighting-words.ts'
import type { DrainStanding, Standing } from './standing.ts'

/** What commands need to name it. */
export interface Named {
  readonly name: string
  readonly arn: string
  /** Name of the deployment. */
  readonly deployment: string
}

/** Where a secret stands, in one line. */
export function headline(standing: Standing): string {
  const { stuck } = standing
  return stuck === undefined ? phaseWords(standing) : `stuck, ${stuck.reason}: ${phaseWords(standing)}`
}

function phaseWords(standing: Standing): string {
  const { phase, drain, pending } = standing
  switch (phase) {
    case 'at-rest':
      return `at rest, ${restWords(standing)}`
    case 'rotating':
      return `a rotation is under way${sinceWords(pending?.since)}`
    case 'rolling-out':
      return `draining${sinceWords(drain?.since)}, ${consumersWords(standing.consumers)}`
    case 'draining':
      return `draining${sinceWords(drain?.since)}, ${quietWords(standing)}`
    case 'disabled':
      return `the credential before is disabled${sinceWords(drain?.disabled)}, ${removalWords(standing)}`
  }
}

function sinceWords(instant: string | undefined): string {
  return instant === undefined ? '' : ` since ${shown(instant)}`
}

function shown(instant: string): string {
  return shownAt(Date.parse(instant))
}

function restWords({ lastRotated, schedule, nextRun, rotation, hold }: Standing): string {
  const last = lastRotated === undefined ? 'never rotated' : `last rotated ${shown(lastRotated)}`
  if (rotation === 'off') return `${last}, rotation is turned off`
  const next =
    nextRun === undefined
      ? schedule === undefined
        ? 'no schedule asks for the next rotation'
        : `schedule ${schedule} has no run any more`
      : `next run ${shown(nextRun)}`
  return `${last}, ${next}${hold === undefined ? '' : ', on hold'}`
}

/** Of those that were asked. */
function consumersWords(consumers: readonly ConsumerStanding[] | undefined): string {
  if (consumers === undefined)
    return 'consumers are being brought to the new version; they were not asked now'
  const behind = consumers.filter(({ state }) => state !== 'done')
  if (behind.length === 0)
    return `all ${consumers.length} consumers on the new version, which the sweep has yet to note`
  const which = behind.map(({ name, state }) => `${name} (${stateWords[state]})`).join(', ')
  return `${behind.length} of ${consumers.length} consumers not known to be on the new version: ${which}`
}

const stateWords: Readonly<Record<ConsumerStanding['state'], string>> = {
  absent: 'not begun',
  running: 'running',
  done: 'done',
  failed: 'failed',
  unknown: 'unknown',
}

function quietWords({ mode, hold, drain }: Standing): string {
  if (drain?.since === undefined) return 'which the sweep has yet to see'
  const quiet = drain.quietSince === undefined ? '' : `quiet since ${shown(drain.quietSince)}, `
  if (mode === 'observe') return `${quiet}kept valid in observe mode`
  if (hold !== undefined) return `${quiet}kept valid on hold`
  return `${quiet}disabled at ${shown(drain.disabledFrom ?? drain.since)} at the earliest`
}

function removalWords({ mode, hold, drain }: Standing): string {
  if (mode === 'observe') return 'and stays so in observe mode'
  if (hold !== undefined) return 'and stays so on hold'
  return `removed at ${shown(drain?.removedFrom ?? '')} at the earliest`
}

/** Everything else that a person wants to know, sentence by sentence, the urgent first. */
export function details(standing: Standing): readonly string[] {
  const { stuck, leaked, replicasBehind, unknown, retirements = [] } = standing
  return [
    ...(stuck === undefined ? [] : [stuck.sentence]),
    ...leaked.map(
      (version) =>
        `version ${version} leaked: it is replaced and ended without regard to holds, and nothing brings it back`,
    ),
    ...drainDetails(standing),
    ...(standing.consumers ?? []).map(consumerLine),
    ...lastUse(standing),
    ...pendingDetails(standing),
    ...replicasBehind.map(
      ({ region, status }) =>
        `the replica in ${region} is not in sync (${status}): nothing is retired before it is`,
    ),
    ...holdDetails(standing),
    ...(standing.rotation === 'off' && standing.phase !== 'at-rest'
      ? ['rotation is turned off: no further one begins']
      : []),
    ...retirements.map(retirementWords),
    ...unknown,
    ...safety(standing),
  ]
}

function drainDetails({ phase, drain, current }: Standing): readonly string[] {
  if (drain === undefined) return []
  const works = phase === 'disabled' ? 'does not work, and can be put back' : 'still works'
  return [
    `version ${current} is AWSCURRENT; version ${drain.version}, the one before, ${works}${rolledWords(drain)}`,
  ]
}

function rolledWords({ rolledOut }: DrainStanding): string {
  return rolledOut === undefined ? '' : `. All declared consumers were on the new one by ${shown(rolledOut)}`
}

function consumerLine({ name, state, detail }: ConsumerStanding): string {
  return `${name}: ${stateWords[state]}${detail === undefined ? '' : `, ${detail}`}`
}

function lastUse({ lastSighting, phase }: Standing): readonly string[] {
  if (lastSighting !== undefined)
    return [`last seen in use at ${shown(lastSighting.seen)} by ${sightingWords(lastSighting)}`]
  return phase === 'draining' || phase === 'rolling-out' ? ['no use of it is on record in this drain'] : []
}

function pendingDetails({ pending, drain, hold }: Standing): readonly string[] {
  if (pending === undefined) return []
  const what = `version ${pending.version} waits to become AWSCURRENT${sinceWords(pending.since)}`
  if (drain !== undefined)
    return [`${what}: it needs the place of version ${drain.version}, and is tried again when that is free`]
  return [hold === undefined ? what : `${what}: the hold keeps it from beginning`]
}

function holdDetails({ hold }: Standing): readonly string[] {
  if (hold === undefined) return []
  const until = shown(hold.until)
  return hold.by === 'hold'
    ? [`on hold until ${until}: ${hold.reason}. Nothing is begun and nothing retired before that`]
    : [
        `the deployment is frozen until ${until}: ${hold.reason}. Nothing is begun and nothing retired before that`,
      ]
}

/** What need not be feared, so that nobody hurries. */
function safety({ phase, leaked, drain }: Standing): readonly string[] {
  if (leaked.length > 0) return []
  if (phase === 'rolling-out' || phase === 'draining')
    return ['nothing was taken away yet: nobody is hurt by waiting']
  if (phase === 'disabled' && drain !== undefined)
    return [
      'AWSCURRENT works for whoever has fetched it; a consumer that cannot log in still holds the old one: restart it, or roll back',
    ]
  return []
}

/** The one command that helps most, for a line of its own; undefined: there is nothing to do but to wait. */
export function nextCommand(standing: Standing, named: Named): string | undefined {
  const { phase, hold, mode, rotation, drain } = standing
  const secret = inCommand(named.name, named.arn)
  const asking = (words: string) => overlapCommand(`${words} ${secret}`, named.deployment)
  if (hold?.by === 'hold') return releaseCommand(named, named.deployment)
  if (standing.stuck !== undefined && phase === 'draining') return asking('retire')
  if (phase === 'disabled' && drain !== undefined) return `${asking('rollback')} --reason WHY`
  if (mode === 'observe' && phase === 'draining') return enforceCommand(named.arn)
  if (phase === 'at-rest' && rotation === 'off') return turnOnCommand(named.arn)
  return undefined
}
