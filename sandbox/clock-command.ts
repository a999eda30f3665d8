import { localTime } from './local-time.ts'
import type { RunningClock } from './running-clock.ts'
import type { Scheduler } from './scheduler/scheduler.ts'
import { letPass } from './time-passing.ts'

/** What a command may move and look at. */
export interface Timepiece {
  readonly clock: RunningClock
  readonly scheduler: Pick<Scheduler, 'list'>
  settled(): Promise<void>
}

export const clockCommands = 'advance 24h (or 90s, 5m, 7d), next, time'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Carries out one line that a person typed: `advance DURATION`, `next` (to the next run of a schedule with a time of day) or `time`. Returns the answer. */
export async function clockCommand(line: string, timepiece: Timepiece): Promise<string> {
  const { clock, scheduler } = timepiece
  const [word = '', argument] = line.trim().split(/\s+/)
  if (word === 'time' && argument === undefined) return timesTold(timepiece)
  if (word === 'next' && argument === undefined) {
    // How far it is, is known once nothing that takes time is at work.
    await timepiece.settled()
    const next = rotationSchedules(scheduler)[0]?.nextRun
    if (next === undefined) return 'No schedule has a further run.'
    await letPass(timepiece, Math.max(0, next - clock.now()))
    return timesTold(timepiece)
  }
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(argument ?? '') ?? []
  if (word === 'advance' && unit !== undefined) {
    await letPass(timepiece, Number(count) * (unitMs[unit] ?? 0))
    return timesTold(timepiece)
  }
  return `There are these commands: ${clockCommands}`
}

/** What time it is here and there, and when each schedule runs next. */
export function timesTold({ clock, scheduler }: Omit<Timepiece, 'settled'>): string {
  const schedules = rotationSchedules(scheduler)
  const zone = schedules[0]?.timezone ?? 'UTC'
  const runs = schedules.map(({ name, timezone, nextRun }) =>
    nextRun === undefined
      ? `  ${name} has no further run`
      : `  ${name} runs next on ${localTime(nextRun, timezone)} (${timezone})`,
  )
  return [`It is ${localTime(clock.now(), zone)} (${zone}), ${utc(clock.now())} UTC`, ...runs].join('\n')
}

/** Those with a time of day, the next one first; a rate only makes passes of the sweep come. */
function rotationSchedules(scheduler: Pick<Scheduler, 'list'>) {
  return scheduler
    .list()
    .filter(({ expression }) => expression.startsWith('cron'))
    .sort((one, other) => (one.nextRun ?? Infinity) - (other.nextRun ?? Infinity))
}

function utc(moment: number): string {
  return new Date(moment).toISOString().slice(11, 19)
}
