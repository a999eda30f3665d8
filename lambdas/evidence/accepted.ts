import { type Sighting, sightingName } from '../adapters/adapter.ts'
import type { LoggedLogin } from './journal.ts'
import type { EvidenceRecord } from './record.ts'

/**
 * Names of sightings that a person accepted for a version, as its records tell, oldest first. What was accepted before the version was made valid again is not accepted any
 * more: it was given up with that retirement.
 */
export function acceptedIn(records: readonly EvidenceRecord[]): readonly string[] {
  const again = records.findLastIndex(({ event }) => event === 'enabled' || event === 'rolled-back')
  return records
    .slice(again + 1)
    .flatMap((record) => (record.event === 'accepted' ? (record.names ?? []) : []))
}

export function isAcceptedSighting(sighting: Sighting, accepted: readonly string[]): boolean {
  return accepted.includes(sightingName(sighting))
}

/** Of a login that was refused the log says where it came from, and not what it calls itself. */
export function isAcceptedLogin(login: LoggedLogin, accepted: readonly string[]): boolean {
  if (login.outcome === 'authorized') return accepted.includes(sightingName(login))
  const address = addressIn(sightingName(login))
  return accepted.some((name) => addressIn(name) === address)
}

/** An application may call itself anything; no address has this character. */
function addressIn(name: string): string {
  return name.slice(name.lastIndexOf('@') + 1)
}
