import { functionSettings } from '../../infra/function-settings.ts'
import { type Growth, growth, tooMuch } from '../growth.ts'
import { spread } from '../percentiles.ts'
import { CONSUMERS, draining, drains } from './seeds.ts'

/** One pass of the sweep over one account. */
export interface Run {
  /** From the invocation to its answer. */
  readonly wallMs: number
  /** User and system time of the function's process. */
  readonly cpuMs: number
  /** The most memory that the process had resident until then, in MiB. */
  readonly peakMb: number
  /** Calls of each operation; of Invoke, by what was asked. */
  readonly calls: Readonly<Record<string, number>>
}

/**
 * - `first`: of a process that starts with it, and remembers nothing. It looks who uses what drains, and finds out how old credentials are
 * - `between`: five minutes later, when it is not yet time to look again
 * - `look`: when it is
 */
export const passes = ['first', 'between', 'look'] as const
export type Pass = (typeof passes)[number]

export interface Measured {
  readonly secrets: number
  readonly pass: Pass
  readonly runs: readonly Run[]
}

export interface SweepFigures {
  readonly date: string
  readonly machine: {
    readonly node: string
    readonly processors: number
    readonly processor: string
    readonly loadAverage: number
  }
  readonly measured: readonly Measured[]
}

const { memoryMb, timeoutSeconds } = functionSettings.sweep
/** Three quarters of what the function has. */
export const MOST_MB = (memoryMb * 3) / 4
/** Half of what the function has: calls take no time here. */
export const MOST_MS = (timeoutSeconds * 1000) / 2
/** As long as the function has only its share of a processor, this takes that half: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MOST_CPU_MS = (MOST_MS * memoryMb) / 1_769

const SECRETS_PER_CALL = 100
/** In the time that the census takes at most, at its own pace (lambdas/inventory/census.ts): the next pass goes on. */
const MOST_AGES = 2_401

/** Calls that a pass over an account of that many secrets costs: as many, and none that is not in here. On a busy machine a `first` one finds out fewer ages. */
export function promisedCalls(secrets: number, pass: Pass): Readonly<Record<string, number>> {
  const ofEach = draining(secrets) / drains.length
  const [looks, looksAgo] = pass === 'between' ? [0, 2 * ofEach] : [draining(secrets), 0]
  const ages = pass === 'first' ? Math.min(secrets, MOST_AGES) : 0
  const promised = {
    ListSecrets: Math.ceil(secrets / SECRETS_PER_CALL),
    // What is quiet or in quarantine rests between two looks; what may be put back is looked at once more before.
    DescribeSecret: draining(secrets) - looksAgo + ofEach,
    // Whoever asks consumers asks since when the version is there that they are to run.
    ListSecretVersionIds: 2 * ofEach + ages,
    'Invoke inspect': looks,
    CreateLogStream: looks === 0 ? 0 : 1,
    PutLogEvents: looks,
    'Invoke advance': ofEach * CONSUMERS.length,
    'Invoke look': ofEach * CONSUMERS.length,
    // Of evidence that is lacking: the proof, and what an attempt may have left that was cut off.
    FilterLogEvents: looks === 0 ? 0 : ofEach,
    'Invoke enable': ofEach,
  }
  return Object.fromEntries(Object.entries(promised).filter(([, count]) => count > 0))
}

/** What was promised and does not hold, as sentences. */
export function broken({ measured }: Pick<SweepFigures, 'measured'>): readonly string[] {
  return [
    ...measured.flatMap(brokenBounds),
    ...passes.flatMap((pass) => [
      ...tooMuch(growthOf(measured, pass), `in pass ${pass}, CPU time`),
      ...slower(measured.filter((one) => one.pass === pass)),
    ]),
  ]
}

function brokenBounds({ secrets, pass, runs }: Measured): readonly string[] {
  const said = (what: string, promised: string) => `${secrets} secrets in pass ${pass}: ${what}, ${promised}`
  const promised = promisedCalls(secrets, pass)
  const others = runs.flatMap(({ calls }) =>
    [...new Set([...Object.keys(promised), ...Object.keys(calls)])]
      .filter((operation) => !keeps(calls[operation] ?? 0, promised[operation] ?? 0, operation, pass))
      .map((operation) =>
        said(`${calls[operation] ?? 0} calls of ${operation}`, `${promised[operation] ?? 0} promised`),
      ),
  )
  const peak = Math.max(...runs.map(({ peakMb }) => peakMb))
  const slowest = Math.max(...runs.map(({ wallMs }) => wallMs))
  const busiest = Math.max(...runs.map(({ cpuMs }) => cpuMs))
  return [
    ...new Set(others),
    ...(peak > MOST_MB ? [said(`${Math.ceil(peak)} MB`, `${MOST_MB} promised`)] : []),
    ...(busiest > MOST_CPU_MS
      ? [said(`${seconds(busiest)} of the processor`, `${seconds(MOST_CPU_MS)} promised`)]
      : []),
    ...(slowest > MOST_MS ? [said(seconds(slowest), `${seconds(MOST_MS)} promised`)] : []),
  ]
}

function keeps(calls: number, promised: number, operation: string, pass: Pass): boolean {
  const mayBeFewer = pass === 'first' && operation === 'ListSecretVersionIds'
  return mayBeFewer ? calls <= promised : calls === promised
}

/** What each further secret costs of the processor, median: what the start of the process takes is in none of it. */
export function growthOf(measured: readonly Measured[], pass: Pass): readonly Growth[] {
  return growth(
    measured
      .filter((one) => one.pass === pass)
      .map(({ secrets, runs }) => ({ secrets, ms: spread(runs.map((run) => run.cpuMs)).p50 })),
  )
}

/** Twice the time for each secret of a larger account: where it grew with the square of the size, it would be five times. */
const MOST_SLOWER = 2

/** `measured`: of one pass, the smallest account first. Time depends on what else the machine does, so it is compared as a whole. */
function slower(measured: readonly Measured[]): readonly string[] {
  return measured.slice(1).flatMap((large, at) => {
    const small = measured[at] ?? large
    const [before, after] = [eachTakes(small), eachTakes(large)]
    if (after <= MOST_SLOWER * before) return []
    return `${large.secrets} secrets in pass ${large.pass}: ${after.toFixed(2)} ms for each, ${(MOST_SLOWER * before).toFixed(2)} promised, which is ${MOST_SLOWER} times what it is of ${small.secrets}`
  })
}

/** Milliseconds for each secret, median. */
export function eachTakes({ secrets, runs }: Measured): number {
  return spread(runs.map(({ wallMs }) => wallMs)).p50 / secrets
}

/** To a tenth, which is never less than it was. */
export function seconds(milliseconds: number): string {
  return `${(Math.ceil(milliseconds / 100) / 10).toFixed(1)} s`
}
