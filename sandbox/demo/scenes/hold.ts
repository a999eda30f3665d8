import { ask } from '../ask.ts'
import type { HeldFacts } from '../facts.ts'
import type { Stage } from './stage.ts'

const HOUR_MS = 3_600_000
const REASON = 'stocktaking'

/** Somebody holds the secret's rotations over the week-end. The run waits, and comes when the hold is over. */
export async function hold({ run, sandbox, calendar, tell }: Stage): Promise<HeldFacts> {
  const { secretId } = run.options
  const due = calendar.nextSunday()
  const until = due + 33 * HOUR_MS
  await ask(sandbox, 'overlap-operate', {
    action: 'hold',
    secret: secretId,
    until: new Date(until).toISOString(),
    reason: REASON,
  })
  const known = run.tokens().length
  await calendar.toSunday()
  await sandbox.settled()
  const held: HeldFacts = { reason: REASON, begunMeanwhile: run.tokens().length - known }
  const begun = await run.begin('make-up', () => calendar.to(until))
  const rotation = await run.finish(begun, {
    scene: () =>
      held.begunMeanwhile === 0
        ? `on hold until ${calendar.day(until)} (${REASON}): the pass of ${calendar.day(due)} asked for nothing, that of the hold's end did`
        : `a hold (${REASON}) put nothing off`,
  })
  tell({ is: 'rotation over', rotation })
  return held
}
