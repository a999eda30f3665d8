import { describe, expect, it } from 'vitest'
import { inOrder } from '../../lambdas/inventory/in-order.ts'

const AHEAD = { atOnce: 2, waiting: 3 }

async function* from<T>(...elements: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* elements
}

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

async function all<T>(results: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const result of results) found.push(result)
  return found
}

describe('results in order', () => {
  it('come in the order of their elements, whichever is ready first', async () => {
    const slow = gate()
    const results = inOrder(from(1, 2, 3), AHEAD, async (element) => {
      if (element === 1) await slow.opened
      if (element === 3) slow.open()
      return element * 10
    })
    expect(await all(results)).toEqual([10, 20, 30])
  })

  it('come while the source is still busy with the next element', async () => {
    const more = gate()
    async function* source() {
      yield 1
      await more.opened
      yield 2
    }
    const results = inOrder(source(), AHEAD, async (element) => element)
    expect(await results.next()).toEqual({ done: false, value: 1 })
    more.open()
    expect(await all(results)).toEqual([2])
  })

  it('keep at work beside one that is slow, until enough of them wait for it', async () => {
    const slow = gate()
    const begun: number[] = []
    const results = inOrder(from(1, 2, 3, 4, 5), AHEAD, async (element) => {
      begun.push(element)
      if (element === 1) await slow.opened
      return element
    })
    const first = results.next()
    await new Promise(setImmediate)
    expect(begun).toEqual([1, 2, 3])
    slow.open()
    expect(await first).toEqual({ done: false, value: 1 })
    expect(await all(results)).toEqual([2, 3, 4, 5])
  })

  it('come before the failure of a piece of work, which comes in its turn', async () => {
    const found: number[] = []
    const taking = async () => {
      for await (const result of inOrder(from(1, 2, 3), AHEAD, async (element) => {
        if (element === 2) throw new Error('two')
        return element
      }))
        found.push(result)
    }
    await expect(taking()).rejects.toThrow('two')
    expect(found).toEqual([1])
  })

  it('are none of an empty source, and its failure is told', async () => {
    expect(await all(inOrder(from<number>(), AHEAD, (element) => element))).toEqual([])
    async function* broken(): AsyncGenerator<number, void, undefined> {
      yield* from<number>()
      throw new Error('broken')
    }
    await expect(all(inOrder(broken(), AHEAD, (element) => element))).rejects.toThrow('broken')
  })
})
