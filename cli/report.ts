import { type Entry, isGood } from './answer.ts'
import { plainText } from './plain-text.ts'

/** The lines that tell a person what became of each secret. What can be run stands on a line of its own, as it is pasted. */
export function report(entries: readonly Entry[], heldUntil: Date | undefined): readonly string[] {
  if (entries.length === 0) return ['this deployment rotates no secret']
  return [
    ...entries.flatMap((entry) => told(entry, heldUntil)),
    ...(entries.length > 1 ? [sum(entries)] : []),
  ]
}

function told(entry: Entry, heldUntil: Date | undefined): readonly string[] {
  const { name, secret, message, run, information } = entry
  return [
    `${name ?? secret}: ${outcomeOf(entry, heldUntil)}`,
    ...[...(message === undefined ? [] : [message]), ...information].map((sentence) => `  ${sentence}`),
    ...(run === undefined ? [] : [run]),
  ].map(plainText)
}

function outcomeOf(entry: Entry, heldUntil: Date | undefined): string {
  const { outcome, code } = entry
  if (outcome === 'held') return `on hold until ${heldUntil?.toISOString() ?? 'then'}`
  if (outcome === 'left') return 'handed back'
  return code === undefined ? outcome : `${outcome}, ${code}`
}

function sum(entries: readonly Entry[]): string {
  const bad = entries.filter((entry) => !isGood(entry)).length
  return `${entries.length} secrets, ${bad === 0 ? 'all well' : `${bad} of them not well`}`
}
