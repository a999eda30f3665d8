import { Duration } from 'aws-cdk-lib'
import { durationProblems } from './checks/durations.ts'
import { expecting, found, type Problem } from './checks/problems.ts'
import { isTimezone, type Recurrence, readCron } from './cron.ts'
import { inTag } from './durations.ts'
import { readInstant } from './instant.ts'
import { NO_SCHEDULE } from './policy-tags.ts'
import { SWEEP_SCHEDULE } from './schedules.ts'

/** A time in which no rotation begins and nothing is retired. What leaked is an exception to both. */
export interface Freeze {
  /** ISO 8601 with an offset or `Z`, such as `2026-12-20T00:00:00+01:00`. */
  readonly from: string
  /** The first instant after it, likewise. */
  readonly until: string
  /** Told to whoever asks for a rotation meanwhile. */
  readonly reason: string
}

/** What a deployment says about all of its secrets. */
export interface OverlapSettings {
  /**
   * When secrets are rotated; a secret names one of these.
   * @default { weekly: { cron: '0 3 ? * SUN *', timezone: 'UTC' } }
   */
  readonly schedules?: Readonly<Record<string, Recurrence>>
  /**
   * Times in which no rotation begins, however it is asked for, and nothing is retired. What leaked is an exception to both.
   * @default none
   */
  readonly freezes?: readonly Freeze[]
  /**
   * Whole minutes between two passes of the sweep, 5 at most: the alarm `sweep-silent` asks for a pass in every five.
   * @default 5 minutes
   */
  readonly sweepEvery?: Duration
  /**
   * No secret's drain may be shorter.
   * @default 1 hour
   */
  readonly drainFloor?: Duration
  /**
   * No secret's quarantine may be shorter. 0 lets secrets do without.
   * @default 1 hour
   */
  readonly quarantineFloor?: Duration
  /**
   * How often the sweep looks who still uses a credential that drains, and who is refused one that is disabled: 5 minutes to 6 hours, at most half of the shortest drain.
   * Each look is an invocation of a retire function, and a login at every endpoint of the server; a database that is paused is not woken up. Every 15 minutes costs about a cent
   * more for a secret and month.
   * @default 30 minutes
   */
  readonly sampleEvery?: Duration
  /**
   * How long a credential that leaked goes on working after it was replaced, for consumers to come to the new one; at most a day. Nothing lengthens it.
   * @default 10 minutes
   */
  readonly leakDrain?: Duration
  /**
   * When a rotation that does not finish is given up; a rotation of a key 26 hours later, since a key that was lost on the way is taken out of use and deleted first.
   * @default 24 hours
   */
  readonly abandonAfter?: Duration
  /**
   * How long consumers may take to come to a new credential. A rollout that takes longer rings the alarm `drain-stuck`, and goes on; the replaced credential stays valid.
   * It counts in the check that one rotation is over before the next begins.
   * @default 1 hour
   */
  readonly rolloutLimit?: Duration
  /**
   * How many rotations the sweep starts in a minute. Secrets Manager allows the whole account 50 calls of RotateSecret a second.
   * @default 60
   */
  readonly rotationsPerMinute?: number
  /**
   * In whole days. A credential that is so old is due: the alarm `secrets-due` rings. Where a secret has a shorter maximum age of its own, the same share of that.
   * @default 75 days
   */
  readonly staleWarning?: Duration
  /**
   * In whole days. A credential that is so old is stale: the alarm `secrets-stale` rings. A secret's own maximum age takes its place where it is shorter, never where it is longer.
   * @default 90 days
   */
  readonly staleCritical?: Duration
  /**
   * A dashboard of CloudWatch, called after the deployment and its Region, and the function that draws its lists.
   * @default true
   */
  readonly dashboard?: boolean
}

export type Settings = Required<OverlapSettings>

export const WEEKLY = '0 3 ? * SUN *'

export function settingsOf(given: OverlapSettings): Settings {
  return {
    schedules: given.schedules ?? { weekly: { cron: WEEKLY, timezone: 'UTC' } },
    freezes: given.freezes ?? [],
    sweepEvery: given.sweepEvery ?? Duration.minutes(5),
    drainFloor: given.drainFloor ?? Duration.hours(1),
    quarantineFloor: given.quarantineFloor ?? Duration.hours(1),
    sampleEvery: given.sampleEvery ?? Duration.minutes(30),
    leakDrain: given.leakDrain ?? Duration.minutes(10),
    abandonAfter: given.abandonAfter ?? Duration.hours(24),
    rolloutLimit: given.rolloutLimit ?? Duration.hours(1),
    rotationsPerMinute: given.rotationsPerMinute ?? 60,
    staleWarning: given.staleWarning ?? Duration.days(75),
    staleCritical: given.staleCritical ?? Duration.days(90),
    dashboard: given.dashboard ?? true,
  }
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html allows 64 characters, of which the deployment's name and a `-` are some. */
const scheduleName = /^[A-Za-z0-9_.-]{1,32}$/

/** Everything that is wrong with them. `subject` names the deployment. */
export function settingProblems(subject: string, settings: Settings): Problem[] {
  const schedules = Object.entries(settings.schedules)
  return [
    ...schedules.flatMap(([name, schedule]) =>
      scheduleProblems(`${subject}, schedule ${name}`, name, schedule),
    ),
    ...settings.freezes.flatMap((freeze, at) => freezeProblems(`${subject}, freeze ${at + 1}`, freeze)),
    ...writtenProblems(subject, settings),
    ...numberProblems(subject, settings),
    ...thresholdProblems(subject, settings),
  ]
}

function scheduleProblems(subject: string, name: string, { cron, timezone }: Recurrence): Problem[] {
  const expect = expecting(subject)
  const problems = [
    ...expect(
      scheduleName.test(name) && name !== NO_SCHEDULE && name !== SWEEP_SCHEDULE,
      'NAME_INVALID',
      'name',
      `must be at most 32 letters, digits, "-", "_" and ".", and neither ${NO_SCHEDULE} nor ${SWEEP_SCHEDULE}`,
    ),
    ...expect(
      isTimezone(timezone),
      'TIMEZONE_UNKNOWN',
      'timezone',
      `must be a name of the IANA database, spelt as there, such as Europe/Berlin; ${found(timezone)}`,
    ),
  ]
  if (problems.length > 0) return problems
  const { problem } = readCron({ cron, timezone })
  return expect(
    problem === undefined,
    'CRON_INVALID',
    'cron',
    `${problem}; ${found(cron)}, where "${WEEKLY}" would do`,
  )
}

function freezeProblems(subject: string, { from, until, reason }: Freeze): Problem[] {
  const expect = expecting(subject)
  const malformed = Object.entries({ from, until }).flatMap(([field, instant]) =>
    expect(
      readInstant(instant) !== undefined,
      'FREEZE_INVALID',
      field,
      `must be a day of the calendar with time and offset, such as 2026-12-20T00:00:00+01:00; ${found(instant)}`,
    ),
  )
  return [
    ...malformed,
    ...expect(
      malformed.length > 0 || Date.parse(until) > Date.parse(from),
      'FREEZE_INVALID',
      'until',
      `must be later than ${from}; it is ${until}`,
    ),
    ...expect(
      typeof reason === 'string' && reason.trim() !== '',
      'FREEZE_INVALID',
      'reason',
      'must say why: it is told to whoever asks for a rotation meanwhile',
    ),
  ]
}

function writtenProblems(subject: string, settings: Settings): Problem[] {
  const { drainFloor, quarantineFloor, leakDrain, abandonAfter } = settings
  // Others have to be whole minutes or days.
  return durationProblems({ drainFloor, quarantineFloor, leakDrain, abandonAfter }, expecting(subject))
}

function numberProblems(subject: string, settings: Settings): Problem[] {
  const { sweepEvery, abandonAfter, rotationsPerMinute, sampleEvery, rolloutLimit, leakDrain } = settings
  const expect = expecting(subject)
  return [
    ...expect(
      isWhole(sweepEvery.toMinutes({ integral: false }), 1, 5),
      'DURATION_INVALID',
      'sweepEvery',
      `must be 1 to 5 whole minutes, since the alarm sweep-silent asks for a pass in every 5; it is ${inTag(sweepEvery)}`,
    ),
    ...expect(
      abandonAfter.toHours({ integral: false }) >= 1,
      'DURATION_INVALID',
      'abandonAfter',
      `must be at least 1h, since Secrets Manager itself tries a failed rotation again; it is ${inTag(abandonAfter)}`,
    ),
    ...expect(
      isWhole(sampleEvery.toMinutes({ integral: false }), 5, 360),
      'DURATION_INVALID',
      'sampleEvery',
      `must be 5 to 360 whole minutes: a look more often than a pass of the sweep comes is none, and one more seldom sees little; it is ${inTag(sampleEvery)}`,
    ),
    ...expect(
      isWhole(rolloutLimit.toMinutes({ integral: false }), 1, 7 * 1440),
      'DURATION_INVALID',
      'rolloutLimit',
      `must be 1 minute to 7 days in whole minutes, since what takes no time is late at once; it is ${inTag(rolloutLimit)}`,
    ),
    ...expect(
      leakDrain.toHours({ integral: false }) <= 24,
      'DURATION_INVALID',
      'leakDrain',
      `must be at most 1d, since whoever has the credential can use it meanwhile; it is ${inTag(leakDrain)}`,
    ),
    ...expect(
      isWhole(rotationsPerMinute, 1, 1500),
      'SETTING_INVALID',
      'rotationsPerMinute',
      `must be 1 to 1500, half of what Secrets Manager allows the account; it is ${rotationsPerMinute}`,
    ),
  ]
}

function thresholdProblems(subject: string, { staleWarning, staleCritical }: Settings): Problem[] {
  const expect = expecting(subject)
  const days = (duration: Duration) => duration.toDays({ integral: false })
  const malformed = Object.entries({ staleWarning, staleCritical }).flatMap(([field, duration]) =>
    expect(
      isWhole(days(duration), 1, 1000),
      'DURATION_INVALID',
      field,
      `must be 1 to 1000 whole days; it is ${inTag(duration)}`,
    ),
  )
  if (malformed.length > 0) return malformed
  return expect(
    days(staleWarning) < days(staleCritical),
    'DURATION_INVALID',
    'staleWarning',
    `must be shorter than staleCritical, ${inTag(staleCritical)}, since it warns of that; it is ${inTag(staleWarning)}`,
  )
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to
}
