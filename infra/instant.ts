const instantForm = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/

/** Milliseconds since the epoch of an ISO 8601 instant, or undefined where the functions could not read it, or not its UTC (lambdas/rotation/hold.ts). */
export function readInstant(text: string): number | undefined {
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
