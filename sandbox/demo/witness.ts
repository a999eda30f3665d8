import type { Work } from '../function-log.ts'
import type { Notification } from '../notifications/server.ts'
import type { ServiceEvent } from '../secrets-manager/server.ts'

/** When something happened: in real time (milliseconds, as `performance.now` counts) and by the sandbox's clock (since the epoch). */
export interface Seen {
  readonly at: number
  readonly clock: number
}

/** Work, and when it was reported. */
export type SeenWork = Work & Seen

/** Remembers when what happened, as the service's events, the functions' logs and the topics tell it. */
export class Witness {
  readonly #clock: () => number
  readonly #published = new Map<string, Seen>()
  readonly #works: SeenWork[] = []
  readonly #messages: Notification[] = []

  /** @param clock the sandbox's time in milliseconds since the epoch */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  readonly onEvent = (event: ServiceEvent): void => {
    const { labelUpdated, versionId } = event.detail
    if (event['detail-type'] === 'Secret Label Updated' && labelUpdated === 'AWSCURRENT')
      this.#published.set(String(versionId), this.#now())
  }

  readonly onWork = (work: Work): void => {
    this.#works.push({ ...work, ...this.#now() })
  }

  readonly onMessage = (message: Notification): void => {
    this.#messages.push(message)
  }

  /** When the version became AWSCURRENT. */
  published(versionId: string): Seen | undefined {
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

  /** Messages whose subject or text holds this, oldest first. */
  messagesAbout(text: string): readonly Notification[] {
    return this.#messages.filter(({ subject = '', message }) => `${subject}\n${message}`.includes(text))
  }

  #now(): Seen {
    return { at: performance.now(), clock: this.#clock() }
  }
}
