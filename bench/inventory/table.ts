import { columns } from '../columns.ts'
import { spread } from '../percentiles.ts'
import { allowedCalls, type InventoryFigures, MOST_MB, type Run, type Size } from './figures.ts'

/** The figures as lines for a person, the bounds beside them. */
export function tableOf({ machine, date, sizes }: InventoryFigures): readonly string[] {
  const each = (cell: (size: Size) => string) => sizes.map(cell)
  const calls = (operation: string) => [
    `calls of ${operation}`,
    ...each(({ secrets, runs }) => `${most(runs, operation)} of ${allowedCalls(secrets)[operation]}`),
  ]
  return [
    'The inventory of an account: every second secret needs the dates of its versions. The command line in a process of its own, its start included',
    `Node.js ${machine.node}, ${machine.processors} x ${machine.processor}, load ${machine.loadAverage.toFixed(1)}, ${date}`,
    '',
    ...columns('<'.padEnd(sizes.length + 1, '>'), [
      ['secrets', ...each(({ secrets }) => secrets.toLocaleString('en'))],
      calls('ListSecrets'),
      calls('ListSecretVersionIds'),
      ['CPU time, median', ...each(({ runs }) => seconds(runs.map(({ cpuMs }) => cpuMs)))],
      ['time, median', ...each(({ runs }) => seconds(runs.map(({ wallMs }) => wallMs)))],
      [
        'peak memory',
        ...each(
          ({ runs }) => `${Math.round(Math.max(...runs.map(({ peakMb }) => peakMb)))} of ${MOST_MB} MB`,
        ),
      ],
      ['runs', ...each(({ runs }) => `${runs.length}`)],
    ]),
    ...growth(sizes),
  ]
}

function most(runs: readonly Run[], operation: string): number {
  return Math.max(...runs.map(({ calls }) => calls[operation] ?? 0))
}

/** What is left when the start of the process is taken away: the same for each secret, if the growth is linear. */
function growth(sizes: readonly Size[]): readonly string[] {
  const [small, large] = [sizes[0], sizes.at(-1)]
  if (small === undefined || large === undefined || small === large) return []
  const cpu = (size: Size) => spread(size.runs.map(({ cpuMs }) => cpuMs)).p50
  const perSecret = (cpu(large) - cpu(small)) / (large.secrets - small.secrets)
  return ['', `CPU time for each further secret: ${perSecret.toFixed(2)} ms`]
}

function seconds(milliseconds: readonly number[]): string {
  return `${(spread(milliseconds).p50 / 1000).toFixed(2)} s`
}
