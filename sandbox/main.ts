import { Command } from 'commander'
import { createColors } from 'picocolors'
import { portNumber, readFlags } from './command-line.ts'
import { guide } from './guide.ts'
import { aborted, interruption } from './interruption.ts'
import { sentenceOfEvent, sentenceOfWork } from './narration.ts'
import { startSandbox } from './sandbox.ts'

const command = new Command('npm run sandbox --')
  .description('Secrets Manager, the rotation functions and PostgreSQL on loopback, until Ctrl-C.')
  .option('--port <number>', 'of the Secrets Manager endpoint; 0 lets the system choose', portNumber, 4577)
  .option('--json', 'print one line of JSON on stdout, and everything else on stderr')

const { port, json = false } = readFlags<{ port: number; json?: boolean }>(command)
const stopping = interruption()
const output = json ? process.stderr : process.stdout
const paint = createColors(output.isTTY && !process.env.NO_COLOR)
const log = (text: string) => output.write(`${text}\n`)

function tell(sentence: string | undefined): void {
  if (sentence === undefined || stopping.aborted) return
  log(`${paint.dim(new Date().toISOString().slice(11, 23))} ${sentence}`)
}

process.exitCode = await stayUp().catch((error: unknown) => {
  console.error(explain(error))
  return 1
})

/** Returns the exit status. */
async function stayUp(): Promise<number> {
  log('Starting PostgreSQL, Secrets Manager and the functions on loopback ...')
  const sandbox = await startSandbox({
    port,
    drain: '10s',
    onEvent: (event) => tell(sentenceOfEvent(event)),
    onWork: (work) => tell(sentenceOfWork(work)),
  })
  const { endpoint, region, postgres, database } = sandbox
  const whereabouts = {
    endpoint,
    region,
    secrets: ['shop/app'],
    postgres: { host: postgres.host, port: postgres.port, database },
  }
  log(guide(whereabouts, postgres.caFile))
  if (json) process.stdout.write(`${JSON.stringify(whereabouts)}\n`)
  await aborted(stopping)
  await sandbox.stop()
  log('Stopped.')
  return 0
}

function explain(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return `error: port ${port} is in use. Choose another with --port, or let the system choose with --port 0.`
  return `error: the sandbox did not come up: ${error instanceof Error ? error.message : String(error)}`
}
