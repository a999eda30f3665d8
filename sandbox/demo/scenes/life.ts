import { crewed } from '../crew.ts'
import { rungWords } from '../rung-words.ts'
import type { Stage } from './stage.ts'

/** A rotation as every week, told from its beginning to its end. */
export async function wholeLife({ run, calendar, tell }: Stage): Promise<void> {
  const begun = await run.begin('schedule', () => calendar.toSunday())
  let rolledOut = Number.NaN
  const rotation = await run.finish(begun, {
    async course(retirement) {
      rolledOut = retirement.rolledOutAt ?? Number.NaN
      await retirement.drain()
      await retirement.quarantine()
      return retirement
    },
    scene({ retirement }) {
      if (retirement === undefined) return 'nothing was retired'
      const day = (moment: number) => calendar.day(moment)
      return (
        `rolled out to ${Object.keys(crewed).join(', ')} by ${day(rolledOut)}; the old credential disabled on ${day(retirement.disabledAt)}, ` +
        `proof ${rungWords(retirement)}; removed on ${day(retirement.removedAt)}`
      )
    },
  })
  tell({ is: 'rotation over', rotation })
}
