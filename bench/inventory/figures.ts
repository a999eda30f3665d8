import { type Growth, growth, tooMuch } from '../growth.ts'
import { spread } from '../percentiles.ts'
import { inDoubt } from './seeds.ts'

/** One inventory of one account. */
export interface Run {
  readonly wallMs: number
  /** User and system time of the process, its start included. */
  readonly cpuMs: number
  /** The most memory that the process had resident, in MiB. */
  readonly peakMb: number
  /** Calls of each operation. */
  readonly calls: Readonly<Record<string, number>>
}

/** What the command line is asked to write: each of them keeps something else in memory. */
export const outputs = ['table', 'json', 'csv', 'html'] as const
export type Output = (typeof outputs)[number]

export interface Measured {
  readonly secrets: number
  readonly output: Output
  readonly runs: readonly Run[]
}

export interface InventoryFigures {
  readonly date: string
  readonly machine: {
    readonly node: string
    readonly processors: number
    readonly processor: string
    readonly loadAverage: number
  }
  readonly measured: readonly Measured[]
}

/** What an inventory may use at most, whatever the size of the account. */
export const MOST_MB = 224
const SECRETS_PER_CALL = 100

/** Calls that an account of that many secrets costs: as many, and none that is not in here. */
export function promisedCalls(secrets: number): Readonly<Record<string, number>> {
  return {
    ListSecrets: Math.ceil(secrets / SECRETS_PER_CALL),
    ListSecretVersionIds: inDoubt(secrets),
    ListUsers: 1,
  }
}

/** What was promised and does not hold, as sentences. */
export function broken({ measured }: Pick<InventoryFigures, 'measured'>): readonly string[] {
  return [...measured.flatMap(brokenBounds), ...outputs.flatMap((output) => brokenGrowth(measured, output))]
}

function brokenBounds({ secrets, output, runs }: Measured): readonly string[] {
  const said = (what: string, promised: string) => `${secrets} secrets as ${output}: ${what}, ${promised}`
  const promised = promisedCalls(secrets)
  const others = runs.flatMap(({ calls }) =>
    [...new Set([...Object.keys(promised), ...Object.keys(calls)])]
      .filter((operation) => calls[operation] !== promised[operation])
      .map((operation) =>
        said(`${calls[operation] ?? 0} calls of ${operation}`, `${promised[operation] ?? 0} promised`),
      ),
  )
  const peak = Math.max(...runs.map(({ peakMb }) => peakMb))
  const tooLarge = peak > MOST_MB ? [said(`${Math.ceil(peak)} MB`, `${MOST_MB} promised`)] : []
  return [...new Set([...others, ...tooLarge])]
}

function brokenGrowth(measured: readonly Measured[], output: Output): readonly string[] {
  return tooMuch(growthOf(measured, output), `as ${output}`)
}

/** What each further secret costs of the processor, median: what the start of the process takes is in none of it. */
export function growthOf(measured: readonly Measured[], output: Output): readonly Growth[] {
  return growth(
    measured
      .filter((one) => one.output === output)
      .map(({ secrets, runs }) => ({ secrets, ms: spread(runs.map((run) => run.cpuMs)).p50 })),
  )
}
