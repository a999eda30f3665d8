import { columns } from '../columns.ts'
import { spread } from '../percentiles.ts'
import {
  eachTakes,
  growthOf,
  type Measured,
  MOST_CPU_MS,
  MOST_MB,
  MOST_MS,
  type Pass,
  passes,
  promisedCalls,
  type Run,
  type SweepFigures,
  seconds,
} from './figures.ts'
import { draining } from './seeds.ts'

const named: Readonly<Record<Pass, string>> = {
  first: 'first of a process',
  between: 'between two looks',
  look: 'with a look',
}

/** The figures as lines for a person, the bounds beside them. */
export function tableOf({ machine, date, measured }: SweepFigures): readonly string[] {
  return [
    'One pass of the sweep, of 100 secrets one drains: a quarter of those each rolls out, is quiet, lacks evidence, is in quarantine. The deployed function in a process of its own',
    `Node.js ${machine.node}, ${machine.processors} x ${machine.processor}, load ${machine.loadAverage.toFixed(1)}, ${date}`,
    '',
    ...columns('<>>>>>>>', [
      ['pass', 'secrets', 'draining', 'CPU time, median', 'time, median', 'for each', 'peak memory', 'runs'],
      ...measured.map(({ pass, secrets, runs }) => [
        named[pass],
        counted(secrets),
        counted(draining(secrets)),
        `${exact(median(runs, 'cpuMs'))} of ${seconds(MOST_CPU_MS)}`,
        `${exact(median(runs, 'wallMs'))} of ${seconds(MOST_MS)}`,
        `${eachTakes({ pass, secrets, runs }).toFixed(2)} ms`,
        `${Math.round(Math.max(...runs.map(({ peakMb }) => peakMb)))} of ${MOST_MB} MB`,
        `${runs.length}`,
      ]),
    ]),
    '',
    ...columns('<'.padEnd(measured.length + 1, '>'), [
      ['calls of', ...measured.map(({ secrets, pass }) => `${pass} ${counted(secrets)}`)],
      ...operationsIn(measured).map((operation) => [
        operation,
        ...measured.map(({ secrets, pass, runs }) => {
          const promised = promisedCalls(secrets, pass)[operation] ?? 0
          return `${counted(mostCalls(runs, operation))} of ${counted(promised)}`
        }),
      ]),
    ]),
    ...growthLines(measured),
  ]
}

function operationsIn(measured: readonly Measured[]): readonly string[] {
  const promised = measured.flatMap(({ secrets, pass }) => Object.keys(promisedCalls(secrets, pass)))
  const made = measured.flatMap(({ runs }) => runs.flatMap(({ calls }) => Object.keys(calls)))
  return [...new Set([...promised, ...made])]
}

/** In any run. */
function mostCalls(runs: readonly Run[], operation: string): number {
  return Math.max(...runs.map(({ calls }) => calls[operation] ?? 0))
}

function growthLines(measured: readonly Measured[]): readonly string[] {
  const told = passes.flatMap((pass) =>
    growthOf(measured, pass).map(({ from, to, ms }) => [
      named[pass],
      `${counted(from)} to ${counted(to)}`,
      `${ms.toFixed(2)} ms`,
    ]),
  )
  return told.length === 0
    ? []
    : ['', ...columns('<>>', [['pass', 'secrets', 'CPU time for each further one'], ...told])]
}

function median(runs: readonly Run[], of: 'cpuMs' | 'wallMs'): number {
  return spread(runs.map((run) => run[of])).p50
}

function exact(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

const counted = (count: number) => count.toLocaleString('en')
