import type { ListedSecret } from '../sweep/listed-secret.ts'
import { type VersionDates, versionsInUse } from './age.ts'

/** Versions' dates that were asked for before. They never change, so what is remembered holds for as long as the same versions are in use. */
export interface AgesMemory {
  /** undefined: a version is in use whose date is not remembered. */
  recall(secret: ListedSecret): VersionDates | undefined
  remember(secret: ListedSecret, dates: VersionDates): void
}

/** Some 300 bytes each. */
const MOST_SECRETS = 20_000

/** Lives as long as the process, and forgets the secrets first that it has not asked about for longest. */
export function agesMemory(most = MOST_SECRETS): AgesMemory {
  const known = new Map<string, VersionDates>()
  return {
    recall(secret) {
      const dates = known.get(secret.arn)
      return dates && versionsInUse(secret).every(({ version }) => dates.has(version)) ? dates : undefined
    },
    remember(secret, dates) {
      const inUse = versionsInUse(secret).flatMap(({ version }): [string, Date][] => {
        const date = dates.get(version)
        return date === undefined ? [] : [[version, date]]
      })
      known.delete(secret.arn)
      known.set(secret.arn, new Map(inUse))
      const [first] = known.keys()
      if (known.size > most && first !== undefined) known.delete(first)
    },
  }
}
