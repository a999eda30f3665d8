import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { type Hold, isGood, readAnswer } from './answer.ts'
import { examples } from './examples.ts'
import { exitStatus } from './exit-status.ts'
import { inventoryCommand } from './inventory/command.ts'
import type { Wanted } from './inventory/wanted.ts'
import { type Deployment, NotAnswered } from './operate-function.ts'
import { plainJson, plainText } from './plain-text.ts'
import { report } from './report.ts'
import { parseUntil } from './until.ts'

/** What the program stands in: a person's terminal, or a test. */
export interface Surroundings {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Throws `NotAnswered`. */
  readonly ask: (deployment: Deployment, request: object) => Promise<unknown>
  /** Prints what an account has; answers the exit status. */
  readonly inventory: (wanted: Wanted) => Promise<number>
  /** Who asks, for the function's log. */
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const { WELL, NOT_WELL, MISUSE } = exitStatus

interface Flags {
  readonly region?: string
  readonly profile?: string
  readonly deployment: string
  readonly json?: true
}

interface TargetFlags extends Flags {
  readonly all?: true
}

interface HoldFlags extends TargetFlags {
  readonly until: Date
  readonly reason: string
}

/** Runs one command line, without the program's own name; answers the exit status. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let status: number = WELL
  const asking = async (flags: Flags, request: object, hold?: Hold) => {
    status = await ask(surroundings, flags, request, hold)
  }
  const taking = async (wanted: Wanted) => {
    status = await surroundings.inventory(wanted)
  }
  try {
    await program(surroundings, asking, taking).parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    // Commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? WELL : MISUSE
    throw error
  }
}

function program(
  { out, err, now }: Surroundings,
  asking: (flags: Flags, request: object, hold?: Hold) => Promise<void>,
  taking: (wanted: Wanted) => Promise<void>,
): Command {
  const overlap = new Command('overlap')
    .description(
      'Asks a deployment of Overlap what it knows, and tells it what to do; lists what an account has, with or without a deployment.',
    )
    .configureOutput({ writeOut: out, writeErr: err })
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
  const placed = (name: string, description: string) =>
    overlap
      .command(name)
      .description(description)
      .option('--region <region>', 'AWS Region; by default that of the environment or the profile')
      .option('--profile <name>', 'profile of the AWS configuration')
      .option('--deployment <name>', 'name of the deployment', 'overlap')
      .allowExcessArguments(false)
  const command = (name: string, description: string) =>
    placed(name, description).option('--json', 'print the answer as one line of JSON')

  inventoryCommand(
    placed(
      'inventory',
      'lists every secret and access key with its age, its owner and its way to replacement, and reads no value',
    ),
    taking,
  )

  command('check', 'says what would block a rotation now, and prints the GRANT or command that helps')
    .argument('<secret>', 'name or ARN')
    .addHelpText('after', examples('check shop/app', 'check shop/app --json --profile prod'))
    .action((secret: string, flags: Flags) => asking(flags, { action: 'check', secret }))

  command('provision', 'makes the user of a secret that is tagged overlap:new-user=true, unless it is there')
    .argument('<secret>', 'name or ARN')
    .addHelpText('after', examples('provision shop/reports'))
    .action((secret: string, flags: Flags) => asking(flags, { action: 'provision', secret }))

  command('hold', 'lets no rotation begin, and nothing be retired, until a moment')
    .argument('[secret]', 'name or ARN')
    .option('--all', 'every secret of the deployment')
    .requiredOption(
      '--until <moment>',
      'an instant with its time zone, a date (its beginning, here), or a duration such as 48h',
      (text: string) => moment(text, now()),
    )
    .requiredOption('--reason <text>', 'for whoever meets the hold: letters, digits, spaces, + - = . _ : / @')
    .addHelpText(
      'after',
      examples(
        'hold shop/app --until 48h --reason "migration of orders"',
        'hold --all --until 2027-01-02T06:00:00+01:00 --reason "year-end close"',
      ),
    )
    .action((secret: string | undefined, flags: HoldFlags, self: Command) => {
      const { until, reason } = flags
      const request = { action: 'hold', ...targetOf(secret, flags, self), until: until.toISOString(), reason }
      return asking(flags, request, { until, reason })
    })

  command('release', 'ends a hold before its time')
    .argument('[secret]', 'name or ARN')
    .option('--all', 'every secret of the deployment')
    .addHelpText('after', examples('release shop/app', 'release --all'))
    .action((secret: string | undefined, flags: TargetFlags, self: Command) =>
      asking(flags, { action: 'release', ...targetOf(secret, flags, self) }),
    )

  command(
    'leave',
    'hands a user back: turns rotation off, takes away every trace of Overlap, deletes nothing',
  )
    .argument('<secret>', 'name or ARN')
    .addHelpText('after', examples('leave shop/app'))
    .action((secret: string, flags: Flags) => asking(flags, { action: 'leave', secret }))

  return overlap
}

function moment(text: string, now: number): Date {
  const until = parseUntil(text, now)
  if (until === undefined)
    throw new InvalidArgumentError(
      'It must be an instant with its time zone (2026-12-27T00:00:00Z), a date (2026-12-27), or a duration (48h).',
    )
  if (until.getTime() <= now) throw new InvalidArgumentError('It is past.')
  return until
}

function targetOf(secret: string | undefined, { all }: TargetFlags, self: Command): object {
  if (secret !== undefined && all) self.error('error: name a secret or say --all, not both')
  if (secret !== undefined) return { secret }
  return all ? { all } : self.error('error: name a secret, or say --all')
}

async function ask(
  { out, err, by, ask: send }: Surroundings,
  { deployment: name, region, profile, json }: Flags,
  request: object,
  hold: Hold | undefined,
): Promise<number> {
  try {
    const answer = await send({ name, region, profile }, { ...request, by })
    const entries = readAnswer(answer)
    if (entries === undefined)
      throw new NotAnswered(
        'NO_ANSWER',
        `${name}-operate gave an answer that this program does not understand`,
      )
    out(json ? `${plainJson(answer)}\n` : `${report(entries, hold).join('\n')}\n`)
    return entries.every(isGood) ? WELL : NOT_WELL
  } catch (error) {
    if (!(error instanceof NotAnswered)) throw error
    const { code, message } = error
    if (json) out(`${plainJson({ error: { code, message } })}\n`)
    else err(`${plainText(`${code}: ${message}`)}\n`)
    return code === 'EVENT_INVALID' ? MISUSE : NOT_WELL
  }
}
