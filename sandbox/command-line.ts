import { type Command, InvalidArgumentError } from 'commander'

/** Exit status for flags that are not understood, as shells have it. */
const MISUSE = 2

/** Reads the flags; ends the process with 0 after help and with 2 after an error, both of which commander has printed. */
export function readFlags<Flags>(command: Command): Flags {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : MISUSE))
  return command.showHelpAfterError().allowExcessArguments(false).parse().opts() as Flags
}

/** Prints what is wrong with a flag and how to use the command; ends the process with 2. */
export function misused(command: Command, message: string): never {
  return command.error(`error: ${message}`)
}

/** Throws commander's InvalidArgumentError. 0 lets the system choose. */
export function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It must be a number from 0 to 65535.')
}
