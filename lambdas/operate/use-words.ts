/** Who uses what drains, as far as is known, for people. */
import { sightingName } from '../adapters/adapter.ts'
import { OverlapError } from '../rotation/errors.ts'
import { durationWords, parsePolicy } from '../rotation/policy.ts'
import { shownAt } from './moment.ts'
import { sightingWords } from './sighting-words.ts'
import type { Standing } from './standing.ts'

/** Why it takes longer than the drain that is configured. */
export function lateWords({ told }: NonNullable<Standing['drain']>): readonly string[] {
  if (told === undefined) return []
  const { lateSeconds, drainSeconds } = told
  const [all, drain, late] = [drainSeconds, drainSeconds - lateSeconds, lateSeconds].map(durationWords)
  return [`it drains for ${all}: ${drain}, and the ${late} that a use may be told late`]
}

export function lastUseWords({ lastSighting, phase, retirements }: Standing): readonly string[] {
  if (lastSighting?.lastUsed !== undefined) {
    const { seen, endpoint } = lastSighting
    return [
      `last used at ${shownAt(Date.parse(seen))} by ${sightingName(lastSighting)}, as ${endpoint} tells`,
    ]
  }
  if (lastSighting !== undefined)
    return [`last seen in use at ${shownAt(Date.parse(lastSighting.seen))} by ${sightingWords(lastSighting)}`]
  const isWatched = phase === 'draining' || phase === 'rolling-out'
  return isWatched && retirements !== undefined ? ['no use of it is on record in this drain'] : []
}

/** Whoever finds these at the server need not wonder why they keep nothing from being retired. */
export function backgroundWords({ background }: Standing): readonly string[] {
  if (background === undefined) return []
  const { principal, workers } = background
  const they = workers.length === 1 ? '1 background worker runs' : `${workers.length} background workers run`
  const need = workers.length === 1 ? 'needs' : 'need'
  return [`${they} as ${principal} and ${need} no password: ${workers.join(', ')}`]
}

/** How late a use may be told, such as `24h`; undefined where it is told at once, or where the policy cannot be read. */
export function lateness(tags: ReadonlyMap<string, string>): string | undefined {
  try {
    const { lagSeconds } = parsePolicy(tags, 0)
    return lagSeconds === 0 ? undefined : durationWords(lagSeconds)
  } catch (error) {
    if (error instanceof OverlapError) return undefined
    throw error
  }
}
