import { OverlapError } from './errors.ts'

export const HOLD_TAG = 'overlap:hold'

/** A time in which no rotation begins and nothing is retired. */
export interface Hold {
  /** Milliseconds since the epoch; ended then. */
  readonly until: number
  /** A person's words. */
  readonly reason: string
  /** A `hold` is a tag of the secret and can be released; a `freeze` is of the deployment's configuration and ends by itself. */
  readonly by: 'hold' | 'freeze'
  /** When a freeze began, in ms since the epoch; a tag was written when the secret was changed. */
  readonly since?: number
}

/** A window of the deployment's in which every secret is on hold. Milliseconds since the epoch; `until` is no part of it. */
export interface Freeze {
  readonly from: number
  readonly until: number
  readonly reason: string
}

/**
 * What a secret is on hold for at `now` (ms since the epoch), or undefined: of several, the one that ends last. Throws `POLICY_INVALID` when its tag
 * cannot be read: whoever wrote it meant to stop something, so unknown is never "no hold".
 */
export function holdOf(
  tags: ReadonlyMap<string, string>,
  freezes: readonly Freeze[],
  now: number,
): Hold | undefined {
  const tag = tags.get(HOLD_TAG)
  const holds: readonly Hold[] = [
    ...(tag === undefined ? [] : [parseHold(tag)]),
    ...freezes
      .filter(({ from }) => from <= now)
      .map(({ from, until, reason }): Hold => ({ until, reason, by: 'freeze', since: from })),
  ]
  return holds
    .filter(({ until }) => now < until)
    .reduce<Hold | undefined>((last, one) => (last && last.until >= one.until ? last : one), undefined)
}

/** When the last hold or freeze before `now` ended, as far as that is still written (ms since the epoch): a tag that was taken away tells nothing. */
export function lastHoldEnd(
  tags: ReadonlyMap<string, string>,
  freezes: readonly Freeze[],
  now: number,
): number | undefined {
  const held = parseInstant(splitOnce((tags.get(HOLD_TAG) ?? '').trim())[0] ?? '')
  const ends = [...(held === undefined ? [] : [held]), ...freezes.map(({ until }) => until)]
  const past = ends.filter((until) => until <= now)
  return past.length === 0 ? undefined : Math.max(...past)
}

/** The tag's value as `formatHold` writes it. Throws `POLICY_INVALID`. */
export function parseHold(tag: string): Hold {
  const [instant = '', reason = ''] = splitOnce(tag.trim())
  const until = parseInstant(instant)
  if (until === undefined || reason === '')
    throw new OverlapError(
      'POLICY_INVALID',
      `tag ${HOLD_TAG} must be an instant with its time zone and a reason, such as 2026-12-24T00:00:00Z year-end close. Until it can be read, nothing is begun and nothing retired`,
    )
  return { until, reason, by: 'hold' }
}

function splitOnce(text: string): readonly string[] {
  const at = text.search(/\s/)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at).trim()]
}

const TAG_LENGTH = 256

/** The value for the tag. Throws `EVENT_INVALID` naming the field: a tag cannot hold every character, nor a long text. */
export function formatHold({ until, reason }: Pick<Hold, 'until' | 'reason'>): string {
  const words = reason.trim()
  const value = `${new Date(until).toISOString()} ${words}`
  if (!/^[\p{L}\p{N} +\-=._:/@]+$/u.test(words) || value.length > TAG_LENGTH)
    throw new OverlapError(
      'EVENT_INVALID',
      `field reason of the request must be 1 to ${TAG_LENGTH - value.length + words.length} letters, digits, spaces and + - = . _ : / @, which is what a tag can hold`,
    )
  return value
}

const instantForm = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/

/** Milliseconds since the epoch of an ISO 8601 instant, or undefined: without its time zone it could mean several, and what is written in UTC must be one again. */
export function parseInstant(text: string): number | undefined {
  const date = instantForm.exec(text)?.[1]
  if (date === undefined || !isOfCalendar(date)) return undefined
  const instant = Date.parse(text)
  return Number.isNaN(instant) || !hasFourDigits(instant) ? undefined : instant
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isOfCalendar(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date)
}

/** The end of the year 9999 west of Greenwich is in the year 10000 of UTC. */
function hasFourDigits(instant: number): boolean {
  return instantForm.test(new Date(instant).toISOString())
}
