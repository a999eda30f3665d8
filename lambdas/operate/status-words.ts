import { inCommand } from '../rotation/secret-name.ts'
import { enforceCommand, overlapCommand, releaseCommand, turnOnCommand } from '../rotation/way-out.ts'
import type { Standing as ConsumerStanding } from '../sweep/sight.ts'
import { shownAt } from './moment.ts'
import { retirementWords } from './rung-words.ts'
import type { Standing } from './standing.ts'
import { backgroundWords, lastUseWords, lateWords } from './use-words.ts'

/** What commands need to name a secret. */
export interface Named {
  readonly name: string
  readonly arn: string
  /** Name of the deployment. */
  readonly deployment: string
}

/** Where a secret stands, in one line. */
export function headline(standing: Standing): string {
  const { stuck, overdue, current, leaked } = standing
  const trouble = [
    ...(stuck === undefined ? [] : [`stuck, ${stuck.reason}`]),
    ...(overdue === undefined ? [] : [`overdue, ${overdue.reason}`]),
    ...(current !== undefined && leaked.includes(current) ? ['AWSCURRENT leaked and is to be replaced'] : []),
  ]
  return [...trouble, phaseWords(standing)].join(': ')
}

function phaseWords(standing: Standing): string {
  const { phase, drain, pending } = standing
  switch (phase) {
    case 'at-rest':
      return `at rest, ${restWords(standing)}`
    case 'rotating':
      return `a rotation ${waitsFor(standing) ?? 'is under way'}${sinceWords(pending?.since)}`
    case 'rolling-out':
      return `draining${sinceWords(drain?.since)}, ${consumersWords(standing.consumers)}`
    case 'draining':
      return `draining${sinceWords(drain?.since)}, ${quietWords(standing)}`
    case 'disabled':
      return drain?.works
        ? `the credential before is still valid and was found unused${atWords(drain.disabled)}, ${deletionWords(standing)}`
        : `the credential before is disabled${sinceWords(drain?.disabled)}, ${removalWords(standing)}`
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
    nextRun !== undefined
      ? `next run ${shown(nextRun)}`
      : schedule === undefined
        ? 'no schedule asks for the next rotation'
        : `schedule ${schedule} has no run any more`
  return `${last}, ${next}${hold === undefined ? '' : ', on hold'}`
}

/** Why nothing goes on with it; undefined where nothing is known to keep it. */
function waitsFor({ hold, rotation }: Standing): string | undefined {
  if (hold !== undefined) return `waits for the ${hold.by} to end, at ${shown(hold.until)}`
  return rotation === 'off' ? 'waits, since rotation is turned off' : undefined
}

function consumersWords(consumers: readonly ConsumerStanding[] | undefined): string {
  if (consumers === undefined) return 'its consumers were not asked how far they are'
  const [unknown, behind] = ['unknown', 'behind'].map((wanted) =>
    consumers.filter(({ state }) => state !== 'done' && (state === 'unknown') === (wanted === 'unknown')),
  ) as [ConsumerStanding[], ConsumerStanding[]]
  if (unknown.length + behind.length === 0)
    return `all of its ${consumers.length} consumers on the new version, which the sweep has yet to note`
  const list = (some: readonly ConsumerStanding[]) => some.map(consumerWords).join(', ')
  return [
    ...(behind.length === 0
      ? []
      : [`${behind.length} of ${consumers.length} consumers still on the old version: ${list(behind)}`]),
    ...(unknown.length === 0
      ? []
      : [`of ${unknown.length} of ${consumers.length} consumers it is not known: ${list(unknown)}`]),
  ].join('; ')
}

function consumerWords({ name, state, detail }: ConsumerStanding): string {
  return `${name} (${stateWords[state]}${detail === undefined ? '' : `: ${detail}`})`
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
  const end = `disabled at ${shown(drain.disabledFrom ?? drain.since)} at the earliest`
  if (drain.leaked) return `leaked, ${end}`
  const quiet = drain.quietSince === undefined ? '' : `quiet since ${shown(drain.quietSince)}, `
  if (mode === 'observe') return `${quiet}kept valid in observe mode`
  if (hold !== undefined) return `${quiet}kept valid on hold`
  return `${quiet}${end}`
}

function removalWords({ mode, hold, drain }: Standing): string {
  if (!drain?.leaked && mode === 'observe') return 'and stays so in observe mode'
  if (!drain?.leaked && hold !== undefined) return 'and stays so on hold'
  return `removed at ${shown(drain?.removedFrom ?? '')} at the earliest`
}

function atWords(instant: string | undefined): string {
  return instant === undefined ? '' : ` at ${shown(instant)}`
}

/** Of what works until then. */
function deletionWords({ mode, hold, drain }: Standing): string {
  if (mode === 'observe') return 'and stays so in observe mode'
  if (hold !== undefined) return 'and stays so on hold'
  return `deleted at ${shown(drain?.removedFrom ?? '')} at the earliest, unless it is used before that`
}

/** Everything else that a person wants to know, sentence by sentence, the urgent first. */
export function details(standing: Standing): readonly string[] {
  const { stuck, overdue, consumers = [], replicasBehind, retirements = [], unknown } = standing
  return [
    ...[stuck, overdue].flatMap((trouble) => (trouble === undefined ? [] : [trouble.sentence])),
    ...leakWords(standing),
    ...leftBehindWords(standing),
    ...drainWords(standing),
    ...consumers.filter(({ state }) => state === 'done').map(({ name }) => `${name} runs the new version`),
    ...lastUseWords(standing),
    ...backgroundWords(standing),
    ...pendingWords(standing),
    ...replicasBehind.map(
      ({ region, status }) =>
        `the replica in ${region} is not in sync (${status}): no drain begins before it is`,
    ),
    ...holdWords(standing),
    ...retirements.map(retirementWords),
    ...unknown,
  ]
}

function leakWords({ leaked, current }: Standing): readonly string[] {
  return leaked.map((version) =>
    version === current
      ? `version ${version}, which is AWSCURRENT, leaked: it is replaced in spite of any hold or schedule. If it was taken out of use before, nothing makes it valid again`
      : `version ${version} leaked: nothing makes it valid again, and no hold keeps it valid`,
  )
}

/** What leaked waits for nobody, so who was not there by then needs a person. */
function leftBehindWords({ goneEarly, consumers = [] }: Standing): readonly string[] {
  if (goneEarly === undefined) return []
  return consumers
    .filter(({ state }) => state !== 'done')
    .map(
      (consumer) =>
        `${consumerWords(consumer)} is not known to run the new version, and version ${goneEarly}, which leaked, is gone: nothing brings it there any more. Restart it`,
    )
}

/** What works, so that nobody hurries, and what does not, so that nobody searches. */
function drainWords({ phase, drain, current, rotation, consumers }: Standing): readonly string[] {
  if (drain === undefined) return []
  const rolledOut =
    drain.rolledOut === undefined
      ? []
      : [`every declared consumer was on the new version by ${shown(drain.rolledOut)}`]
  const state =
    phase === 'disabled' && !drain.works
      ? `version ${drain.version}, the one before AWSCURRENT, does not work${drain.leaked ? '. A consumer that cannot log in still holds it: restart that consumer' : ' and can be put back'}`
      : `version ${drain.version}, the one before AWSCURRENT, was not taken away: nobody is hurt by waiting`
  return [
    `version ${current} is AWSCURRENT`,
    state,
    ...(phase === 'disabled' ? [] : lateWords(drain)),
    ...rolledOut,
    ...(consumers?.length === 0
      ? [
          'no consumers are declared (tag overlap:consumers), so whether they are on the new version is not known',
        ]
      : []),
    ...(rotation === 'off' ? ['rotation is turned off: no further one begins'] : []),
  ]
}

function pendingWords({ pending, drain, phase }: Standing): readonly string[] {
  if (pending === undefined) return []
  const what = `version ${pending.version} waits to become AWSCURRENT`
  if (drain === undefined || phase === 'rotating') return [what]
  return [
    `${what}${sinceWords(pending.since)}: it needs the place of version ${drain.version}, and is tried again when that is free`,
  ]
}

function holdWords({ hold }: Standing): readonly string[] {
  if (hold === undefined) return []
  const what = hold.by === 'hold' ? 'on hold' : 'the deployment is frozen'
  return [
    `${what} until ${shown(hold.until)}: ${hold.reason}. Nothing is begun and nothing retired before that, but for what leaked`,
  ]
}

/** What is there for an emergency, and nothing to do otherwise. What leaked has no way back. */
export function wayBackWords(
  { phase, drain }: Standing,
  { name, arn, deployment }: Named,
): readonly string[] {
  if (phase !== 'disabled' || drain?.leaked || drain?.works) return []
  const back = overlapCommand(`rollback ${inCommand(name, arn)} --reason REASON`, deployment)
  return [
    `if a consumer fails now, it still holds the disabled credential: restart that consumer. If that does not help, go back: ${back}`,
  ]
}

/** The one command that helps most, for a line of its own; undefined: there is nothing to do but to wait. */
export function nextCommand(standing: Standing, { name, arn, deployment }: Named): string | undefined {
  const { phase, hold, mode, rotation, drain, stuck, current, leaked } = standing
  const asking = (words: string, rest = '') =>
    overlapCommand(`${words} ${inCommand(name, arn)}${rest}`, deployment)
  if (current !== undefined && leaked.includes(current) && stuck !== undefined)
    return asking('leaked', ' --reason REASON')
  if (hold?.by === 'hold') return releaseCommand({ name, arn }, deployment)
  if (stuck?.reason === 'STILL_USED' || stuck?.reason === 'EVIDENCE_LACKING') return asking('retire')
  if (phase === 'rotating') return rotation === 'off' ? turnOnCommand(arn) : asking('check')
  if (mode === 'observe' && phase === 'draining' && drain?.leaked === undefined) return enforceCommand(arn)
  if (phase === 'at-rest' && rotation === 'off') return turnOnCommand(arn)
  return undefined
}
