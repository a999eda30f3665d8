import { describe, expect, it } from 'vitest'
import { awsClock } from '../../../cli/inventory/aws-clock.ts'
import { begun } from '../../../cli/inventory/begun.ts'
import { NOW } from './entries.ts'

const MINUTE_MS = 60_000
const client = (systemClockOffset: number) => ({ config: { systemClockOffset } })

describe("AWS's clock", () => {
  it('is as the first client knows it that was answered', () => {
    const clients = [client(0), client(7 * MINUTE_MS), client(9 * MINUTE_MS)]
    expect(awsClock(clients, NOW).now()).toBe(NOW + 7 * MINUTE_MS)
  })

  it("is this machine's until AWS has told it, and then stays", () => {
    const asked = client(0)
    const clock = awsClock([asked], NOW)
    expect([clock.now(), clock.difference()]).toEqual([NOW, undefined])
    asked.config.systemClockOffset = -MINUTE_MS
    expect(clock.now()).toBe(NOW - MINUTE_MS)
    asked.config.systemClockOffset = 5 * MINUTE_MS
    expect([clock.now(), clock.difference()]).toEqual([NOW - MINUTE_MS, undefined])
  })

  it.each([
    [4.99, undefined],
    [5, "the clock of this machine is 5 minutes behind AWS's; ages are by AWS's"],
    [40 * 1440 - 0.01, "the clock of this machine is 40 days behind AWS's; ages are by AWS's"],
    [-4.99, undefined],
    [-120, "the clock of this machine is 2 hours ahead of AWS's; ages are by AWS's"],
  ])('is %d minutes ahead: %s', (minutes, says) => {
    expect(awsClock([client(minutes * MINUTE_MS)], NOW).difference()).toBe(says)
  })
})

describe('a source that is begun', () => {
  async function* source(log: string[], fails?: Error) {
    try {
      await new Promise(setImmediate)
      log.push('first')
      if (fails) throw fails
      yield 1
      log.push('second')
      yield 2
    } finally {
      log.push('closed')
    }
  }

  async function all(elements: AsyncIterable<number>): Promise<readonly number[]> {
    const found: number[] = []
    for await (const element of elements) found.push(element)
    return found
  }

  it('has fetched its first element, and no other, and gives all of them', async () => {
    const log: string[] = []
    const elements = await begun(source(log))
    expect(log).toEqual(['first'])
    expect(await all(elements)).toEqual([1, 2])
  })

  it('fails when it is taken', async () => {
    const elements = await begun(source([], new Error('refused')))
    await expect(all(elements)).rejects.toThrow('refused')
  })

  it('is closed by whoever takes no more', async () => {
    const log: string[] = []
    for await (const element of await begun(source(log))) if (element === 1) break
    expect(log).toEqual(['first', 'closed'])
  })
})
