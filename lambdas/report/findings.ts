import { plainText } from './plain-text.ts'
import type { ReportedAlarm } from './reported-alarm.ts'

/** A line of a function's log. Times in ms since the epoch. */
export interface LogLine {
  readonly message: string
  /** When it was written. */
  readonly timestamp: number
  /** When the log had it: a line can be found from here on. */
  readonly heardAt: number
}

/** Which lines an alarm is about. */
export type Wanted = Omit<ReportedAlarm, 'runbook'>

/** By what lines of the log say of themselves. What is stale is past due, and was due before. */
const outcomes: Readonly<Record<Wanted['findings'], readonly string[]>> = {
  failed: ['failed'],
  overdue: ['overdue'],
  stuck: ['stuck'],
  stale: ['stale'],
  due: ['due', 'stale'],
}

/** What befell one secret for one reason, however often. Texts are plain; times in ms since the epoch. */
export interface Finding {
  /** ARN; empty when the work was for no secret that anybody knows. */
  readonly secret: string
  /** An error code, why a rotation is overdue or a retirement does not come, or what a credential's age is called. */
  readonly reason: string
  /** A consumer is failing, or soon will be. */
  readonly consumersAffected: boolean
  /** What was said last. */
  readonly message: string
  readonly step: string
  /** Version id; may be empty. */
  readonly version: string
  /** As far as the line says. */
  readonly owner: string | undefined
  readonly count: number
  readonly firstSeen: number
  readonly lastSeen: number
  /** When anybody could first know of it. */
  readonly firstHeard: number
}

/** What the census says of lines for which there was no room (untold.ts), where an alarm may be about as many as that. */
const untold: Readonly<Record<Wanted['findings'], readonly string[]>> = {
  failed: [],
  overdue: [],
  stuck: [],
  stale: ['untold'],
  due: ['untold'],
}

/** The pattern by which CloudWatch Logs finds the lines that are wanted, and what there is no line for. */
export function filterPattern({ findings, severity, owner }: Wanted): string {
  const either = [...outcomes[findings], ...untold[findings]].map((outcome) => `($.outcome = "${outcome}")`)
  const conditions = [
    either.length === 1 ? either.join() : `(${either.join(' || ')})`,
    `($.severity = "${severity}")`,
    ...(owner === undefined ? [] : [`($.owner = "${owner}")`]),
  ]
  return `{ ${conditions.join(' && ')} }`
}

const LONGEST_MESSAGE = 2_000

/** Lines of any order and form; those that are not wanted are left out. Where consumers are affected first, then the oldest. */
export function findingsIn(lines: readonly LogLine[], wanted: Wanted): readonly Finding[] {
  const found = new Map<string, Finding>()
  for (const line of lines.toSorted((one, other) => one.timestamp - other.timestamp)) {
    const finding = findingOf(line, wanted)
    if (finding === undefined) continue
    const key = JSON.stringify([finding.secret, finding.reason])
    const known = found.get(key)
    found.set(key, known === undefined ? finding : merged(known, finding))
  }
  return [...found.values()].toSorted(
    (one, other) =>
      Number(other.consumersAffected) - Number(one.consumersAffected) || one.firstSeen - other.firstSeen,
  )
}

function merged(known: Finding, next: Finding): Finding {
  return {
    ...next,
    consumersAffected: known.consumersAffected || next.consumersAffected,
    count: known.count + next.count,
    firstSeen: known.firstSeen,
    firstHeard: Math.min(known.firstHeard, next.firstHeard),
  }
}

function findingOf(line: LogLine, wanted: Wanted): Finding | undefined {
  const fields = parsedLine(line.message)
  // A metric repeats such fields as dimensions.
  if (fields === undefined || fields._aws !== undefined) return undefined
  if (!outcomes[wanted.findings].includes(String(fields.outcome))) return undefined
  if (fields.severity !== wanted.severity) return undefined
  if (wanted.owner !== undefined && fields.owner !== wanted.owner) return undefined
  const text = (field: string, longest: number) =>
    typeof fields[field] === 'string' ? plainText(fields[field], longest) : ''
  const reason = text('reason', 64)
  return {
    secret: text('secret', 600),
    reason: /^[A-Z][A-Z_]*$/.test(reason) ? reason : 'UNKNOWN',
    consumersAffected: wanted.severity === 'page',
    message: text('error', LONGEST_MESSAGE),
    step: text('step', 40),
    version: text('version', 64),
    owner: text('owner', 100) || undefined,
    count: 1,
    firstSeen: line.timestamp,
    lastSeen: line.timestamp,
    firstHeard: line.heardAt,
  }
}

/** A line's fields; undefined when it is none of ours. */
export function parsedLine(message: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const fields: unknown = JSON.parse(message)
    return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
