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
export const MOST_MB = 256
const SECRETS_PER_CALL = 100

/** Calls that an account of that many secrets may cost: none that is not in here. */
export function allowedCalls(secrets: number): Readonly<Record<string, number>> {
  return {
    ListSecrets: Math.ceil(secrets / SECRETS_PER_CALL),
    ListSecretVersionIds: inDoubt(secrets),
    ListUsers: 1,
  }
}

/** What was promised and does not hold, as sentences. */
export function broken({ measured }: Pick<InventoryFigures, 'measured'>): readonly string[] {
  return measured.flatMap(({ secrets, output, runs }) => {
    const allowed = allowedCalls(secrets)
    const said = (what: string, most: number) => `${secrets} secrets as ${output}: ${what}, ${most} allowed`
    const tooMany = runs.flatMap(({ calls }) =>
      Object.entries(calls)
        .filter(([operation, count]) => count > (allowed[operation] ?? 0))
        .map(([operation, count]) => said(`${count} calls of ${operation}`, allowed[operation] ?? 0)),
    )
    const peak = Math.max(...runs.map(({ peakMb }) => peakMb))
    const tooLarge = peak > MOST_MB ? [said(`${Math.ceil(peak)} MB`, MOST_MB)] : []
    return [...new Set([...tooMany, ...tooLarge])]
  })
}
