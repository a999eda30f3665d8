import { columns } from '../columns.ts'
import { spread } from '../percentiles.ts'
import {
  growthOf,
  type InventoryFigures,
  type Measured,
  MOST_MB,
  outputs,
  promisedCalls,
  type Run,
} from './figures.ts'

/** The figures as lines for a person, the bounds beside them. */
export function tableOf({ machine, date, measured }: InventoryFigures): readonly string[] {
  const sizes = [...new Set(measured.map(({ secrets }) => secrets))]
  return [
    'The inventory of an account: every second secret needs the dates of its versions. The command line in a process of its own, its start included',
    `Node.js ${machine.node}, ${machine.processors} x ${machine.processor}, load ${machine.loadAverage.toFixed(1)}, ${date}`,
    '',
    ...columns('<'.padEnd(sizes.length + 1, '>'), [
      ['secrets', ...sizes.map(counted)],
      ...['ListSecrets', 'ListSecretVersionIds'].map((operation) => [
        `calls of ${operation}`,
        ...sizes.map(
          (secrets) => `${calls(measured, secrets, operation)} of ${promisedCalls(secrets)[operation]}`,
        ),
      ]),
    ]),
    '',
    ...columns('<>>>>>', [
      ['output', 'secrets', 'CPU time, median', 'time, median', 'peak memory', 'runs'],
      ...measured.map(({ output, secrets, runs }) => [
        output,
        counted(secrets),
        seconds(median(runs, 'cpuMs')),
        seconds(median(runs, 'wallMs')),
        `${Math.round(Math.max(...runs.map(({ peakMb }) => peakMb)))} of ${MOST_MB} MB`,
        `${runs.length}`,
      ]),
    ]),
    ...growth(measured),
  ]
}

/** The most in any run. */
function calls(measured: readonly Measured[], size: number, operation: string): number {
  const runs = measured.filter(({ secrets }) => secrets === size).flatMap((one) => one.runs)
  return Math.max(...runs.map((run) => run.calls[operation] ?? 0))
}

function growth(measured: readonly Measured[]): readonly string[] {
  const told = outputs.flatMap((output) =>
    growthOf(measured, output).map(({ from, to, ms }) => [
      output,
      `${counted(from)} to ${counted(to)}`,
      `${ms.toFixed(2)} ms`,
    ]),
  )
  return told.length === 0
    ? []
    : ['', ...columns('<>>', [['output', 'secrets', 'CPU time for each further one'], ...told])]
}

function median(runs: readonly Run[], of: 'cpuMs' | 'wallMs'): number {
  return spread(runs.map((run) => run[of])).p50
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

const counted = (secrets: number) => secrets.toLocaleString('en')
