/**
 * How sure it is that nothing used a credential any more. Each rung needs all that its line says, and what is not known is never taken for "no":
 *
 *   a   looks without a gap and without a sighting, and a log of logins that holds the looks' own logins at every server, and none of the principal
 *   b   looks without a gap and without a sighting, and every declared consumer seen on the new version
 *   c   as d; then disabled, with a log that shows no login until the end of the quarantine
 *   d   the clock
 *
 * A log of logins does not tell of a session that was open before it begins; looks do.
 */
import { type Sighting, sightingName } from '../adapters/adapter.ts'
import type { ServerLogin } from './journal.ts'
import { gapsBetween, iso, isSample, type Look, looksOf, type Stretch, sawUse } from './looks.ts'
import type { EvidenceRecord, Proof } from './record.ts'
import type { Proven } from './watcher.ts'
import { gapInLog } from './witnesses.ts'

export interface Evidence extends Stretch {
  /** How often is looked, in milliseconds. */
  readonly sampleEveryMs: number
  /** Of the version, of this stretch and of the time before it. */
  readonly records: readonly EvidenceRecord[]
  readonly log: LogOfLogins
  /** Consumers that were seen on the new version. */
  readonly consumers: Proof['consumers']
  /** How many are declared. */
  readonly declared: number
}

/** What the servers' logs tell. */
export interface LogOfLogins {
  /** Of the principal and of whoever looked. */
  readonly logins: readonly ServerLogin[]
  /** Why there may be more, in words; undefined when every log was read. */
  readonly unknown: string | undefined
}

export function prove(evidence: Evidence): Proven {
  const looks = looksOf(evidence.records, evidence)
  const lastUse = lastUseOf(looks, evidence)
  const gaps = gapsBetween(
    looks.map(({ at }) => at),
    evidence,
    evidence.sampleEveryMs,
  )
  const used = lastUse === undefined ? [] : [usedWords(lastUse)]
  const unseen = [...used, ...gapWords(looks, gaps)]
  const unlogged = logWords(looks, evidence)
  const unmoved = consumerWords(evidence)
  const rung = unseen.length > 0 ? 'd' : unlogged.length === 0 ? 'a' : unmoved.length === 0 ? 'b' : 'd'
  const lastSighting = lastSightingBefore(evidence)
  const others = [...new Set(looks.flatMap((look) => look.others ?? []))]
  return {
    proof: {
      rung,
      from: iso(evidence.from),
      until: iso(evidence.until),
      samples: looks.length,
      gaps,
      ...(lastSighting === undefined ? {} : { lastSighting }),
      ...(others.length === 0 ? {} : { others }),
      consumers: evidence.consumers,
      missing: rung === 'a' ? [] : rung === 'b' ? unlogged : [...unseen, ...unlogged, ...unmoved],
    },
    lastUse,
  }
}

function lastUseOf(looks: readonly Look[], evidence: Evidence): Proven['lastUse'] {
  const seen = looks.filter(sawUse).map((look) => ({ at: look.at, sighting: newest(look.sightings) }))
  const uses = [...seen, ...loginsOf(evidence)]
  return uses.reduce<Proven['lastUse']>(
    (last, use) => (last === undefined || use.at > last.at ? use : last),
    undefined,
  )
}

function loginsOf(evidence: Evidence): NonNullable<Proven['lastUse']>[] {
  const principals = principalsOf(evidence.records)
  return evidence.log.logins
    .filter(({ principal, outcome }) => outcome === 'authorized' && principals.has(principal))
    .filter(({ at }) => at > evidence.from && at <= evidence.until)
    .map(({ at, server, application, address }) => ({
      at,
      sighting: { endpoint: server, application, address, since: iso(at) },
    }))
}

/** Whom the looks were for. */
export function principalsOf(records: readonly EvidenceRecord[]): ReadonlySet<string> {
  return new Set(records.filter(isSample).flatMap(({ principal }) => principal ?? []))
}

function lastSightingBefore({ records, from }: Evidence): Sighting | undefined {
  const looks = looksOf(records, { from: Number.NEGATIVE_INFINITY, until: from })
  const last = looks.findLast(sawUse)
  return last && newest(last.sightings)
}

const nobody: Sighting = { endpoint: '', application: '', address: '', since: '' }

function newest(sightings: readonly Sighting[]): Sighting {
  return sightings.reduce((last, sighting) => (sighting.since > last.since ? sighting : last), nobody)
}

function usedWords({ at, sighting }: NonNullable<Proven['lastUse']>): string {
  return `it was used by ${sightingName(sighting)} at ${iso(at)}`
}

function gapWords(looks: readonly Look[], gaps: Proof['gaps']): readonly string[] {
  if (looks.length === 0) return ['nobody looked']
  const [first] = gaps
  if (first === undefined) return []
  const more = gaps.length > 1 ? `, and ${gaps.length - 1} more gaps` : ''
  return [`no look was answered between ${first.from} and ${first.until}${more}`]
}

function logWords(looks: readonly Look[], evidence: Evidence): readonly string[] {
  const { log, records } = evidence
  if (log.unknown !== undefined) return [log.unknown]
  if (principalsOf(records).size === 0) return ['no look says whom to find in the log of logins']
  const gap = gapInLog(looks, log.logins, evidence)
  return gap === undefined ? [] : [gap]
}

function consumerWords({ consumers, declared }: Evidence): readonly string[] {
  if (declared === 0) return ['no consumers are declared, so nobody knows who has to move']
  const moved = new Set(consumers.map(({ name }) => name)).size
  return moved < declared ? [`${moved} of ${declared} consumers were seen on the new version`] : []
}
