const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * The instant that somebody means: ISO 8601 with its time zone, a date (its beginning, where this runs), or a duration from `now` (ms since the epoch) such
 * as 48h, which ends with a whole second. Undefined for anything else: an instant without a time zone could be several.
 */
export function parseUntil(text: string, now: number): Date | undefined {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = secondsIn[unit]
  if (amount !== undefined && seconds !== undefined)
    return new Date((Math.ceil(now / 1000) + Number(amount) * seconds) * 1000)
  const [date, year, month, day, time] =
    /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? []
  if (date === undefined || !isOfCalendar(`${year}-${month}-${day}`)) return undefined
  const instant = time === undefined ? new Date(Number(year), Number(month) - 1, Number(day)) : new Date(text)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

/** Otherwise the 30th of February is the 2nd of March. */
function isOfCalendar(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}
