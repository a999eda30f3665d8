import { ageSeconds } from './age.ts'
import type { Entry } from './entry.ts'

/** How many of the secrets that Overlap rotates are in a state. */
export interface Figures {
  /** Past the critical threshold, or perhaps so: an age that is not known is never fresh. */
  readonly stale: number
  /** Past the warning threshold, or perhaps so; the stale ones included. */
  readonly due: number
  readonly neverRotated: number
  readonly blocked: number
  /**
   * Of those whose age is known, if only as the least that it can be, in whole days: the most that one can be is no age. 0 where there is none to know, undefined
   * where not one age is known.
   */
  readonly oldestAgeDays: number | undefined
}

export interface TotalFigures extends Figures {
  readonly unowned: number
}

export interface FleetFigures {
  readonly total: TotalFigures
  /** By name, each of those that were asked for. */
  readonly owners: ReadonlyMap<string, Figures>
}

/**
 * Figures of all these secrets, which Overlap rotates, and of each of these owners; of no other, since an owner is a tag that anybody may write. `now` in ms since
 * the epoch.
 */
export function figuresOf(entries: readonly Entry[], owners: readonly string[], now: number): FleetFigures {
  const of = (name: string) => entries.filter(({ owner }) => owner === name)
  return {
    total: { ...figures(entries, now), unowned: count(entries, 'UNOWNED') },
    owners: new Map(owners.map((name) => [name, figures(of(name), now)])),
  }
}

function figures(entries: readonly Entry[], now: number): Figures {
  const aged = entries.flatMap(({ age }) => age ?? [])
  const ages = aged.filter(({ precision }) => precision !== 'at most').map((age) => ageSeconds(age, now))
  const unknown = aged.length - ages.length + count(entries, 'AGE_UNKNOWN')
  return {
    stale: count(entries, 'STALE', 'AGE_UNKNOWN'),
    due: count(entries, 'STALE', 'DUE', 'AGE_UNKNOWN'),
    neverRotated: count(entries, 'NEVER_ROTATED'),
    blocked: count(entries, 'BLOCKED'),
    oldestAgeDays:
      ages.length === 0 && unknown > 0
        ? undefined
        : Math.floor(ages.reduce((oldest, age) => Math.max(oldest, age), 0) / 86_400),
  }
}

function count(entries: readonly Entry[], ...anyOf: Entry['states']): number {
  return entries.filter(({ states }) => anyOf.some((state) => states.includes(state))).length
}
