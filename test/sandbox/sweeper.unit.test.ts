import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { movableClock } from '../../sandbox/clock.ts'
import { startSweeper } from '../../sandbox/sweeper.ts'

/** A sweeper whose passes end when the test says so. */
function sweeperUnderTest() {
  const clock = movableClock(0)
  const open: (() => void)[] = []
  let begun = 0
  const sweeper = startSweeper({
    clock,
    everyMs: 500,
    pass: () => {
      begun += 1
      return new Promise((resolve) => open.push(resolve))
    },
  })
  const end = async () => {
    open.shift()?.()
    await setImmediate()
  }
  return { clock, sweeper, end, begun: () => begun }
}

describe('the sweeper', () => {
  it('makes a pass every interval, counted from the end of the last one', async () => {
    const { clock, end, begun } = sweeperUnderTest()

    clock.advance(500)
    expect(begun()).toBe(1)
    clock.advance(5_000)
    expect(begun()).toBe(1)
    await end()
    clock.advance(499)
    expect(begun()).toBe(1)
    clock.advance(1)
    expect(begun()).toBe(2)
  })

  it('makes a pass at once when it is woken', () => {
    const { sweeper, begun } = sweeperUnderTest()

    sweeper.wake()

    expect(begun()).toBe(1)
  })

  it('makes exactly one further pass for all that woke it during a pass', async () => {
    const { sweeper, end, begun } = sweeperUnderTest()
    sweeper.wake()

    sweeper.wake()
    sweeper.wake()
    expect(begun()).toBe(1)
    await end()
    expect(begun()).toBe(2)
    await end()
    expect(begun()).toBe(2)
  })

  it('stops only after the pass under way, and begins no other', async () => {
    const { clock, sweeper, end, begun } = sweeperUnderTest()
    sweeper.wake()
    sweeper.wake()
    let stopped = false

    const stopping = sweeper.stop().then(() => {
      stopped = true
    })
    await setImmediate()
    expect(stopped).toBe(false)
    await end()
    await stopping
    sweeper.wake()
    clock.advance(10_000)

    expect(begun()).toBe(1)
    expect(clock.pending()).toBe(0)
  })
})
