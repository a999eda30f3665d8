import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000

/** A rotation as every week: the schedule at Sunday 03:00. Says when the clocks were changed in the night of the run. */
export async function ordinarySunday({ run, calendar, tell }: Stage): Promise<void> {
  const due = calendar.nextSunday()
  const changed = calendar.utcOffsetHours(due) - calendar.utcOffsetHours(due - 7 * 24 * HOUR_MS)
  const scene = () =>
    `clocks were put ${changed > 0 ? 'forward' : 'back'} in the night: 03:00 local time all the same`
  const begun = await run.begin('schedule', () => calendar.toSunday())
  tell({ is: 'rotation over', rotation: await run.finish(begun, changed === 0 ? {} : { scene }) })
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
