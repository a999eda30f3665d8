/**
 * How long a rotation takes and what it costs, through the bundles that are deployed. It judges nothing: the exit status is 0 when
 * everything was measured.
 */
import { open, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { misused, readFlags } from '../sandbox/command-line.ts'
import { interruption } from '../sandbox/interruption.ts'
import { measure } from './measure.ts'
import { startRig } from './rig.ts'
import { tableOf } from './table.ts'

const command = new Command('npm run bench --')
  .description('Measures full rotations of a PostgreSQL secret on loopback, warm and cold.')
  .option('--json <file>', 'also write all figures to a file')
  .option('--rotations <number>', 'warm ones; a fifth as many are cold', positive, 100)

const { json, rotations } = readFlags<{ json?: string; rotations: number }>(command)
if (json !== undefined)
  await open(json, 'a').then(
    (file) => file.close(),
    (error: Error) => misused(command, `--json: ${error.message}`),
  )

const signal = interruption()
process.exitCode = await bench().catch((error: unknown) => {
  if (signal.aborted) return signal.reason === 'SIGINT' ? 130 : 143
  console.error(`The benchmark could not go on: ${error instanceof Error ? error.message : String(error)}`)
  return 1
})

/** Returns the exit status. */
async function bench(): Promise<number> {
  const rig = await startRig()
  try {
    const figures = await measure(rig, rotations, signal)
    console.log(tableOf(figures).join('\n'))
    if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, rounded, 2)}\n`)
    return 0
  } finally {
    await rig.stop()
  }
}

/** A replacer for JSON: no clock here is worth more than microseconds. */
function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
}

/** Throws commander's InvalidArgumentError. */
function positive(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.')
}
