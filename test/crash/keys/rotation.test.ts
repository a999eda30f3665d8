import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { steps } from '../../../lambdas/rotation/event.ts'
import type { Clock } from '../../../sandbox/clock.ts'
import type { Fate } from '../lane.ts'
import { momentsOf, withFault } from '../moments.ts'
import { iamKeeper } from './iam.ts'
import { bundlesInFolder, type KeyLane, lanesFor } from './lane.ts'
import { type ProviderTraits, providerKeeper } from './provider.ts'
import { type KeySubject, startKeySubject } from './subject.ts'
import { atEveryWrite, faults, type Write, withFaultAt, writesIn } from './writes.ts'

const bundled = bundlesInFolder(['iam-access-key', 'http-api-key'])
afterAll(bundled.remove)

/** What the retry that comes at once may be refused for: it waits for a call that may be minting still, for the sweep, or for an engineer. */
const patient = ['ORPHAN_KEY', 'FOREIGN_KEY', 'LABELS_MOVED']

const isRotated = (subject: KeySubject, outgoing: string) => async () =>
  (await subject.current()) !== outgoing

/** Tried again at once, and then by the sweep, hours later. */
async function tryAgain(subject: KeySubject, outgoing: string): Promise<void> {
  if (await isRotated(subject, outgoing)()) return
  const { outcome, errorType = '' } = await subject.rotate()
  if (outcome === 'succeeded') return
  expect(patient).toContain(errorType)
  await subject.expectUsable(outgoing)
  await subject.hoursLater(isRotated(subject, outgoing))
  // What waited for longer than a day is given up, and the next run of a schedule begins anew.
  const labels = await subject.labels()
  if (labels.get('AWSCURRENT') === outgoing && !labels.has('AWSPENDING')) await subject.rotate()
}

/** It ends where a rotation without a fault ends: two keys, both of which work, and `others`. */
async function expectRotated(
  subject: KeySubject,
  outgoing: string,
  others: readonly string[] = [],
): Promise<void> {
  const labels = await subject.labels()
  const current = labels.get('AWSCURRENT') ?? ''
  expect(current).not.toBe(outgoing)
  expect(labels.get('DRAINING')).toBe(outgoing)
  expect(labels.get('AWSPENDING') ?? current).toBe(current)
  await subject.expectUsable(outgoing)
  const expected = [await subject.keyOf(outgoing), await subject.keyOf(current), ...others].sort()
  expect(await subject.keyIds()).toEqual(expected)
  const keys = await subject.account.keys()
  expect(keys.filter(({ active }) => !active)).toEqual([])
}

describe.each([
  { who: 'IAM', keeperBy: iamKeeper },
  { who: 'a provider', keeperBy: (clock: Clock) => providerKeeper(clock) },
])('a rotation of a key of $who', ({ keeperBy }) => {
  let lanes: readonly KeyLane[] = []
  let moments: readonly string[] = []
  beforeAll(async () => {
    lanes = await lanesFor(await bundled.files, keeperBy)
    for (const lane of lanes.slice(0, 1)) {
      const subject = await startKeySubject(lane)
      moments = await momentsOf(lane, () => subject.rotate())
    }
  })
  afterAll(() => Promise.all(lanes.map((lane) => lane.close())))

  it.each(faults)(
    'that is %s any write leaves nothing behind, and goes on',
    async (fault) => {
      const run = async (lane: KeyLane, write: Write) => {
        const subject = await startKeySubject(lane)
        const outgoing = await subject.current()
        await withFaultAt(lane, { fault, write }, () => subject.rotate())
        await subject.expectUsable(outgoing)
        await tryAgain(subject, outgoing)
        await expectRotated(subject, outgoing)
      }
      expect(await atEveryWrite(lanes, writesIn(moments), run)).toEqual([])
    },
    240_000,
  )

  it('that is killed while it mints touches no key that an engineer makes in between', async () => {
    const made = new Set<string>()
    const killed = (fault: 'killed before' | 'killed after') => async (lane: KeyLane, write: Write) => {
      const subject = await startKeySubject(lane)
      const outgoing = await subject.current()
      const { account } = subject
      await withFaultAt(lane, { fault, write }, () => subject.rotate())
      const theirs = await account.make()
      made.add(theirs === undefined ? 'no room' : 'made')
      if (theirs === undefined) {
        await tryAgain(subject, outgoing)
        return expectRotated(subject, outgoing)
      }
      // Otherwise it may be taken for the one whose answer got lost.
      expect(await account.accepts(theirs)).toBe(true)
      await tryAgain(subject, outgoing)
      expect(await subject.current()).toBe(outgoing)
      expect(await account.accepts(theirs)).toBe(true)
      const ids = [await subject.keyOf(outgoing), account.keyId(theirs)].sort()
      expect(await subject.keyIds()).toEqual(ids)
      await subject.expectUsable(outgoing)
      await account.remove(account.keyId(theirs))
      await tryAgain(subject, outgoing)
      await expectRotated(subject, outgoing)
    }
    const minting = writesIn(moments.slice(0, moments.indexOf('PutSecretValue') + 1))
    expect(await atEveryWrite(lanes, minting.slice(0, 1), killed('killed before'))).toEqual([])
    expect(await atEveryWrite(lanes, minting, killed('killed after'))).toEqual([])
    expect([...made].sort()).toEqual(['made', 'no room'])
  }, 240_000)

  it('whose first step comes twice at once, and whose steps come late, has one key', async () => {
    for (const lane of lanes.slice(0, 1)) {
      const subject = await startKeySubject(lane)
      const outgoing = await subject.current()
      await withFault(lane, { fault: 'killed after', at: 1 }, () => subject.rotate())
      const token = (await subject.labels()).get('AWSPENDING') ?? ''
      await Promise.all([subject.deliver('createSecret', token), subject.deliver('createSecret', token)])
      await subject.expectUsable(outgoing)
      await tryAgain(subject, outgoing)
      await expectRotated(subject, outgoing)
      for (const step of steps) await subject.deliver(step, token)
      expect(await subject.current()).toBe(token)
      await expectRotated(subject, outgoing)
    }
  })

  it('refuses beside a key of an engineer, and makes none', async () => {
    for (const lane of lanes.slice(0, 1)) {
      const subject = await startKeySubject(lane)
      const theirs = (await subject.account.make()) ?? {}
      const before = await subject.keyIds()
      const { errorType, errorMessage } = await subject.rotate()
      expect(errorType).toBe('FOREIGN_KEY')
      expect(errorMessage).toContain(subject.account.keyId(theirs))
      expect(await subject.keyIds()).toEqual(before)
      expect(await subject.account.accepts(theirs)).toBe(true)
    }
  })
})

describe.each<{ readonly like: string; readonly traits: ProviderTraits }>([
  { like: 'for the key of an engineer', traits: { mostKeys: 3 } },
  {
    like: 'for many, disables none and tells of no use',
    traits: { mostKeys: 10, isSparing: true },
  },
])('a rotation of a key of a provider that has room $like', ({ traits }) => {
  let lanes: readonly KeyLane[] = []
  let moments: readonly string[] = []
  beforeAll(async () => {
    lanes = await lanesFor(await bundled.files, (clock) => providerKeeper(clock, traits))
    for (const lane of lanes.slice(0, 1)) {
      const subject = await startKeySubject(lane)
      moments = await momentsOf(lane, () => subject.rotate())
    }
  })
  afterAll(() => Promise.all(lanes.map((lane) => lane.close())))

  it.each(faults)(
    'and that is %s any write leaves that alone, and nothing behind',
    async (fault) => {
      const run = async (lane: KeyLane, write: Write) => {
        const subject = await startKeySubject(lane)
        const outgoing = await subject.current()
        const theirs = (await subject.account.make()) ?? {}
        await withFaultAt(lane, { fault, write }, () => subject.rotate())
        await subject.expectUsable(outgoing)
        await tryAgain(subject, outgoing)
        await expectRotated(subject, outgoing, [subject.account.keyId(theirs)])
        expect(await subject.account.accepts(theirs)).toBe(true)
      }
      expect(await atEveryWrite(lanes, writesIn(moments), run)).toEqual([])
    },
    240_000,
  )

  it('whose first step comes twice at once, and mints twice, leaves nothing behind, also when it is killed at any write', async () => {
    const minted = new Set<number>()
    const run = (fault: Fate) => async (lane: KeyLane, write: Write) => {
      const subject = await startKeySubject(lane)
      const outgoing = await subject.current()
      await withFault(lane, { fault: 'killed after', at: 1 }, () => subject.rotate())
      const token = (await subject.labels()).get('AWSPENDING') ?? ''
      const twice = () =>
        Promise.all([subject.deliver('createSecret', token), subject.deliver('createSecret', token)])
      await withFaultAt(bothAt(lane, 'create'), { fault, write }, twice)
      minted.add((await subject.keyIds()).length - 1)
      await subject.expectUsable(outgoing)
      await tryAgain(subject, outgoing)
      const first = await subject.current()
      expect(first).not.toBe(outgoing)
      await subject.expectUsable(outgoing)

      await subject.endDrain(outgoing)
      await tryAgain(subject, first)
      await expectRotated(subject, first)
    }
    const twice = writesIn(['create', 'create', 'PutSecretValue', 'PutSecretValue'])
    for (const fault of faults) expect(await atEveryWrite(lanes, twice, run(fault))).toEqual([])
    expect(minted).toContain(2)
  }, 240_000)
})

/** A call of this name is held until there is a second one. */
function bothAt(lane: KeyLane, name: string): KeyLane {
  let open = () => {}
  const both = new Promise<void>((resolve) => {
    open = resolve
  })
  let seen = 0
  return {
    ...lane,
    get events() {
      return lane.events
    },
    arm: (fateOf = () => 'pass') =>
      lane.arm(async (moment) => {
        if (moment.name === name) {
          seen += 1
          if (seen === 2) open()
          await both
        }
        return fateOf(moment)
      }),
  }
}
