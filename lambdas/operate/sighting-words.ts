import { type Sighting, sightingName } from '../adapters/adapter.ts'

/** One consumer that uses a credential, for a person who has to find it. */
export function sightingWords(sighting: Sighting): string {
  const { application, address, endpoint, since } = sighting
  const what = application === '' ? 'a consumer that gives no application name' : `application ${application}`
  const where = address === '' ? 'a local socket' : address
  return `${sightingName(sighting)}: ${what}, from ${where}, at ${endpoint} since ${since}`
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
