import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../../../sandbox/clock.ts'
import { momentsOf } from '../moments.ts'
import { iamKeeper } from './iam.ts'
import { bundlesInFolder, type KeyLane, lanesFor } from './lane.ts'
import { providerKeeper } from './provider.ts'
import { type KeySubject, startKeySubject } from './subject.ts'
import { atEveryWrite, faults, type Write, withFaultAt, writesIn } from './writes.ts'

const bundled = bundlesInFolder(['iam-access-key', 'http-api-key'])
afterAll(bundled.remove)

describe.each([
  { who: 'IAM', keeperBy: iamKeeper },
  { who: 'a provider', keeperBy: (clock: Clock) => providerKeeper(clock) },
])('the retirement of a key of $who', ({ keeperBy }) => {
  let lanes: readonly KeyLane[] = []
  let moments: readonly string[] = []
  beforeAll(async () => {
    lanes = await lanesFor(await bundled.files, keeperBy)
    for (const lane of lanes.slice(0, 1)) {
      const { subject, replaced } = await draining(lane)
      moments = await momentsOf(lane, () => subject.endDrain(replaced))
    }
  })
  afterAll(() => Promise.all(lanes.map((lane) => lane.close())))

  /** A subject whose first version drains. */
  async function draining(lane: KeyLane): Promise<{ subject: KeySubject; replaced: string }> {
    const subject = await startKeySubject(lane)
    const replaced = await subject.current()
    expect(await subject.rotate()).toMatchObject({ outcome: 'succeeded' })
    return { subject, replaced }
  }

  it.each(faults)(
    'that is %s any write ends no key but that one, and asking again completes it',
    async (fault) => {
      const writes = writesIn(moments)
      const run = async (lane: KeyLane, write: Write) => {
        const { subject, replaced } = await draining(lane)
        const { account } = subject
        const id = await subject.keyOf(replaced)
        await withFaultAt(lane, { fault, write }, () => subject.endDrain(replaced).catch(() => {}))
        expect(await account.accepts(await subject.value(await subject.current()))).toBe(true)
        const found = (await account.keys()).find((key) => key.id === id)
        expect(await account.accepts(await subject.value(replaced))).toBe(found?.active === true)
        // Nothing is deleted before it was out of use for a whole quarantine.
        const order = writes.map(({ name }) => name)
        const ended = order.findIndex((name) => name === 'DeleteAccessKey' || name === 'remove')
        if (fault !== 'cut after' && writes.indexOf(write) < ended) expect(found).toBeDefined()

        if ((await subject.labels()).has('DRAINING')) await subject.endDrain(replaced)
        expect((await subject.labels()).has('DRAINING')).toBe(false)
        expect(await subject.keyIds()).toEqual([await subject.keyOf(await subject.current())])
        await subject.expectUsable()
      }
      expect(await atEveryWrite(lanes, writes, run)).toEqual([])
    },
    240_000,
  )
})
