import { type Sighting, sightingName } from '../adapters/adapter.ts'
import type { LoggedLogin } from './journal.ts'
import type { EvidenceRecord } from './record.ts'

/** Whom a person gave up when the version was disabled. Whoever else needs it is helped. */
export interface Acceptance {
  /** Names of sightings. */
  readonly names: readonly string[]
  /** Addresses from where nobody but these was seen while it drained. */
  readonly addresses: readonly string[]
}

const nobody: Acceptance = { names: [], addresses: [] }

/**
 * As the version's records tell, oldest first. What counts is what the version was last disabled with: neither a word after which nothing was disabled, nor one that
 * was given for a retirement before the last one.
 */
export function acceptedIn(records: readonly EvidenceRecord[]): Acceptance {
  const last = records.findLast(
    ({ event }) => event === 'disabled' || event === 'enabled' || event === 'rolled-back',
  )
  if (last?.event !== 'disabled' || last.proof.rung !== 'accepted') return nobody
  const names = last.proof.accepted ?? []
  const looks = records.flatMap((record) => (record.event === 'sample' ? [record] : []))
  // Nobody knows where those were that a line had no place for.
  if (looks.some(({ leftOut = 0 }) => leftOut > 0)) return { names, addresses: [] }
  const others = looks
    .flatMap(({ sightings }) => sightings.map(sightingName))
    .filter((name) => !names.includes(name))
    .map(addressIn)
  return { names, addresses: names.map(addressIn).filter((address) => !others.includes(address)) }
}

export function isAcceptedSighting(sighting: Sighting, { names }: Acceptance): boolean {
  return names.includes(sightingName(sighting))
}

/** Of a login that was refused the log says where it came from, and not what it calls itself. */
export function isAcceptedLogin(login: LoggedLogin, { names, addresses }: Acceptance): boolean {
  const name = sightingName(login)
  return login.outcome === 'authorized' ? names.includes(name) : addresses.includes(addressIn(name))
}

/** An application may call itself anything; no address has this character. */
function addressIn(name: string): string {
  return name.slice(name.lastIndexOf('@') + 1)
}
