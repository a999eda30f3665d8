/**
 * How sure it is that nothing used a credential any more. Each rung needs all that its line says, and what is not known is never taken for "no":
 *
 *   a   looks without a gap and without a sighting, and a log of logins that holds the looks' own logins at every server, and none of the principal
 *   b   looks without a gap and without a sighting, and every declared consumer seen on the new version
 *   c   as d; then disabled, with a log that shows no login until the end of the quarantine
 *   d   the clock
 *
 * A log of logins does not tell of a session that was open before it begins; looks do.
 *
 * A target may tell of the last use alone, and late. What a look finds then is a use at the moment that is named; a date that is overwritten is no log, so that is never a; and nothing is
 * known yet of as much of the end as may be told late.
 */
import { type Sighting, sightingName } from '../adapters/adapter.ts'
import type { ServerLogin } from './journal.ts'
import { gapsOf, iso, isSample, type Look, looksOf, type Stretch, sawUse } from './looks.ts'
import type { EvidenceRecord, Proof } from './record.ts'
import { usedAt } from './used-at.ts'
import type { Proven, Use } from './watcher.ts'
import { type GapInLog, gapInLog } from './witnesses.ts'

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
  /** As `Proving` has it. */
  readonly toldLateMs?: number
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
  const uses = usesOf(looks, evidence)
  const lastUse = uses.at(-1)
  const gaps = gapsOf(evidence.records, looks, evidence)
  const used = lastUse === undefined ? [] : [usedWords(lastUse)]
  const unseen = [...used, ...gapWords(evidence, looks, gaps)]
  const inLog = logGap(looks, evidence)
  const unlogged = inLog === undefined ? [] : [inLog.words]
  const unmoved = consumerWords(evidence)
  const rung = unseen.length > 0 ? 'd' : unlogged.length === 0 ? 'a' : unmoved.length === 0 ? 'b' : 'd'
  const lastSighting = lastSightingBefore(evidence)
  const others = [...new Set(looks.flatMap((look) => look.others ?? []))]
  return {
    proof: {
      rung,
      from: iso(evidence.from),
      until: iso(knownUntil(evidence)),
      samples: looks.length,
      gaps,
      ...(lastSighting === undefined ? {} : { lastSighting }),
      ...(others.length === 0 ? {} : { others }),
      consumers: evidence.consumers,
      missing: rung === 'a' ? [] : rung === 'b' ? unlogged : [...unseen, ...unlogged, ...unmoved],
    },
    lastUse,
    uses,
    late: unseen.length === 0 && inLog?.late === true,
  }
}

function knownUntil({ from, until, toldLateMs = 0 }: Evidence): number {
  return toldLateMs === 0 ? until : Math.max(from, until - toldLateMs)
}

/** Of each name the last one, oldest first. Of one look the newest session is last. */
function usesOf(looks: readonly Look[], evidence: Evidence): readonly Use[] {
  // What is told late may have been before.
  const seen = usesIn(looks).filter(({ at }) => at > evidence.from)
  const uses = [...seen, ...loginsOf(evidence)].sort((one, other) => one.at - other.at)
  const lastOfEach = new Map<string, Use>()
  for (const use of uses) {
    const name = sightingName(use.sighting)
    lastOfEach.delete(name)
    lastOfEach.set(name, use)
  }
  return [...lastOfEach.values()]
}

function usesIn(looks: readonly Look[]): readonly Use[] {
  return looks
    .filter(sawUse)
    .flatMap(({ at, sightings }) =>
      inOrder(sightings).map((sighting) => ({ at: usedAt(sighting, at), sighting })),
    )
}

function loginsOf(evidence: Evidence): readonly Use[] {
  const principals = principalsOf(evidence.records)
  return evidence.log.logins
    .filter(({ principal, outcome }) => outcome === 'authorized' && principals.has(principal))
    .filter((login) => latestOf(login) > evidence.from && login.at <= evidence.until)
    .map((login) => ({
      at: latestOf(login),
      sighting: {
        endpoint: login.server,
        application: login.application,
        address: login.address,
        since: iso(login.at),
      },
    }))
}

const SECOND_MS = 1000
const HOUR_MS = 3_600_000

/** A log that knows whole seconds tells of something that happened within that second. */
export function latestOf({ at }: Pick<ServerLogin, 'at'>): number {
  return at % SECOND_MS === 0 ? at + SECOND_MS - 1 : at
}

/** Whom the looks were for. */
export function principalsOf(records: readonly EvidenceRecord[]): ReadonlySet<string> {
  return new Set(records.filter(isSample).flatMap(({ principal }) => principal ?? []))
}

function lastSightingBefore({ records, from, until }: Evidence): Sighting | undefined {
  return usesIn(looksOf(records, { from: Number.NEGATIVE_INFINITY, until }))
    .filter(({ at }) => at <= from)
    .sort((one, other) => one.at - other.at)
    .at(-1)?.sighting
}

const nobody: Sighting = { endpoint: '', application: '', address: '', since: '' }

/** The newest last. A look may have seen more than it names. */
function inOrder(sightings: readonly Sighting[]): readonly Sighting[] {
  if (sightings.length === 0) return [nobody]
  return [...sightings].sort((one, other) => (one.since < other.since ? -1 : 1))
}

function usedWords({ at, sighting }: Use): string {
  return `it was used by ${sightingName(sighting)} at ${iso(at - (at % SECOND_MS))}`
}

function gapWords(evidence: Evidence, looks: readonly Look[], gaps: Proof['gaps']): readonly string[] {
  if (looks.length === 0)
    return [isSilent(evidence) ? 'the target does not tell when it was last used' : 'nobody looked']
  const [first] = gaps
  if (first === undefined) return []
  const more = gaps.length > 1 ? `, and ${gaps.length - 1} more gaps` : ''
  return [`no look was answered between ${first.from} and ${first.until}${more}`]
}

/** Was looked, and does the target tell nothing? */
function isSilent({ records, from, until }: Evidence): boolean {
  const tries = records.filter(isSample).filter(({ at }) => Date.parse(at) > from && Date.parse(at) <= until)
  return tries.length > 0 && tries.every(({ unknown }) => unknown === 'LAST_USE_UNKNOWN')
}

function logGap(looks: readonly Look[], evidence: Evidence): GapInLog | undefined {
  const { log, records, toldLateMs } = evidence
  if (toldLateMs !== undefined) return { words: toldWords(toldLateMs), late: false }
  if (log.unknown !== undefined) return { words: log.unknown, late: false }
  if (principalsOf(records).size === 0)
    return { words: 'no look says whom to find in the log of logins', late: false }
  return gapInLog(looks, log.logins, evidence)
}

function toldWords(lateMs: number): string {
  const late = lateMs === 0 ? '' : `, as much as ${Math.ceil(lateMs / HOUR_MS)}h late`
  return `the target tells of the last use alone${late}, which is no log of all`
}

function consumerWords({ consumers, declared }: Evidence): readonly string[] {
  if (declared === 0) return ['no consumers are declared, so nobody knows who has to move']
  const moved = new Set(consumers.map(({ name }) => name)).size
  return moved < declared ? [`${moved} of ${declared} consumers were seen on the new version`] : []
}
