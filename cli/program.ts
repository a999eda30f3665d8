import { Command, CommanderError } from 'commander'
import { ask, askConfirmed, type Terminal } from './asking.ts'
import { type Asking, careCommands, credentialCommands, type NewCommand } from './commands.ts'
import { exitStatus } from './exit-status.ts'
import { inventoryCommand } from './inventory/command.ts'
import type { Wanted } from './inventory/wanted.ts'

/** What the program stands in: a person's terminal, or a test. */
export interface Surroundings extends Terminal {
  /** Prints what an account has; answers the exit status. */
  readonly inventory: (wanted: Wanted) => Promise<number>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const { WELL, MISUSE } = exitStatus

/** Runs one command line, without the program's own name; answers the exit status. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let status: number = WELL
  const asking: Asking = {
    async ask(flags, request, hold) {
      status = await ask(surroundings, flags, request, hold)
    },
    async askConfirmed(flags, request, questionFor) {
      status = await askConfirmed(surroundings, flags, request, questionFor)
    },
    now: surroundings.now,
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
  { out, err }: Surroundings,
  asking: Asking,
  taking: (wanted: Wanted) => Promise<void>,
): Command {
  const overlap = new Command('overlap')
    .description(
      'Asks a deployment of Overlap what it knows, and tells it what to do; lists what an account has, with or without a deployment.',
    )
    .configureOutput({ writeOut: out, writeErr: err })
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
  const placed: NewCommand = (name, description) =>
    overlap
      .command(name)
      .description(description)
      .option('--region <region>', 'AWS Region; by default that of the environment or the profile')
      .option('--profile <name>', 'profile of the AWS configuration')
      .option('--deployment <name>', 'name of the deployment', 'overlap')
      .allowExcessArguments(false)
  const command: NewCommand = (name, description) =>
    placed(name, description).option('--json', 'print the answer as one line of JSON')

  inventoryCommand(
    placed(
      'inventory',
      'lists every secret and access key with its age, its owner and its way to replacement, and reads no value',
    ),
    taking,
  )
  careCommands(command, asking)
  credentialCommands(command, asking)
  return overlap
}
