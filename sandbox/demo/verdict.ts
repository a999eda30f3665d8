import { shortTime } from './calendar.ts'
import { type DemoFacts, failed, type RunFacts } from './facts.ts'
import { type KeyRequirements, keysLost } from './keys/objections.ts'
import { afterLeak, inTheWay, retired, wayBack, when } from './objections.ts'

/** What a run must at least have done for its result to mean anything. */
export interface Requirements {
  readonly rotations: number
  readonly controlRotations: number
  readonly clients: number
  /** Per rotation, over all clients. */
  readonly queriesPerRotation: number
  /** Per rotation, by the client that made the fewest. */
  readonly queriesPerClient: number
  /** Milliseconds by the sandbox's clock, of the real run. */
  readonly drainMs: number
  readonly quarantineMs: number
  /** Declared consumers of the real run's secret. */
  readonly consumers: number
  /** Milliseconds by the sandbox's clock after which what leaked must work for nobody. */
  readonly leakMs: number
  readonly keys: KeyRequirements
}

export interface Verdict {
  readonly passed: boolean
  /** Everything that speaks against it, as sentences. Empty exactly when it passed. */
  readonly objections: readonly string[]
}

/** The real run, and that of the keys in it, must be without a failure, and every control with some: else the counter proves nothing. */
export function judge(facts: DemoFacts, required: Requirements): Verdict {
  const { real, controls, botched, missed, held, needless } = facts
  const objections = [
    ...tooLittle(real, required, required.rotations),
    ...when(failed(real.traffic) > 0, `${real.title}: ${failed(real.traffic)} queries or logins failed`),
    ...when(!everyPhase(real), `${real.title}: a rotation's phases were not all measured`),
    ...when(botched.attempts === 0, 'The botched rotation was not refused'),
    ...when(
      botched.currentMeanwhile !== botched.currentBefore,
      'The botched rotation changed AWSCURRENT although it was refused',
    ),
    ...when(botched.queries === 0, 'Nobody queried while the botched rotation was stuck'),
    ...when(botched.failed > 0, `${botched.failed} queries failed while the botched rotation was stuck`),
    ...when(!botched.completed, 'The botched rotation did not complete after it was mended'),
    ...untold(botched.named),
    ...when(needless.length > 0, `Somebody was told of a failure that was none: ${needless[0]}`),
    ...when(missed.begunMeanwhile > 0, 'A rotation began although the scheduler was out of order'),
    ...when(!missed.alarmTold, 'Nobody was told that the sweep was silent'),
    ...when(held.begunMeanwhile > 0, 'The hold did not put the rotation off'),
    ...asInProduction(facts, required),
    ...retired(real, required),
    ...inTheWay(facts, required),
    ...wayBack(facts),
    ...afterLeak(facts, required),
    ...keysLost(facts, required.keys),
    ...when(controls.length < 2, `${controls.length} of 2 controls were run`),
    ...controls.flatMap((control) => [
      ...tooLittle(control, required, required.controlRotations),
      ...when(
        failed(control.traffic) === 0,
        `${control.title}: nothing failed, so the counter would not notice a failure`,
      ),
    ]),
  ]
  return { passed: objections.length === 0, objections }
}

function untold(named: DemoFacts['botched']['named']): readonly string[] {
  const missing = Object.entries(named).flatMap(([what, isNamed]) => (isNamed ? [] : [what]))
  return when(missing.length > 0, `The message about the botched rotation lacks: ${missing.join(', ')}`)
}

/** Begun by the schedule at its local time, before and after clocks are changed; made up for; begun by a person; drained for as long as the policy says. */
function asInProduction({ real, timezone }: DemoFacts, required: Requirements): readonly string[] {
  const { rotations } = real
  const scheduled = rotations.filter(({ begunBy }) => begunBy === 'schedule')
  const late = scheduled.filter(({ at }) => !/^Sun .* 03:00$/.test(shortTime(at, timezone)))
  const hours = new Set(scheduled.map(({ at }) => new Date(at).getUTCHours()))
  const hurried = rotations.filter(
    ({ begunBy, phases }) => begunBy !== 'leak' && (phases.drain ?? 0) < required.drainMs,
  )
  return [
    ...when(late.length > 0, `${real.title}: ${late.length} rotations did not begin on Sunday at 03:00`),
    ...when(hours.size < 2, `${real.title}: no change of clocks between two rotations`),
    ...when(!rotations.some(({ begunBy }) => begunBy === 'make-up'), `${real.title}: no run was made up for`),
    ...when(!rotations.some(({ begunBy }) => begunBy === 'person'), `${real.title}: nobody rotated by hand`),
    ...when(
      hurried.length > 0,
      `${real.title}: ${hurried.length} rotations did not drain as long as they must`,
    ),
  ]
}

/** An idle client fails never. */
function tooLittle(run: RunFacts, required: Requirements, rotations: number): readonly string[] {
  const done = run.rotations.length
  const [queries, each] = [done * required.queriesPerRotation, done * required.queriesPerClient]
  return [
    ...when(done < rotations, `${run.title}: ${done} of ${rotations} rotations`),
    ...when(run.clients < required.clients, `${run.title}: ${run.clients} of ${required.clients} clients`),
    ...when(
      run.traffic.queries < queries,
      `${run.title}: ${run.traffic.queries} queries are too few to prove anything`,
    ),
    ...when(run.leastBusy < each, `${run.title}: one client made only ${run.leastBusy} queries`),
  ]
}

function everyPhase({ rotations }: RunFacts): boolean {
  return rotations.every(({ phases }) =>
    [phases.generate, phases.makeValid, phases.rollOut, phases.drain, phases.quarantine].every(
      (ms) => ms !== undefined && Number.isFinite(ms),
    ),
  )
}
