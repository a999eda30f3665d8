import { overlapCommand, quoted } from '../rotation/way-out.ts'
import { type LogLine, parsedLine } from './findings.ts'
import { type ReportedAlarm, watchesGauge } from './reported-alarm.ts'

/** How many secrets an alarm on ages is about that no line names; 0 where it is on something else. Lines of any form; the newest that is wanted decides. */
export function untoldIn(lines: readonly LogLine[], alarm: ReportedAlarm): number {
  if (!watchesGauge(alarm)) return 0
  const newest = lines
    .toSorted((one, other) => other.timestamp - one.timestamp)
    .map(({ message }) => parsedLine(message))
    .find((fields) => fields?.outcome === 'untold' && fields.owner === alarm.owner)
  const stale = numberIn(newest?.stale)
  return alarm.findings === 'due' ? stale + numberIn(newest?.due) : stale
}

/** Lists every secret that an alarm on ages is about; one of an age that nobody knows counts for both. */
export function inventoryCommand({ findings, owner }: ReportedAlarm, deployment: string): string {
  const states =
    findings === 'due' ? '--state due --state stale --state age-unknown' : '--state stale --state age-unknown'
  const filter = owner === undefined ? '' : ` --owner ${quoted(owner)}`
  return overlapCommand(`inventory ${states}${filter}`, deployment)
}

function numberIn(field: unknown): number {
  return typeof field === 'number' && Number.isSafeInteger(field) && field > 0 ? field : 0
}
