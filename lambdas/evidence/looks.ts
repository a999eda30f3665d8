import type { EvidenceRecord, Proof, Sample, Subject } from './record.ts'

/** Milliseconds since the epoch. What happened at `from` itself is before it: a use begins a new stretch at its own moment. */
export interface Stretch {
  readonly from: number
  readonly until: number
}

/** A sample that was an answer: every endpoint was asked, or the target was asleep. */
export interface Look extends Sample {
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Oldest first. A sample that is no answer is none. */
export function looksOf(records: readonly EvidenceRecord[], { from, until }: Stretch): readonly Look[] {
  return records
    .filter(isSample)
    .map((sample) => ({ ...sample, at: Date.parse(sample.at) }))
    .filter((look) => look.at > from && look.at <= until && isAnswer(look))
    .sort((one, other) => one.at - other.at)
}

export function isSample(record: EvidenceRecord): record is Subject & Sample {
  return record.event === 'sample'
}

export function sawUse({ sightings, leftOut = 0 }: Sample): boolean {
  return sightings.length > 0 || leftOut > 0
}

/** Whoever was seen was seen, also by a look that did not reach every endpoint. */
function isAnswer(sample: Sample): boolean {
  if (sawUse(sample)) return true
  return sample.unknown === undefined && (sample.asleep === true || (sample.endpoints ?? []).length > 0)
}

const MARGIN_MS = 5 * 60_000

/** Two looks may be so far apart, in milliseconds: one of them may be left out, and a pass may be late. */
export function longestBetween(sampleEveryMs: number): number {
  return 2 * sampleEveryMs + MARGIN_MS
}

/** Where nobody looked, or a look was no answer. */
export function gapsOf(
  records: readonly EvidenceRecord[],
  looks: readonly Look[],
  stretch: Stretch & { readonly sampleEveryMs: number },
): Proof['gaps'] {
  const answered = looks.map(({ at }) => at)
  const around = records
    .filter((record) => isSample(record) && !isAnswer(record))
    .map(({ at }) => Date.parse(at))
    .filter((at) => at > stretch.from && at <= stretch.until)
    .map((at) => ({
      from: iso(answered.findLast((before) => before <= at) ?? stretch.from),
      until: iso(answered.find((after) => after > at) ?? stretch.until),
    }))
  const known = new Map(
    [...gapsBetween(answered, stretch, stretch.sampleEveryMs), ...around].map((gap) => [gap.from, gap]),
  )
  return [...known.values()].sort((one, other) => Date.parse(one.from) - Date.parse(other.from))
}

/** Where looks are too far apart, from the beginning of the stretch to its end. */
export function gapsBetween(
  moments: readonly number[],
  { from, until }: Stretch,
  sampleEveryMs: number,
): Proof['gaps'] {
  const edges = [from, ...moments, until]
  return edges.slice(1).flatMap((end, index) => {
    const start = edges[index] ?? from
    return end - start > longestBetween(sampleEveryMs) ? [{ from: iso(start), until: iso(end) }] : []
  })
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}
