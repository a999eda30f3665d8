import { count, type Telemetry } from '../rotation/observed.ts'
import { isNews, type Overdue } from '../sweep/overdue.ts'
import { type AgeLine, ageLine } from './age-line.ts'
import type { Entry, Thresholds } from './entry.ts'

/** A credential, and what it is judged by. */
export interface Judged {
  readonly entry: Entry
  readonly thresholds: Thresholds
  /** Is its first run still to come, by the sweep's own rule, with nothing that holds it up? Then its age is no news. */
  readonly awaitsFirstRun: boolean
}

interface Told extends Judged {
  readonly line: AgeLine
}

/** Each is a line in every pass. The firsts of alarms come on top where there are more owners than this has room for. */
const MOST_LINES = 100

/**
 * A line for each that is due or stale: the stale first, oldest first, then those of no known age, then the due. For each alarm that may ring, and for what nobody
 * knows, there is one at least, however many of others there are; how many have none is a line, too, of all and of each of these owners. What became stale just now
 * is news besides. `now` in ms since the epoch.
 */
export function tellAges(
  telemetry: Telemetry,
  owners: readonly string[],
  judged: readonly Judged[],
  now: number,
): void {
  const all = judged
    .flatMap((each): readonly Told[] => {
      const line = ageLine(each.entry, each.thresholds, now)
      return line === undefined ? [] : [{ ...each, line }]
    })
    .sort((one, other) => rank(one) - rank(other) || sinceOf(one) - sinceOf(other))
  const told = withRoom(
    all.map(({ line }) => line),
    owners,
  )
  for (const line of told) telemetry.logger.warn(`age: ${line.outcome}`, { ...line })
  const untold = all.map(({ line }) => line).filter((line) => !told.has(line))
  for (const owner of [undefined, ...owners]) tellUntold(telemetry, untold, owner)
  tellNews(telemetry, all, now)
}

/** Those for which there is room, in the order of all. */
function withRoom(lines: readonly AgeLine[], owners: readonly string[]): ReadonlySet<AgeLine> {
  const isFirst: readonly ((line: AgeLine) => boolean)[] = [
    ({ outcome }) => outcome === 'stale',
    ({ outcome }) => outcome === 'due',
    ({ reason }) => reason === 'AGE_UNKNOWN',
  ]
  const firsts = [undefined, ...owners].flatMap((name) =>
    isFirst.flatMap(
      (is) => lines.find((line) => is(line) && (name === undefined || line.owner === name)) ?? [],
    ),
  )
  const chosen = new Set(firsts)
  for (const line of lines) if (chosen.size < MOST_LINES) chosen.add(line)
  return new Set(lines.filter((line) => chosen.has(line)))
}

/** The report repeats it in the alarm's message (lambdas/report/untold.ts). */
function tellUntold({ logger }: Telemetry, untold: readonly AgeLine[], owner: string | undefined): void {
  const theirs = untold.filter((line) => owner === undefined || line.owner === owner)
  if (theirs.length === 0) return
  const stale = theirs.filter(({ outcome }) => outcome === 'stale').length
  logger.warn(`census: ${theirs.length} more are due or stale${owner === undefined ? '' : ` of ${owner}`}`, {
    kind: 'sweep',
    step: 'age',
    outcome: 'untold',
    stale,
    due: theirs.length - stale,
    ...(owner === undefined ? {} : { owner }),
    severity: 'ticket',
  })
}

/**
 * An alarm that rings already does not ring for the next secret; the one on what is overdue does. Most that is stale is overdue to the sweep as well, which tells of
 * it; what is not, such as a credential that mode observe keeps valid beside a new one, is told to be overdue here, in the same way. What is of no known age is told
 * at the beginning of each day alone.
 */
function tellNews(telemetry: Telemetry, all: readonly Told[], now: number): void {
  const news = all.filter((told) => isNewlyStale(told, now))
  for (const { line } of news) {
    const reason = line.reason === 'AGE_UNKNOWN' ? line.reason : 'STALE'
    telemetry.logger.warn(`overdue: ${reason}`, { ...line, outcome: 'overdue', reason })
  }
  // A further data point of the pass: the alarm takes the largest.
  if (news.length > 0) count(telemetry, 'OverdueNews', news.length)
}

const ofTheSweep: Readonly<Record<Overdue['reason'], true>> = {
  ROTATION_MISSED: true,
  MAX_AGE_EXCEEDED: true,
}

function isNewlyStale({ entry, thresholds, awaitsFirstRun }: Told, now: number): boolean {
  const { age, states, reason } = entry
  // Since when nobody knows.
  if (states.includes('AGE_UNKNOWN')) return isNews({ since: 0 }, now)
  if (age === undefined || !states.includes('STALE') || awaitsFirstRun) return false
  if (reason !== undefined && Object.hasOwn(ofTheSweep, reason)) return false
  return isNews({ since: age.since + thresholds.criticalSeconds * 1000 }, now)
}

function rank({ line }: Told): number {
  if (line.outcome === 'due') return 2
  return line.reason === 'AGE_UNKNOWN' ? 1 : 0
}

function sinceOf({ entry }: Told): number {
  return entry.age?.since ?? 0
}
