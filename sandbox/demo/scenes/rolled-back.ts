import { ask } from '../ask.ts'
import type { RolledBackFacts } from '../facts.ts'
import { until } from '../wait.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000
const REASON = 'errors since the rotation'

/** Hours after a rotation somebody takes the new credential for the cause of an incident, and goes back. The one that was published drains now, and is retired. */
export async function rolledBack(stage: Stage): Promise<RolledBackFacts> {
  const { run, sandbox, calendar, signal, tell } = stage
  const { crew, secretId } = run.options
  const begun = await run.begin('schedule', () => calendar.toSunday())
  const { before, version: published } = begun
  let cameAlong = 0
  const rotation = await run.finish(begun, {
    async course() {
      await calendar.pass(3 * HOUR_MS)
      cameAlong = crew?.on(published).there ?? 0
      await ask(sandbox, 'overlap-operate', { action: 'rollback', secret: secretId, reason: REASON })
      await until('the version before is current again', signal, async () => {
        return (await run.current()).versionId === before.versionId
      })
      const back = run.retirement(published, before.versionId)
      await back.rollOut()
      await back.drain()
      await back.quarantine()
      return back
    },
    scene: () =>
      `on-call took it for the cause of an incident: overlap rollback shop/app. ${before.username} is AWSCURRENT again, ` +
      `${crew?.on(before.versionId).there} of ${crew?.on(before.versionId).running} tasks and pods are back on it, and ${begun.version.slice(0, 8)} was retired`,
  })
  tell({ is: 'rotation over', rotation })
  const { running = 0, there: cameBack = 0 } = crew?.on(before.versionId) ?? {}
  const after = (await run.current()).versionId
  return {
    before: before.versionId,
    published,
    after,
    running,
    cameAlong,
    cameBack,
    failed: rotation.failed,
  }
}
