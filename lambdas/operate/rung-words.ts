import type { RetirementStanding } from './standing.ts'

/** How sure it was that nothing used the credential, in words: never more than the rung says. */
export function rungWords({ rung, samples = 0 }: Pick<RetirementStanding, 'rung' | 'samples'>): string {
  switch (rung) {
    case 'a':
      return 'a log of logins without a gap showed none'
    case 'b':
      return `it was looked for ${samples} times and never seen, and every declared consumer ran the new version`
    case 'c':
      return 'it was disabled through its quarantine, and the log of refused logins showed that nobody missed it'
    case 'd':
      return 'on the word of the clock alone'
    case 'accepted':
      return 'it was in use, and a person accepted that by name'
    case 'leaked':
      return 'it leaked, so it was taken away from whoever used it'
    default:
      return 'how sure that was is not on record'
  }
}

/** One line of how a version ended. */
export function retirementWords(retirement: RetirementStanding): string {
  const { version, at, event, by, reason } = retirement
  const who = by === undefined || by === 'sweep' ? '' : ` by ${by}`
  const why = reason === undefined || reason === '' ? '' : ` (${reason})`
  switch (event) {
    case 'disabled':
    case 'removed':
      if (retirement.works)
        return `version ${version} was found unused at ${at}${who}, and left valid until it is deleted, since its target cannot disable: ${rungWords(retirement)}${why}`
      return `version ${version} was ${event} at ${at}${who}: ${rungWords(retirement)}${why}`
    case 'enabled':
      return `version ${version} was made valid again at ${at}${why}`
    case 'superseded':
      return `version ${version} was found gone at ${at}: its place held another credential${why}`
  }
}
