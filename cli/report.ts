import { type Entry, type Hold, isGood } from './answer.ts'
import type { Place } from './place-flags.ts'
import { placedCommands } from './placed-commands.ts'
import { plainText } from './plain-text.ts'

/** The lines that tell a person what became of each secret. What can be run stands on a line of its own, as it is pasted. `hold`: what was asked for, when it was one. `place`: where was asked. */
export function report(entries: readonly Entry[], hold: Hold | undefined, place: Place): readonly string[] {
  if (entries.length === 0) return ['this deployment rotates no secret']
  return [
    ...entries.flatMap((entry) => told(entry, hold, place)),
    ...(entries.length > 1 ? [sum(entries)] : []),
  ]
}

function told(entry: Entry, hold: Hold | undefined, place: Place): readonly string[] {
  const { name, secret, message, run, information } = entry
  return [
    `${name ?? secret}: ${outcomeOf(entry, hold)}`,
    ...[...(message === undefined ? [] : [message]), ...information].map((sentence) => `  ${sentence}`),
    ...(run === undefined ? [] : [run]),
  ].map((line) => plainText(placedCommands(line, place)))
}

function outcomeOf(entry: Entry, wanted: Hold | undefined): string {
  const { outcome, code, kept, headline } = entry
  if (headline !== undefined) return headline
  const hold = kept ?? wanted
  switch (outcome) {
    case 'held':
      return hold === undefined ? 'on hold' : `on hold until ${shown(hold.until)}: ${hold.reason.trim()}`
    case 'provisioned':
      return 'user made'
    case 'exists':
      return 'user exists already'
    case 'left':
      return 'handed back'
    case 'rolled-back':
      return 'rolled back'
    case 'already-rolled-back':
      return 'rolled back already'
    case 'leaked':
      return 'marked as leaked'
    case 'works':
      return 'works, nothing to repair'
    case 'unconfirmed':
      return 'nothing is done yet'
    default:
      return code === undefined ? outcome : `${outcome}, ${code}`
  }
}

function shown(instant: Date): string {
  return instant.toISOString().replace('.000Z', 'Z')
}

function sum(entries: readonly Entry[]): string {
  const bad = entries.filter((entry) => !isGood(entry)).length
  return `${entries.length} secrets, ${bad === 0 ? 'all well' : `${bad} of them not well`}`
}
