import { open, writeFile } from 'node:fs/promises'
import { arch, availableParallelism, platform } from 'node:os'
import { Command } from 'commander'
import { createColors } from 'picocolors'
import { misused, readFlags } from './command-line.ts'
import { Calendar } from './demo/calendar.ts'
import { Crew, crewed } from './demo/crew.ts'
import { figures } from './demo/figures.ts'
import { play, type SceneName } from './demo/scenario.ts'
import { linesOf, verdictLines } from './demo/timeline.ts'
import { judge } from './demo/verdict.ts'
import { Witness } from './demo/witness.ts'
import { interruption } from './interruption.ts'
import { startSandbox } from './sandbox.ts'

const HOUR_MS = 3_600_000

/** Week by week. */
const scenes: readonly SceneName[] = [
  'life',
  'lateReplica',
  'byHand',
  'silent',
  'accepted',
  'keys',
  'missed',
  'held',
  'rolledBack',
  'leaked',
  'botched',
]

const required = {
  rotations: scenes.length,
  controlRotations: 3,
  clients: 8,
  queriesPerRotation: 100,
  queriesPerClient: 5,
  drainMs: 24 * HOUR_MS,
  quarantineMs: 48 * HOUR_MS,
  consumers: Object.keys(crewed).length,
  leakMs: HOUR_MS,
  // A drain of a day, and a day that a use may be told late.
  keys: {
    calls: 200,
    callsPerClient: 20,
    controlCalls: 20,
    controlCallsPerClient: 3,
    drainMs: 48 * HOUR_MS,
    quarantineMs: 48 * HOUR_MS,
  },
}

/** Friday morning in Berlin, a month before clocks are put forward. Milliseconds since the epoch. */
const BEGINNING = Date.UTC(2027, 1, 26, 9)

/** Milliseconds by the sandbox's clock after which a failed rotation is tried again. */
const RETRY_MS = 5 * 60_000

const command = new Command('npm start --')
  .description(
    'Weeks of production in seconds: a PostgreSQL secret, an access key and a key of a provider are rotated, drained and retired while clients work, and none of them notices.',
  )
  .option('--json <file>', 'also write the figures to a file')

const { json } = readFlags<{ json?: string }>(command)
if (json !== undefined)
  await open(json, 'a').then(
    (file) => file.close(),
    (error: Error) => misused(command, `--json: ${error.message}`),
  )

const paint = createColors(process.stdout.isTTY && !process.env.NO_COLOR)
const epoch = performance.now()
const signal = interruption()
const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`)

process.exitCode = await demo().catch((error: unknown) => {
  if (signal.aborted) return signal.reason === 'SIGINT' ? 130 : 143
  console.error(`\nThe demo could not go on: ${error instanceof Error ? error.message : String(error)}`)
  return 1
})

/** Returns the exit status. */
async function demo(): Promise<number> {
  print(['Overlap: what cdk synth writes is being deployed on loopback, with PostgreSQL and a replica ...'])
  let clock = () => BEGINNING
  const witness = new Witness(() => clock())
  const crew = new Crew()
  const sandbox = await startSandbox({
    consumers: crew,
    startAt: BEGINNING,
    onEvent: witness.onEvent,
    onWork: witness.onWork,
    onMessage: witness.onMessage,
    retryDelaysMs: Array.from({ length: 30 }, () => RETRY_MS),
  })
  clock = sandbox.clock.now
  try {
    const [row] = await sandbox.postgres.query<{ server_version: string }>('SHOW server_version')
    const { timezone } = new Calendar(sandbox)
    const played = await play({
      sandbox,
      crew,
      witness,
      signal,
      scenes,
      controlRotations: 4,
      cadenceMs: 2_000,
      retryMs: RETRY_MS,
      tell: (moment) => print(linesOf(moment, paint, timezone)),
    })
    const facts = { ...played, postgresVersion: row?.server_version ?? '', tookMs: performance.now() - epoch }
    const verdict = judge(facts, required)
    print(verdictLines(facts, verdict, paint))
    if (json !== undefined)
      await writeFile(
        json,
        `${JSON.stringify({ ...figures(facts, verdict), machine: machine() }, undefined, 2)}\n`,
      )
    return verdict.passed ? 0 : 1
  } finally {
    await sandbox.stop()
  }
}

function machine() {
  return { node: process.version, platform: platform(), arch: arch(), processors: availableParallelism() }
}
