import { setTimeout as sleep } from 'node:timers/promises'
import type { Sandbox } from '../sandbox.ts'
import type { Calendar } from './calendar.ts'
import type { Crew } from './crew.ts'
import type { RetirementFacts } from './facts.ts'
import { type JournalLine, journalOf } from './journal.ts'
import { until } from './wait.ts'
import type { SeenWork, Witness } from './witness.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** By the sandbox's clock: one look after each, and none too far from the last. Four are a drain. */
const STRIDE_MS = 6 * HOUR_MS + 5 * MINUTE_MS
const QUARANTINE_MS = 48 * HOUR_MS + MINUTE_MS
/** An hour for consumers, the drain of a day, and six hours more: then it should have come to its end (lambdas/sweep/stuck.ts). */
const LATE_MS = 31 * HOUR_MS
/** Far more than anything here takes: more means that it does not come. */
const MOST_PASSES = 30
/** Of real time, until what runs is also what its platform says. */
const MOMENT_MS = 300

export interface RetirementOptions {
  readonly sandbox: Sandbox
  readonly witness: Witness
  readonly calendar: Calendar
  readonly signal: AbortSignal
  /** Those who are to come to the new version; undefined where nobody is declared. */
  readonly crew: Crew | undefined
  /** The version that was replaced, and the one that is AWSCURRENT since. */
  readonly replaced: string
  readonly current: string
}

/** The life of a version that was replaced, which passes as fast as the clock is moved. Each method throws when it does not get there. */
export class Retirement {
  readonly options: RetirementOptions
  #leftBehind = 0

  constructor(options: RetirementOptions) {
    this.options = options
  }

  /** Until the sweep has seen every declared consumer on the new version; what leaked does not wait for that. */
  async rollOut(): Promise<void> {
    const { calendar } = this.options
    const rolled = () => this.rolledOutAt !== undefined || this.isDisabled()
    await this.#go('every consumer is on the next one', rolled, async () => {
      await calendar.toNextPass()
      await this.#letTasksMove()
    })
  }

  /** When the sweep saw them there, by the sandbox's clock; undefined before that. */
  get rolledOutAt(): number | undefined {
    return this.#sweepsFirst(({ outcome }) => outcome === 'note-rolled')?.clock
  }

  /** So many looks, which see what they see. */
  async look(times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) await this.#stride()
  }

  /** Until it should have been over. */
  async late(): Promise<void> {
    const { calendar, sandbox } = this.options
    const began = this.#sweepsFirst(({ outcome }) => outcome === 'start-drain')?.clock ?? Number.NaN
    for (let end = began + LATE_MS; sandbox.clock.now() < end; )
      await this.#stride(Math.min(STRIDE_MS, end - sandbox.clock.now()))
    await calendar.toNextPass()
    await sandbox.settled()
  }

  /** Until it is disabled. */
  async drain(): Promise<void> {
    await this.#go(
      'it is disabled',
      () => this.isDisabled(),
      () => this.#stride(),
    )
    this.noteDisabled()
  }

  /** Has anybody disabled it? */
  isDisabled(): boolean {
    return this.#done('disable')
  }

  /** Whoever still runs the version has lost it now. */
  noteDisabled(): void {
    this.#leftBehind = this.options.crew?.on(this.options.replaced).there ?? 0
  }

  /** Until it is removed, which comes after two days. */
  async quarantine(): Promise<void> {
    await this.options.calendar.pass(QUARANTINE_MS)
    await this.atOnce()
  }

  /** Until it is disabled and removed in one visit, as what leaked is. */
  async revoked(): Promise<void> {
    const { calendar } = this.options
    await this.#go(
      'it is disabled',
      () => this.isDisabled(),
      () => calendar.toNextPass(),
    )
    this.noteDisabled()
    await this.atOnce()
  }

  /** Until it is removed, which is about to come. Two passes that meet may both leave it to the next one. */
  async atOnce(): Promise<void> {
    const { calendar } = this.options
    await this.#go(
      'it is removed',
      () => this.#isRemoved(),
      () => calendar.toNextPass(),
    )
  }

  /** What the journal has of it. */
  async facts(): Promise<RetirementFacts> {
    const { sandbox, signal, replaced } = this.options
    const lines = await until(`the journal knows how version ${replaced} ended`, signal, async () => {
      const found = await journalOf(sandbox, replaced)
      return found.some(({ event }) => event === 'removed') && found
    })
    const removed = lines.findLast(({ event }) => event === 'removed')
    // Two passes that meet both tell of it, and the slower one perhaps after the end.
    const disabled = lines.findLast(({ event, at }) => event === 'disabled' && at <= (removed?.at ?? ''))
    return factsOf(replaced, disabled, removed, this.#leftBehind)
  }

  async #stride(ms = STRIDE_MS): Promise<void> {
    const { calendar, sandbox } = this.options
    await calendar.pass(ms)
    await sandbox.settled()
  }

  /** The clock must not run away from tasks that come up in real time. */
  async #letTasksMove(): Promise<void> {
    const { sandbox, crew, current, signal } = this.options
    await sandbox.settled()
    if (this.#sweepsFirst(({ reason }) => reason === 'ROLLING_OUT') === undefined) return
    await until(`all tasks and pods run version ${current}`, signal, () => {
      const { running = 0, there = 0 } = crew?.on(current) ?? {}
      return running === there
    })
    await sleep(MOMENT_MS, undefined, { signal })
  }

  #isRemoved(): boolean {
    return this.#done('remove')
  }

  #done(step: string): boolean {
    const work = this.options.witness.done(step, this.options.replaced)
    return work !== undefined && work.at >= this.#replacedAt
  }

  #sweepsFirst(what: (work: SeenWork) => boolean): SeenWork | undefined {
    const works = this.options.witness.works('sweep', this.options.replaced)
    return works.find((work) => work.at >= this.#replacedAt && what(work))
  }

  /** A version that comes back is replaced once more. */
  get #replacedAt(): number {
    return this.options.witness.published(this.options.current)?.at ?? 0
  }

  async #go(where: string, there: () => boolean, step: () => Promise<void>): Promise<void> {
    const { sandbox, replaced } = this.options
    for (let passes = 0; passes < MOST_PASSES; passes += 1) {
      await sandbox.settled()
      if (there()) return
      await step()
    }
    throw new Error(`version ${replaced} did not get so far that ${where}`)
  }
}

function factsOf(
  version: string,
  disabled: JournalLine | undefined,
  removed: JournalLine | undefined,
  leftBehind: number,
): RetirementFacts {
  const proof = removed?.proof ?? disabled?.proof
  return {
    version,
    rung: proof?.rung ?? '',
    looks: proof?.samples ?? 0,
    consumers: proof?.consumers.length ?? 0,
    missing: proof?.missing ?? [],
    disabledAt: Date.parse(disabled?.at ?? ''),
    removedAt: Date.parse(removed?.at ?? ''),
    leftBehind,
  }
}
