/** A moment as a clock on a wall in that time zone shows it: `Sun 28 Mar 2027 03:00:00`. Milliseconds since the epoch; IANA. */
export function localTime(moment: number, timezone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((found) => found.type === type)?.value
  const [month = ''] = [part('month')]
  // Some versions of the language's data abbreviate September to four letters.
  const day = `${part('weekday')} ${part('day')} ${month.slice(0, 3)} ${part('year')}`
  return `${day} ${part('hour')}:${part('minute')}:${part('second')}`
}
