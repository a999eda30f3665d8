import { type DemoFacts, failed, type RunFacts } from './facts.ts'

/** What a run must at least have done for its result to mean anything. */
export interface Requirements {
  readonly rotations: number
  readonly controlRotations: number
  readonly clients: number
  /** Per rotation, over all clients. */
  readonly queriesPerRotation: number
  /** Per rotation, by the client that made the fewest. */
  readonly queriesPerClient: number
}

export interface Verdict {
  readonly passed: boolean
  /** Everything that speaks against it, as sentences. Empty exactly when it passed. */
  readonly objections: readonly string[]
}

/** The real run must be without a failure, and both controls with some: else the counter proves nothing. */
export function judge(facts: DemoFacts, required: Requirements): Verdict {
  const { real, controls, botched } = facts
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
    [phases.generate, phases.makeValid, phases.rollOut, phases.drain, phases.retire].every(
      (ms) => ms !== undefined && Number.isFinite(ms),
    ),
  )
}

function when(holds: boolean, objection: string): readonly string[] {
  return holds ? [objection] : []
}
