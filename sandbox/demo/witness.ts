import type { Work } from '../function-log.ts'
import type { ServiceEvent } from '../secrets-manager/server.ts'

/** Work, and when it was reported (milliseconds, as `performance.now` counts). */
export type SeenWork = Work & { readonly at: number }

/** Remembers when what happened, as the service's events and the functions' logs tell it. */
export class Witness {
  readonly #published = new Map<string, number>()
  readonly #works: SeenWork[] = []

  readonly onEvent = (event: ServiceEvent): void => {
    const { labelUpdated, versionId } = event.detail
    if (event['detail-type'] === 'Secret Label Updated' && labelUpdated === 'AWSCURRENT')
      this.#published.set(String(versionId), performance.now())
  }

  readonly onWork = (work: Work): void => {
    this.#works.push({ ...work, at: performance.now() })
  }

  /** When the version became AWSCURRENT. */
  published(versionId: string): number | undefined {
    return this.#published.get(versionId)
  }

  /** Oldest first. */
  works(step: string, versionId: string): readonly SeenWork[] {
    return this.#works.filter((work) => work.step === step && work.version === versionId)
  }

  /** The latest piece of this work that ended well. */
  done(step: string, versionId: string): SeenWork | undefined {
    return this.works(step, versionId).findLast(
      ({ outcome }) => outcome !== 'failed' && outcome !== 'deferred',
    )
  }
}
