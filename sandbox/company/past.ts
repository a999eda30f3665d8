import type { SeededSecret } from '../secrets-manager/server.ts'

const DAY_MS = 24 * 3600_000

/** Milliseconds since the epoch. */
export const daysBefore = (now: number, days: number): number => now - days * DAY_MS

/** What nobody needs to say of each secret. The values open nothing. */
type Rest = Omit<SeededSecret, 'secretString' | 'created' | 'versions'>

const secretString = '{"username":"nobody","password":"opens nothing"}'

/** A secret whose first value is still in use. */
export function untouched(now: number, { since, ...rest }: Rest & { readonly since: number }): SeededSecret {
  return { ...rest, secretString, created: daysBefore(now, since) }
}

export interface Replacements {
  /** Days since it was created, since AWSCURRENT was, and since the version before that was. */
  readonly since: number
  readonly current: number
  readonly previous: number
}

/** A secret whose value was replaced, by whomever. */
export function replaced(
  now: number,
  { since, current, previous, ...rest }: Rest & Replacements,
): SeededSecret {
  return {
    ...rest,
    secretString,
    created: daysBefore(now, since),
    versions: [
      { labels: ['AWSPREVIOUS'], created: daysBefore(now, previous) },
      { labels: ['AWSCURRENT'], created: daysBefore(now, current) },
    ],
  }
}
