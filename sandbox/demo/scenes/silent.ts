import type { SilentFacts } from '../facts.ts'
import { beginReport } from '../report.ts'
import { secretReader } from '../secret-reader.ts'
import { names, toldAbout } from './people.ts'
import { hours, type Stage } from './stage.ts'

const APPLICATION = 'nightly-report'
const NAME = `${APPLICATION}@127.0.0.1`
const OWNER = 'team-shop'

/** A client that nobody declared goes on with the old credential, in one long transaction. It blocks the retirement, is told by name, and comes to its end. */
export async function silentConsumer(stage: Stage): Promise<SilentFacts> {
  const { run, sandbox, calendar, tell } = stage
  const read = secretReader(sandbox.client, sandbox.secret)
  const { ca } = sandbox.postgres
  const report = await beginReport({ name: APPLICATION, read, ca, pauseMs: 100, tally: run.tally })
  let [message, disabledMeanwhile, endedAt]: [readonly string[], boolean, number] = [[], true, Number.NaN]
  try {
    const begun = await run.begin('schedule', () => calendar.toSunday())
    const rotation = await run.finish(begun, {
      async course(retirement) {
        await retirement.late()
        message = await toldAbout(stage, 'STILL_USED')
        const about = `${APPLICATION}, which nobody declared, keeps the old credential:`
        tell({ is: 'message', about, lines: [...message.slice(0, 2), ...naming(message).slice(0, 1)] })
        disabledMeanwhile = retirement.isDisabled()
        await report.commit()
        endedAt = sandbox.clock.now()
        await retirement.drain()
        await retirement.quarantine()
        return retirement
      },
      scene: ({ retirement, at }) =>
        disabledMeanwhile
          ? `${APPLICATION} was in a transaction: retirement did not wait for it`
          : `${APPLICATION} ended after ${hours(endedAt - at)}; then it was quiet for ${hours((retirement?.disabledAt ?? Number.NaN) - endedAt)}, and disabled`,
    })
    tell({ is: 'rotation over', rotation })
    return {
      name: NAME,
      message,
      named: {
        secret: names(message, 'shop/app'),
        owner: names(message, OWNER),
        consumer: naming(message).length > 0,
      },
      disabledMeanwhile,
      quietMs: (rotation.retirement?.disabledAt ?? Number.NaN) - endedAt,
    }
  } finally {
    await report.commit()
  }
}

function naming(message: readonly string[]): readonly string[] {
  return message.filter((line) => line.includes(NAME)).map((line) => line.trim())
}
