import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Calendar } from '../calendar.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000

/** Whether clocks were changed in the night of a run, which was at 03:00 all the same. `at` in ms since the epoch. */
export function clocksChanged(calendar: Calendar, at: number): string {
  const changed = calendar.utcOffsetHours(at) - calendar.utcOffsetHours(at - 7 * 24 * HOUR_MS)
  if (changed === 0) return 'a Sunday as any other'
  return `clocks were put ${changed > 0 ? 'forward' : 'back'} in the night: 03:00 local time all the same`
}

/** At eleven: three days and sixteen hours before the next Sunday at three. */
export async function onWednesday(stage: Stage): Promise<void> {
  await stage.calendar.to(stage.calendar.nextSunday() - 88 * HOUR_MS)
  return byHand(stage, () => 'a person pressed "Rotate secret immediately" in the console')
}

/** A person asks for a rotation, as the console's "Rotate secret immediately" does. */
export async function byHand({ run, sandbox, tell }: Stage, scene?: () => string): Promise<void> {
  const rotate = new RotateSecretCommand({ SecretId: run.options.secretId })
  const begun = await run.begin('person', () => sandbox.client.send(rotate))
  tell({ is: 'rotation over', rotation: await run.finish(begun, scene ? { scene } : {}) })
}
