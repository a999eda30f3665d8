import { type DemoFacts, failed, type Phases, type RunFacts } from './facts.ts'
import type { Verdict } from './verdict.ts'

/** Milliseconds over all rotations of a run that have the phase. */
export interface Spread {
  readonly p50: number
  readonly max: number
}

/** What `--json` writes: the sums first, then every rotation as it was measured. */
export function figures(facts: DemoFacts, verdict: Verdict) {
  const { real, controls, keys, keyControls, postgresVersion, timezone, tookMs, ...scenes } = facts
  const titled = (run: RunFacts) => ({ title: run.title, ...sums(run) })
  return {
    ...verdict,
    ...sums(real),
    ...scenes,
    // With a key, a call counts as a query.
    keys: { ...keys, runs: keys.runs.map(titled), controls: keyControls.map(titled) },
    controls: controls.map(titled),
    timeline: [real, ...keys.runs, ...controls, ...keyControls].map(({ title, rotations }) => ({
      title,
      rotations,
    })),
    timezone,
    postgresVersion,
    tookMs,
  }
}

function sums(run: RunFacts) {
  const names = ['generate', 'makeValid', 'rollOut', 'drain', 'quarantine'] as const
  return {
    rotations: run.rotations.length,
    clients: run.clients,
    queries: run.traffic.queries,
    logins: run.traffic.logins,
    failed: failed(run.traffic),
    failures: run.traffic.failures,
    rungs: rungs(run),
    phasesMs: Object.fromEntries(names.map((name) => [name, spread(run, name)])),
  }
}

/** How many retirements had which rung. */
function rungs({ rotations }: RunFacts): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { retirement } of rotations)
    if (retirement) counts[retirement.rung] = (counts[retirement.rung] ?? 0) + 1
  return counts
}

/** Undefined when no rotation has the phase. */
function spread({ rotations }: RunFacts, phase: keyof Phases): Spread | undefined {
  const measured = rotations
    .map(({ phases }) => phases[phase])
    .filter((ms) => ms !== undefined)
    .sort((one, other) => one - other)
  const [p50, max] = [measured[Math.floor((measured.length - 1) / 2)], measured.at(-1)]
  return p50 === undefined || max === undefined ? undefined : { p50, max }
}
