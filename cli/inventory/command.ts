import { type Command, InvalidArgumentError, Option } from 'commander'
import { type State, stateOrder, states } from '../../lambdas/inventory/states.ts'
import { examples } from '../examples.ts'
import type { Format, Wanted } from './wanted.ts'

interface Flags {
  readonly region?: string
  readonly profile?: string
  readonly deployment: string
  readonly json?: true
  readonly csv?: true
  readonly paste?: true
  readonly html?: string
  readonly owner?: string
  readonly state?: readonly State[]
  readonly accessKeys: boolean
  readonly exact?: true
  readonly ownerTag?: string
}

/** Adds what is particular to the inventory to a command that has the flags of every command. */
export function inventoryCommand(command: Command, take: (wanted: Wanted) => Promise<void>): Command {
  return command
    .addOption(
      new Option('--json', 'one JSON object for each, on a line of its own').conflicts(['csv', 'paste']),
    )
    .addOption(new Option('--csv', 'comma-separated values').conflicts(['json', 'paste']))
    .addOption(
      new Option('--paste', 'entries for overlap.config.ts of what Overlap does not rotate yet').conflicts([
        'json',
        'csv',
      ]),
    )
    .option('--html <file>', 'write a page besides, which needs no network', fileName)
    .option('--owner <name>', 'only what this owner has', nameOf('an owner'))
    .option(
      '--state <state>',
      `only what is in this state, or in one of them when this is said more than once: ${inWords}`,
      addState,
    )
    .option('--no-access-keys', 'leave out the access keys of IAM users')
    .option('--exact', 'ask for the exact age of everything, which takes a call for each secret')
    .option(
      '--owner-tag <key>',
      'tag that says whose a secret is; overlap:owner, owner and team are known',
      nameOf('a tag'),
    )
    .addHelpText('after', help)
    .action((flags: Flags, self: Command) => take(wantedBy(flags, self)))
}

function wantedBy(flags: Flags, self: Command): Wanted {
  const { region, profile, deployment: name } = flags
  return {
    deployment: { name, region, profile },
    named: self.getOptionValueSource('deployment') === 'cli',
    format: formatOf(flags),
    html: flags.html,
    owner: flags.owner,
    states: flags.state ?? [],
    accessKeys: flags.accessKeys,
    exact: flags.exact === true,
    ownerTag: flags.ownerTag,
  }
}

function formatOf({ json, csv, paste }: Flags): Format {
  if (json) return 'json'
  if (csv) return 'csv'
  return paste ? 'paste' : 'table'
}

const help = `${examples(
  'inventory',
  'inventory --state stale --owner team-shop',
  'inventory --csv --html inventory.html --no-access-keys',
  'inventory --paste --region eu-central-1 --profile prod',
)}

npm prints two lines of its own before that, which a file is not to have:
  npm run --silent overlap -- inventory --csv > inventory.csv

Ends with 3 when something that is listed is stale, otherwise with 1 when the inventory failed, is not complete,
or is of an owner whom nothing has.`

const inWords = stateOrder.map((state) => states[state].words).join(', ')

function addState(text: string, before: readonly State[] = []): readonly State[] {
  const spelled = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
  const state = stateOrder.find((one) =>
    [one, states[one].words].some((name) => spelled(name) === spelled(text)),
  )
  if (state === undefined) throw new InvalidArgumentError(`It must be one of: ${inWords}.`)
  return [...before, state]
}

/** Without the spaces around it, which are taken off owners in tags, too. */
function nameOf(what: string): (text: string) => string {
  return (text) => {
    if (text.trim() === '') throw new InvalidArgumentError(`It must name ${what}.`)
    return text.trim()
  }
}

function fileName(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must name a file.')
  return text
}
