import { type Sighting, sightingName } from '../adapters/adapter.ts'

/** One consumer that uses a credential, for a person who has to find it. */
export function sightingWords(sighting: Sighting): string {
  const { application, address, endpoint, since, lastUsed } = sighting
  if (lastUsed !== undefined)
    return `${sightingName(sighting)}: last used at ${lastUsed}, as ${endpoint} tells`
  const what = application === '' ? 'a consumer that gives no application name' : `application ${application}`
  const where = address === '' ? 'a local socket' : address
  return `${sightingName(sighting)}: ${what}, from ${where}, at ${endpoint} since ${since}`
}

/** Whether it is used now, or was, for the middle of a sentence. */
export function useWords(sighting: Sighting): string {
  const { endpoint, lastUsed } = sighting
  return lastUsed === undefined
    ? `is in use now by ${sightingWords(sighting)}`
    : `was last used at ${lastUsed} by ${sightingName(sighting)}, as ${endpoint} tells`
}

/** A name is the consumer's own word, and several may use one. */
export function sessionsOf(sighting: Sighting, now: readonly Sighting[]): string {
  const name = sightingName(sighting)
  const count = now.filter((one) => sightingName(one) === name).length
  return count > 1 ? `, one of ${count} sessions of this name now` : ''
}

/** Each name once, as seen last. */
export function lastOfEach(sightings: readonly Sighting[]): readonly Sighting[] {
  return [...new Map(sightings.map((sighting) => [sightingName(sighting), sighting])).values()]
}
