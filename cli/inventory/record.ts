import { ageDays } from '../../lambdas/inventory/age-words.ts'
import type { Entry } from '../../lambdas/inventory/entry.ts'

/**
 * An entry as a program reads it, all of it, with the same fields in every one. Moments in ISO 8601, UTC; null where there is none. A field that is there never
 * changes its meaning; more may come.
 */
export function recordOf(entry: Entry, now: number) {
  const { type, id, name, owner, states, age, reason, because, path } = entry
  return {
    type,
    id,
    name,
    owner: owner ?? null,
    states,
    ageDays: age === undefined ? null : ageDays(age, now),
    age: age === undefined ? null : { since: instant(age.since), precision: age.precision, of: age.of },
    lastRotated: instant(entry.lastRotated),
    nextDue: instant(entry.nextDue),
    reason: reason ?? null,
    because: because ?? null,
    path: { kind: path.kind ?? null, says: path.says, entry: path.entry ?? null, run: path.run ?? null },
  }
}

/** Null also for a number that no date has. */
function instant(milliseconds: number | undefined): string | null {
  const date = new Date(milliseconds ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
