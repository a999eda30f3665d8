import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import type { Stage } from './stage.ts'

/** A rotation as every week: the schedule at Sunday 03:00, the sweep, the drain of a day. */
export async function sunday({ run, calendar, tell }: Stage, scene?: () => string): Promise<void> {
  const begun = await run.begin('schedule', () => calendar.toSunday())
  tell({ is: 'rotation over', rotation: await run.finish(begun, scene ? { scene } : {}) })
}

/** A person asks for a rotation, as the console's "Rotate secret immediately" does. */
export async function byHand({ run, sandbox, tell }: Stage, scene?: () => string): Promise<void> {
  const rotate = new RotateSecretCommand({ SecretId: run.options.secretId })
  const begun = await run.begin('person', () => sandbox.client.send(rotate))
  tell({ is: 'rotation over', rotation: await run.finish(begun, scene ? { scene } : {}) })
}
