import { OverlapError } from '../rotation/errors.ts'
import type { EvidenceRecord } from './record.ts'

/**
 * A record as one line. A look that saw more than fits in `mostBytes` has the sightings that fit, at least one, and says how many it leaves out. Throws
 * `JOURNAL_FAILED` for one that does not fit otherwise.
 */
export function recordLine(record: EvidenceRecord, mostBytes: number): string {
  const whole = JSON.stringify(record)
  if (Buffer.byteLength(whole) <= mostBytes) return whole
  if (record.event === 'sample') {
    const { sightings, leftOut = 0 } = record
    for (let kept = Math.floor(sightings.length / 2); kept >= 1; kept = Math.floor(kept / 2)) {
      const shorter = {
        ...record,
        sightings: sightings.slice(0, kept),
        leftOut: leftOut + sightings.length - kept,
      }
      const line = JSON.stringify(shorter)
      if (Buffer.byteLength(line) <= mostBytes) return line
    }
  }
  throw new OverlapError(
    'JOURNAL_FAILED',
    `the record ${record.event} has ${Buffer.byteLength(whole)} bytes, and a line of the journal has at most ${mostBytes}: it was not kept`,
  )
}
