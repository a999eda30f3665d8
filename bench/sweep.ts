/**
 * What a pass of the sweep over a small, a middling and a large account costs: calls, processor, time, memory. The exit status is 1 when it costs other calls, or more
 * memory or time than was promised, or when it grows faster than the account.
 */
import { open, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { misused, readFlags } from '../sandbox/command-line.ts'
import { interruption } from '../sandbox/interruption.ts'
import type { FunctionDefinition } from '../sandbox/lambda/function-definition.ts'
import { withDeployedSweep } from './sweep/deployed.ts'
import { broken, type SweepFigures } from './sweep/figures.ts'
import { measureSweep } from './sweep/run.ts'
import { tableOf } from './sweep/table.ts'

/** Of two steps, of which the second may cost little more for each secret than the first. */
const SIZES = [400, 2_000, 10_000]

const command = new Command('npm run bench:sweep --')
  .description(`Sweeps accounts of ${SIZES.join(', ')} secrets on loopback, 1 % of them draining.`)
  .option('--json <file>', 'also write all figures to a file')
  .option(
    '--runs <number>',
    'of each pass but the first, whose census and those after it take a quarter of an hour',
    positive,
    3,
  )

const { json, runs } = readFlags<{ json?: string; runs: number }>(command)
if (json !== undefined)
  await open(json, 'a').then(
    (file) => file.close(),
    (error: Error) => misused(command, `--json: ${error.message}`),
  )

const signal = interruption()
process.exitCode = await withDeployedSweep(bench).catch((error: unknown) => {
  if (signal.aborted) return signal.reason === 'SIGINT' ? 130 : 143
  console.error(`The benchmark could not go on: ${error instanceof Error ? error.message : String(error)}`)
  return 1
})

/** Returns the exit status. */
async function bench(sweep: FunctionDefinition): Promise<number> {
  const [loadAverage = 0] = loadavg()
  const measured = await measureSweep(sweep, { sizes: SIZES, runs, signal })
  const figures: SweepFigures = {
    date: new Date().toISOString(),
    machine: {
      node: process.version,
      processors: availableParallelism(),
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      loadAverage,
    },
    measured,
  }
  console.log(tableOf(figures).join('\n'))
  if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`)
  const promises = broken(figures)
  for (const promise of promises) console.error(promise)
  return promises.length === 0 ? 0 : 1
}

/** Throws commander's InvalidArgumentError. */
function positive(text: string): number {
  // Each takes half an hour of the account's time, and in some hours more of it other things are to be told.
  if (/^[1-9]$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 to 9.')
}
