import { beginReport } from '../report.ts'
import { secretReader } from '../secret-reader.ts'
import { until } from '../wait.ts'
import type { Stage } from './stage.ts'

/** A transaction that outlives the drain keeps its session: the old user is retired only after it. */
export async function reportHoldsOn(stage: Stage): Promise<void> {
  const { run, sandbox, calendar, signal, witness, tell } = stage
  const read = secretReader(sandbox.client, sandbox.secret)
  const { ca } = sandbox.postgres
  const report = await beginReport({ name: 'report-1', read, ca, pauseMs: 100, tally: run.tally })
  let committedAt = Number.POSITIVE_INFINITY
  try {
    const begun = await run.begin('schedule', () => calendar.toSunday())
    const old = begun.before.versionId
    const refusals = () =>
      witness.works('disable', old).filter(({ reason }) => reason === 'STILL_USED').length
    const rotation = await run.finish(begun, {
      async beforeRetirement() {
        await until('the retirement finds the report', signal, () => refusals() === 1)
        await calendar.toNextPass()
        await until('the retirement finds it again', signal, () => refusals() === 2)
        await report.commit()
        committedAt = performance.now()
        await calendar.toNextPass()
      },
      scene: () =>
        (witness.done('disable', old)?.at ?? 0) > committedAt
          ? `report-1 was in a transaction for a day: retirement found it ${refusals()} times (STILL_USED), and waited`
          : 'report-1 was in a transaction: retirement did not wait for it',
    })
    tell({ is: 'rotation over', rotation })
  } finally {
    await report.commit()
  }
}
