import { localTime } from '../local-time.ts'
import type { Sandbox } from '../sandbox.ts'
import { letPass } from '../time-passing.ts'

/** Schedules of the deployment: when secrets are rotated, and how often the sweep passes by itself. */
const ROTATIONS = 'overlap-weekly'
const PASSES = 'overlap-sweep'

/** Moves the sandbox's clock to where something happens. Moments in milliseconds since the epoch. */
export class Calendar {
  /** IANA, that of the rotations. */
  readonly timezone: string
  readonly #sandbox: Pick<Sandbox, 'clock' | 'scheduler' | 'settled'>

  constructor(sandbox: Pick<Sandbox, 'clock' | 'scheduler' | 'settled'>) {
    this.#sandbox = sandbox
    this.timezone = this.#schedule(ROTATIONS).timezone
  }

  /** When rotations run next: Sunday 03:00. */
  nextSunday(): number {
    return this.#nextRun(ROTATIONS)
  }

  toSunday(): Promise<void> {
    return this.to(this.nextSunday())
  }

  toNextPass(): Promise<void> {
    return this.to(this.#nextRun(PASSES))
  }

  to(moment: number): Promise<void> {
    return letPass(this.#sandbox, Math.max(0, moment - this.#sandbox.clock.now()))
  }

  pass(ms: number): Promise<void> {
    return letPass(this.#sandbox, ms)
  }

  /** Hours by which clocks on walls are ahead of UTC. */
  utcOffsetHours(moment: number): number {
    const wall = Date.parse(`${localTime(moment, this.timezone).slice(4)}Z`)
    return Math.round((wall - moment) / 3_600_000)
  }

  /** Such as `Sun 28 Mar 03:00`. */
  day(moment: number): string {
    return shortTime(moment, this.timezone)
  }

  #nextRun(name: string): number {
    const { nextRun } = this.#schedule(name)
    if (nextRun === undefined) throw new Error(`schedule ${name} has no further run`)
    return nextRun
  }

  #schedule(name: string) {
    const found = this.#sandbox.scheduler.list().find((schedule) => schedule.name === name)
    if (!found) throw new Error(`there is no schedule ${name}`)
    return found
  }
}

/** `Sun 28 Mar 03:00`, without year and seconds. */
export function shortTime(moment: number, timezone: string): string {
  const [weekday, day, month, , time = ''] = localTime(moment, timezone).split(' ')
  return [weekday, day, month, time.slice(0, 5)].join(' ')
}
