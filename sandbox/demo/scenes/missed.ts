import type { MissedFacts } from '../facts.ts'
import type { Stage } from './stage.ts'

const MINUTE_MS = 60_000
const SILENCE = 'overlap-sweep-silent'

/** EventBridge Scheduler is out of order from Sunday 02:30 until Monday morning. The first pass after that makes up for the run. */
export async function missedRun({ run, sandbox, calendar, witness, tell }: Stage): Promise<MissedFacts> {
  const due = calendar.nextSunday()
  await calendar.to(due - 30 * MINUTE_MS)
  await sandbox.settled()
  const known = run.tokens().length
  sandbox.scheduler.suspend()
  // Minute by minute: what is silent for a jump of the clock is not silent.
  for (let minute = 0; minute < 45; minute++) await calendar.pass(MINUTE_MS)
  await calendar.to(due + 30 * 60 * MINUTE_MS)
  await sandbox.settled()
  const missed: MissedFacts = {
    begunMeanwhile: run.tokens().length - known,
    alarmTold: witness.messagesAbout(`ALARM: "${SILENCE}"`).length > 0,
  }
  sandbox.scheduler.resume()
  const begun = await run.begin('make-up', () => calendar.toNextPass())
  const rotation = await run.finish(begun, {
    scene: () =>
      `the scheduler was out of order at ${calendar.day(due)}${missed.alarmTold ? `, and ${SILENCE} rang` : ''}: the next pass made up for the run`,
  })
  tell({ is: 'rotation over', rotation })
  return missed
}
