import type { Entry } from './entry.ts'
import { stateOrder } from './states.ts'

/** What a list can be sorted by. */
export const sortKeys = ['name', 'owner', 'age', 'rotated', 'due', 'state', 'path'] as const
export type SortKey = (typeof sortKeys)[number]

/** Larger is later, and undefined is last both ways. Ages and moments are numbers, in seconds; states go by the worst of each, worst first. */
export function sortValue(entry: Entry, key: SortKey): number | string | undefined {
  switch (key) {
    case 'name':
      return entry.name
    case 'owner':
      return entry.owner
    case 'age':
      return entry.age === undefined ? undefined : -seconds(entry.age.since)
    case 'rotated':
      return entry.lastRotated === undefined ? undefined : seconds(entry.lastRotated)
    case 'due':
      return entry.nextDue === undefined ? undefined : seconds(entry.nextDue)
    case 'state':
      return rank(entry)
    case 'path':
      return entry.path.says
  }
}

const rank = ({ states }: Entry) =>
  Math.min(...states.map((state) => stateOrder.indexOf(state)), stateOrder.length)

const seconds = (ms: number) => Math.floor(ms / 1000)

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** A sorted copy. What is alike stands as it does by state: worst first, and of these the oldest. */
export function ordered(entries: readonly Entry[], key: SortKey, descending: boolean): Entry[] {
  const byState = sorted(sorted(entries, 'name', false), 'age', true)
  return sorted(key === 'state' ? byState : sorted(byState, 'state', false), key, descending)
}

function sorted(entries: readonly Entry[], key: SortKey, descending: boolean): Entry[] {
  return entries
    .map((entry) => ({ entry, value: sortValue(entry, key) }))
    .sort((one, other) => {
      if (one.value === undefined || other.value === undefined)
        return Number(one.value === undefined) - Number(other.value === undefined)
      return (descending ? -1 : 1) * compared(one.value, other.value)
    })
    .map(({ entry }) => entry)
}

function compared(one: number | string, other: number | string): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return collator.compare(`${one}`, `${other}`)
}
