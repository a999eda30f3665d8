import { describe, expect, it } from 'vitest'
import { pace } from '../../lambdas/sweep/pace.ts'

function paced(perMinute: number, spareMs = Number.POSITIVE_INFINITY) {
  const clock = { now: 0 }
  const slept: number[] = []
  const sleep = async (ms: number) => {
    slept.push(ms)
    clock.now += ms
  }
  const spare = () => spareMs - clock.now
  return { clock, slept, ...pace({ perMinute, now: () => clock.now, sleep, spare }) }
}

describe('the pace of requests', () => {
  it('lets the first one through at once, and each further one after its interval', async () => {
    const { turn, take, slept } = paced(60)
    for (let request = 0; request < 4; request++) expect([await turn(), take()]).toEqual([true, true])
    expect(slept).toEqual([1000, 1000, 1000])
  })

  it('waits only for what is left of the interval', async () => {
    const { turn, take, slept, clock } = paced(120)
    take()
    clock.now += 400
    expect(await turn()).toBe(true)
    expect(slept).toEqual([100])
  })

  it('waits for nobody who asked for nothing', async () => {
    const { turn, take, slept } = paced(1)
    for (let visit = 0; visit < 5; visit++) await turn()
    expect(slept).toEqual([])
    expect(take()).toBe(true)
  })

  it('refuses whoever does not wait', () => {
    const { take, clock } = paced(60)
    expect([take(), take()]).toEqual([true, false])
    clock.now += 999
    expect(take()).toBe(false)
    clock.now += 1
    expect(take()).toBe(true)
  })

  it('waits again when it was woken too early', async () => {
    const clock = { now: 0 }
    const sleep = async (ms: number) => {
      clock.now += Math.ceil(ms / 2)
    }
    const { turn, take } = pace({ perMinute: 60, now: () => clock.now, sleep, spare: () => 60_000 })
    take()
    await turn()
    expect(clock.now).toBeGreaterThanOrEqual(1000)
  })

  it('gives up, and does not sleep, where the time does not reach so far', async () => {
    const { turn, take, slept } = paced(60, 999)
    expect(take()).toBe(true)
    expect(await turn()).toBe(false)
    expect(slept).toEqual([])
  })

  it('begins nothing when there is no time at all', async () => {
    expect(await paced(60, 0).turn()).toBe(false)
  })
})
