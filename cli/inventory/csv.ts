import { stringify } from 'csv-stringify/sync'
import type { Entry } from '../../lambdas/inventory/entry.ts'
import { plainText } from '../plain-text.ts'
import { recordOf } from './record.ts'

const columns = [
  'type',
  'id',
  'name',
  'owner',
  'states',
  'age_days',
  'age_precision',
  'age_of',
  'since',
  'last_rotated',
  'next_due',
  'reason',
  'because',
  'path_kind',
  'path',
  'entry',
  'run',
] as const

export const csvHeader = `${columns.join(',')}\n`

/** One line. A text that a spreadsheet would take for a formula begins with an apostrophe, and none holds control characters. */
export function csvLine(entry: Entry, now: number): string {
  const { age, path, ...record } = recordOf(entry, now)
  const cells: Readonly<Record<(typeof columns)[number], string | number | null>> = {
    type: record.type,
    id: record.id,
    name: record.name,
    owner: record.owner,
    states: record.states.join(' '),
    age_days: record.ageDays,
    age_precision: age?.precision ?? null,
    age_of: age?.of ?? null,
    since: age?.since ?? null,
    last_rotated: record.lastRotated,
    next_due: record.nextDue,
    reason: record.reason,
    because: record.because,
    path_kind: path.kind,
    path: path.says,
    entry: path.entry,
    run: path.run,
  }
  // Without blanks around it: some spreadsheets drop those before they look for a formula.
  const safe = columns.map((column) => {
    const cell = cells[column]
    return typeof cell === 'string' ? plainText(cell).trim() : cell
  })
  return stringify([safe], { escape_formulas: true })
}
