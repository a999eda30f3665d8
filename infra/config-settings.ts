import type { EnvironmentConfig } from './deployment.ts'
import { type Settings, settingsOf, WEEKLY } from './overlap-settings.ts'

/** The settings of an environment, with its time zone written into the schedules that name none. */
export function settingsIn(environment: EnvironmentConfig): Settings {
  const { timezone = 'UTC', schedules = { weekly: { cron: WEEKLY } }, ...others } = environment
  return settingsOf({
    ...others,
    schedules: Object.fromEntries(
      Object.entries(schedules).map(([name, schedule]) => [
        name,
        { cron: schedule.cron, timezone: schedule.timezone ?? timezone },
      ]),
    ),
  })
}
