import { createInterface, type Interface } from 'node:readline'
import { Command } from 'commander'
import { createColors } from 'picocolors'
import { clockCommand, clockCommands, timesTold } from './clock-command.ts'
import { portNumber, readFlags } from './command-line.ts'
import { seedCompany } from './company.ts'
import { guide } from './guide.ts'
import { aborted, interruption } from './interruption.ts'
import { linesOfMessage, sentenceOfEvent, sentenceOfWork } from './narration.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

const command = new Command('npm run sandbox --')
  .description('What cdk synth wrote, deployed on loopback with a PostgreSQL of its own, until Ctrl-C.')
  .option('--port <number>', 'of the Secrets Manager endpoint; 0 lets the system choose', portNumber, 4577)
  .option('--json', 'print one line of JSON on stdout, and everything else on stderr')

const { port, json = false } = readFlags<{ port: number; json?: boolean }>(command)
const stopping = interruption()
const output = json ? process.stderr : process.stdout
const paint = createColors(output.isTTY && !process.env.NO_COLOR)
const log = (text: string) => output.write(`${text}\n`)

let sandbox: Sandbox | undefined

/** With the time of the sandbox, which may be ahead of ours. What the deployment led to is in the guide. */
function tell(sentence: string | undefined): void {
  if (sentence === undefined || sandbox === undefined || stopping.aborted) return
  const time = new Date(sandbox.clock.now()).toISOString().slice(0, 19).replace('T', ' ')
  log(`${paint.dim(time)} ${sentence}`)
}

process.exitCode = await stayUp().catch((error: unknown) => {
  console.error(explain(error))
  return 1
})

/** Returns the exit status. */
async function stayUp(): Promise<number> {
  log('Deploying what cdk synth writes, on loopback; the first time takes a few seconds longer ...')
  const up = await startSandbox({
    port,
    onEvent: (event) => tell(sentenceOfEvent(event)),
    onWork: (work) => tell(sentenceOfWork(work)),
    onMessage: (message) => tell(linesOfMessage(message).join('\n')),
  })
  sandbox = up
  const { endpoint, lambda, iam, sts, region, postgres, database } = up
  const accountId = up.secret.split(':')[4] ?? ''
  const company = seedCompany(up, { now: up.clock.now(), region, accountId })
  const whereabouts = {
    endpoint,
    lambda: lambda.url,
    iam: iam.url,
    sts: sts.url,
    region,
    secrets: ['shop/app', 'shop/reports', 'robots/deploy', 'mail/sender'],
    postgres: { host: postgres.host, port: postgres.port, database },
  }
  const checks = up.outputs.map(({ description, value }) => `${description}: ${value}`)
  log(
    guide(whereabouts, {
      caFile: postgres.caFile,
      checks,
      times: timesTold(up),
      commands: clockCommands,
      company: `${company.secrets} secrets and ${company.users} IAM users of a company`,
    }),
  )
  if (json) process.stdout.write(`${JSON.stringify(whereabouts)}\n`)
  const commands = listen(up)
  await aborted(stopping)
  commands.close()
  await up.stop()
  log('Stopped.')
  return 0
}

/** Each line of the terminal is a command to the clock. */
function listen(up: Sandbox): Interface {
  // In the background a terminal's input is nobody's: reading it would stop the process.
  process.on('SIGTTIN', () => {})
  process.stdin.on('error', () => {})
  let commands = Promise.resolve()
  return createInterface({ input: process.stdin }).on('line', (line) => {
    // One after another, as they were typed.
    commands = commands.then(async () => void log(await clockCommand(line, up)))
  })
}

function explain(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return `error: port ${port} is in use. Choose another with --port, or let the system choose with --port 0.`
  return `error: the sandbox did not come up: ${error instanceof Error ? error.message : String(error)}`
}
