import type { Begun } from '../run.ts'
import { until } from '../wait.ts'
import { type Stage, seconds } from './stage.ts'

/** Milliseconds that the replica does not replay. */
const STANDSTILL_MS = 1_500

/** Logins at the replica cannot work before it has replayed the new password, so nothing may be published until then. */
export async function replicaStandsStill(stage: Stage): Promise<void> {
  const { run, sandbox, calendar, signal, witness, tell } = stage
  const { replica } = sandbox.postgres
  if (!replica) throw new Error('the scenario needs a replica')
  await replica.pauseReplay()
  const pausedAt = performance.now()
  let begun: Begun
  try {
    begun = await run.begin('schedule', () => calendar.toSunday())
    await until('the replica has stood still', signal, () => performance.now() - pausedAt >= STANDSTILL_MS)
  } finally {
    await replica.resumeReplay()
  }
  const stoodStill = performance.now() - pausedAt
  const published = await until('it is published', signal, () => witness.published(begun.version))
  const waited = published.at - pausedAt >= stoodStill
  const rotation = await run.finish(begun, {
    scene: () =>
      `the replica stood still for ${seconds(stoodStill)}: ` +
      (waited ? 'publishing waited until it accepts the new password' : 'publishing did not wait for it'),
  })
  tell({ is: 'rotation over', rotation })
}
