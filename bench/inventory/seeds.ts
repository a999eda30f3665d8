import type { SeededSecret } from '../../sandbox/secrets-manager/server.ts'

const DAY_MS = 24 * 3600_000

/** How many of that many seeds have an age that their listing alone does not tell. */
export const inDoubt = (secrets: number): number => Math.floor(secrets / 2)

/**
 * An account of which every second secret was replaced a while ago and had its tags edited since, so that only the dates of its versions tell how old it is. Of the
 * others half were never replaced, and half not touched for so long that they are stale whatever happened before.
 */
export function* seeds(secrets: number, now: number): Generator<SeededSecret> {
  const ago = (days: number) => now - days * DAY_MS
  for (let n = 0; n < secrets; n++) {
    const seed = {
      name: `team-${n % 20}/service-${n}`,
      secretString: 'opens nothing',
      description: 'PostgreSQL user of a service, as anybody would describe it',
      tags: { owner: `team-${n % 20}`, environment: 'production', 'cost-center': String(1_000 + (n % 7)) },
    }
    const replaced = (days: number) => ({
      ...seed,
      created: ago(400),
      versions: [
        { labels: ['AWSPREVIOUS'], created: ago(days + 90) },
        { labels: ['AWSCURRENT'], created: ago(days) },
      ],
    })
    if (n % 2 === 1) yield { ...replaced(1 + (n % 150)), changed: ago(1) }
    else if (n % 4 === 0) yield { ...seed, created: ago(1 + (n % 900)) }
    else yield replaced(100 + (n % 200))
  }
}
