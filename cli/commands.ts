import { type Command, InvalidArgumentError } from 'commander'
import type { Entry, Hold } from './answer.ts'
import type { Flags, Question } from './asking.ts'
import type { Request } from './deployment-function.ts'
import { examples } from './examples.ts'
import { parseUntil } from './until.ts'

/** What a command comes to: a request, whose answer is printed. */
export interface Asking {
  /** `hold`: what was asked for, when it was one. */
  readonly ask: (flags: Flags, request: Request, hold?: Hold) => Promise<void>
  /** For what breaks something: it says what, and is done when a person confirms that. */
  readonly askConfirmed: (
    flags: Flags,
    request: Request,
    questionFor: (entry: Entry) => Question,
  ) => Promise<void>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface TargetFlags extends Flags {
  readonly all?: true
}

interface HoldFlags extends TargetFlags {
  readonly until: Date
  readonly reason: string
}

interface RollbackFlags extends Flags {
  readonly to?: string
  readonly reason: string
}

interface RetireFlags extends Flags {
  readonly despite?: readonly string[]
  readonly reason?: string
}

interface LeakedFlags extends Flags {
  readonly version?: string
  readonly reason: string
}

interface AcknowledgeFlags extends Flags {
  readonly consumer: string
  readonly version?: string
}

/** Makes a command that names a deployment. */
export type NewCommand = (name: string, description: string) => Command

/** Commands that say how things are, and those that stop them. */
export function careCommands(command: NewCommand, { ask, now }: Asking): void {
  command(
    'status',
    'says where a rotation stands: who runs the new version, who still uses the old one, what comes next and when',
  )
    .argument('[secret]', 'name or ARN; without one, a line for every secret of the deployment')
    .addHelpText('after', examples('status', 'status shop/app', 'status shop/app --json --profile prod'))
    .action((secret: string | undefined, flags: Flags) =>
      ask(flags, { action: 'status', ...(secret === undefined ? { all: true } : { secret }) }),
    )

  command('check', 'says what would block a rotation now, and prints the GRANT or command that helps')
    .argument('<secret>', 'name or ARN')
    .addHelpText('after', examples('check shop/app', 'check shop/app --json --profile prod'))
    .action((secret: string, flags: Flags) => ask(flags, { action: 'check', secret }))

  command('provision', 'makes the user of a secret that is tagged overlap:new-user=true, unless it is there')
    .argument('<secret>', 'name or ARN')
    .addHelpText('after', examples('provision shop/reports'))
    .action((secret: string, flags: Flags) => ask(flags, { action: 'provision', secret }))

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
      return ask(flags, request, { until, reason })
    })

  command('release', 'ends a hold before its time')
    .argument('[secret]', 'name or ARN')
    .option('--all', 'every secret of the deployment')
    .addHelpText('after', examples('release shop/app', 'release --all'))
    .action((secret: string | undefined, flags: TargetFlags, self: Command) =>
      ask(flags, { action: 'release', ...targetOf(secret, flags, self) }),
    )

  command(
    'leave',
    'hands a user back: turns rotation off, takes away every trace of Overlap, deletes nothing',
  )
    .argument('<secret>', 'name or ARN')
    .addHelpText('after', examples('leave shop/app'))
    .action((secret: string, flags: Flags) => ask(flags, { action: 'leave', secret }))
}

/** Commands that change which credential is in use. */
export function credentialCommands(command: NewCommand, { ask, askConfirmed }: Asking): void {
  command('rollback', 'makes the version before AWSCURRENT again; nothing is revoked by it')
    .argument('<secret>', 'name or ARN')
    .option('--to <version>', 'id of the version; by default the one that drains, or was AWSCURRENT before')
    .requiredOption('--reason <text>', 'for whoever reads the journal')
    .addHelpText('after', examples('rollback shop/app --reason "orders cannot log in since the rotation"'))
    .action((secret: string, flags: RollbackFlags) => {
      const { to, reason } = flags
      return ask(flags, { action: 'rollback', secret, to, reason })
    })

  command(
    'retire',
    'says what keeps a replaced credential from being retired, and ends what is accepted by name',
  )
    .argument('<secret>', 'name or ARN')
    .option(
      '--despite <names...>',
      'who may lose their sessions and logins, as status and this command name them',
    )
    .option('--reason <text>', 'why that is accepted, for whoever reads the journal')
    .addHelpText(
      'after',
      examples('retire shop/app', 'retire shop/app --despite psql@10.0.3.7 --reason "a forgotten terminal"'),
    )
    .action((secret: string, flags: RetireFlags, self: Command) => {
      const { despite = [], reason } = flags
      if (despite.length > 0 && reason === undefined)
        self.error('error: say with --reason why that is accepted')
      return ask(flags, { action: 'retire', secret, despite, reason })
    })

  command('leaked', 'replaces a credential that got into wrong hands at once, and never makes it valid again')
    .argument('<secret>', 'name or ARN')
    .option('--version <version>', 'id of the version that leaked; by default the one that is AWSCURRENT')
    .requiredOption('--reason <text>', 'for whoever reads the journal')
    .option('--yes', 'confirms it without a question, for scripts')
    .addHelpText(
      'after',
      examples(
        'leaked shop/app --reason "in a public repository"',
        'leaked shop/app --reason "ticket 4711" --yes',
      ),
    )
    .action((secret: string, flags: LeakedFlags) => {
      const { version, reason } = flags
      const request = { action: 'leaked', secret, version, reason }
      return askConfirmed(flags, request, ({ name = secret, confirm }) => ({
        text: `Whoever uses version ${confirm} of ${name} breaks. To go on, type the name of the secret: `,
        yes: [name],
      }))
    })

  command(
    'repair',
    'applies the value of AWSCURRENT anew, after the database was restored from an older copy',
  )
    .argument('<secret>', 'name or ARN')
    .option('--yes', 'confirms it without a question, for scripts')
    .addHelpText('after', examples('repair shop/app'))
    .action((secret: string, flags: Flags) =>
      askConfirmed(flags, { action: 'repair', secret }, ({ name = secret, confirm }) => ({
        text: `Apply version ${confirm} of ${name}? [y/N] `,
        yes: ['y', 'Y', 'yes'],
      })),
    )

  command(
    'acknowledge',
    'says that a consumer runs the new version, for one that says it itself or that a person looked at',
  )
    .argument('<secret>', 'name or ARN')
    .requiredOption('--consumer <name>', 'event:NAME or manual:NAME, as tag overlap:consumers has it')
    .option('--version <version>', 'id of the version that it runs; by default the one that is AWSCURRENT')
    .addHelpText('after', examples('acknowledge shop/app --consumer manual:mainframe'))
    .action((secret: string, flags: AcknowledgeFlags) => {
      const { consumer, version } = flags
      return ask(flags, { action: 'acknowledge', secret, consumer, version })
    })
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
