import { columns } from './columns.ts'
import type { Figures, Range, Rotations } from './figures.ts'
import type { Spread } from './percentiles.ts'

/** What the figures are to stay within. */
const aims = {
  warmTime: 49,
  calls: 14,
  connections: 3,
  failedLogins: 0,
  bundleBytes: 720_000,
  init: 90,
}

/** The figures as lines for a person, the aims beside them. */
export function tableOf(figures: Figures): string[] {
  const { machine, warm, cold, sql, init, bundles } = figures
  return [
    'One full rotation of a PostgreSQL secret: createSecret to finishSecret, alternating users, TLS, SCRAM-SHA-256, no replica',
    `Node.js ${machine.node}, PostgreSQL ${machine.postgres}, ${machine.processors} x ${machine.processor} (${machine.platform} ${machine.arch}), load ${machine.loadAverage.toFixed(1)}, ${figures.date}`,
    '',
    ...columns('<>>>', [
      ['per rotation', 'warm', 'cold', 'aim'],
      ['time, p50', ms(warm.time.p50), ms(cold.time.p50), `${ms(aims.warmTime)} warm`],
      ['time, fastest', ms(warm.time.min), ms(cold.time.min), ''],
      ['time, p99', ms(warm.time.p99), ms(cold.time.p99), ''],
      ['time for the caller, p50', ms(warm.wallTime.p50), ms(cold.wallTime.p50), ''],
      ['calls of Secrets Manager', counted(warm.calls), counted(cold.calls), `${aims.calls}`],
      ['connections', counted(warm.connections), counted(cold.connections), `${aims.connections}`],
      ['failed logins', counted(warm.failedLogins), counted(cold.failedLogins), `${aims.failedLogins}`],
      ['statements', counted(sql.statements), '', ''],
      ['  in round trips', counted(sql.messages), '', ''],
      ['rotations measured', `${warm.time.samples}`, `${cold.time.samples}`, ''],
    ]),
    '',
    ...columns('<>><', [
      ['step', 'warm, p50', 'cold, p50', 'calls of Secrets Manager, cold'],
      ...Object.keys(warm.stepTime).map((step) => [
        step,
        ms(warm.stepTime[step]?.p50),
        ms(cold.stepTime[step]?.p50),
        callsIn(cold, step),
      ]),
    ]),
    '',
    ...columns('<>>>>>>', [
      ['function', 'init, p50', 'init, p99', 'aim', 'index.js', 'aim', 'on demand'],
      ...Object.entries(bundles).map(([name, bundle]) => [
        name,
        ms(init[name]?.p50),
        ms(init[name]?.p99),
        ms(aims.init),
        kilobytes(bundle.bytes),
        kilobytes(aims.bundleBytes),
        kilobytes(bundle.totalBytes - bundle.bytes),
      ]),
    ]),
    '',
    'Each aim is an upper bound. Warm functions remember two values from the rotation before, a call each: the admin secret and AWSCURRENT.',
    'Between two rotations the replaced user is retired, which is not measured. p99 of fewer than 100 samples is the slowest.',
  ]
}

function ms(milliseconds: Spread['p50'] | undefined): string {
  return milliseconds === undefined ? '' : `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`
}

function counted({ min, max }: Range): string {
  return min === max ? `${min}` : `${min}-${max}`
}

function callsIn(rotations: Rotations, step: string): string {
  const calls = Object.entries(rotations.stepCalls[step] ?? {})
  return calls.map(([operation, count]) => (count === 1 ? operation : `${count} ${operation}`)).join(', ')
}
