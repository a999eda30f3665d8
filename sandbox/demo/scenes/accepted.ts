import pg from 'pg'
import { ask } from '../ask.ts'
import { connection } from '../connection.ts'
import type { AcceptedFacts } from '../facts.ts'
import type { Stage } from './stage.ts'

const APPLICATION = 'psql'
const NAME = `${APPLICATION}@127.0.0.1`
/** Six hours apart: as many as a drain has. */
const LOOKS = 4
const REASON = 'a terminal that somebody left open'

/** A session that is open and asks for nothing holds a retirement up like any other, until a person accepts its name. */
export async function acceptedByName(stage: Stage): Promise<AcceptedFacts> {
  const { run, sandbox, calendar, tell } = stage
  const session = new pg.Client(
    connection(await run.current(), { name: APPLICATION, ca: sandbox.postgres.ca }),
  )
  session.on('error', () => {})
  await session.connect()
  let [inTheWay, disabledBefore]: [readonly string[], boolean] = [[], true]
  try {
    const begun = await run.begin('schedule', () => calendar.toSunday())
    const secret = run.options.secretId
    const rotation = await run.finish(begun, {
      expectedRung: 'accepted',
      async course(retirement) {
        await retirement.look(LOOKS)
        await calendar.toNextPass()
        await sandbox.settled()
        const asked = await ask(sandbox, 'overlap-operate', { action: 'retire', secret })
        inTheWay = asked.information ?? []
        disabledBefore = retirement.isDisabled()
        await ask(sandbox, 'overlap-operate', { action: 'retire', secret, despite: [NAME], reason: REASON })
        retirement.noteDisabled()
        await retirement.quarantine()
        return retirement
      },
      scene: () =>
        `${APPLICATION}, left open with the old credential, is seen by every look, until a person accepts it: overlap retire shop/app --despite ${NAME}`,
    })
    tell({ is: 'rotation over', rotation })
    return { name: NAME, inTheWay, disabledBefore }
  } finally {
    await session.end().catch(() => {})
  }
}
