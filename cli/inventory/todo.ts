import type { Entry } from '../../lambdas/inventory/entry.ts'
import { states } from '../../lambdas/inventory/states.ts'
import { plainText } from '../plain-text.ts'

/** More than that nobody does by hand. */
const MOST_TOLD = 50

/**
 * Of each credential that Overlap rotates, and that stands in need of somebody: what holds it up, and the command that helps, whole and on a line of its own. In
 * the order that is given; nothing when there is nothing to do.
 */
export function* todoLines(entries: Iterable<Entry>): Generator<string, void, undefined> {
  let told = 0
  for (const entry of entries) {
    if (!isToBeDone(entry)) continue
    told += 1
    if (told === 1) yield 'What to do:'
    if (told > MOST_TOLD) continue
    yield ''
    yield plainText(`${entry.name} (${standing(entry)})`)
    yield `  ${plainText(sentence(entry))}`
    if (entry.path.run !== undefined) yield `  ${plainText(entry.path.run)}`
  }
  if (told > MOST_TOLD) yield* ['', `and ${told - MOST_TOLD} more: --json tells all of them`]
}

function isToBeDone({ states: its, reason, path }: Entry): boolean {
  const isOurs = !elsewhere.some((state) => its.includes(state))
  return isOurs && (reason !== undefined || path.run !== undefined)
}

const elsewhere = ['UNMANAGED', 'MANAGED_BY_AWS', 'REPLICA'] as const

function standing({ states: its, reason }: Entry): string {
  const words = its.map((state) => states[state].words).join(', ')
  return reason === undefined || reason in states ? words : `${words}; ${reason}`
}

function sentence({ reason, because, path: { says } }: Entry): string {
  if (because === undefined || says.includes(because)) return says
  return `${reason === 'ON_HOLD' ? `On hold ${because}` : because}. ${says}`
}
