import { describe, expect, it } from 'vitest'
import { HASTE_MS, promptly } from '../../../lambdas/adapters/keys/promptly.ts'
import { passes, refusal } from '../../contracts/fence.ts'
import { rig } from './rig.ts'

/** Each look at the keys takes so long. */
function looking(...tookMs: readonly number[]) {
  const { clock, madeByHand, options, place } = rig()
  const of = madeByHand()
  const done: string[] = []
  let looks = 0
  const slow = {
    ...options(),
    place: {
      ...place(),
      keys: async () => {
        done.push('look')
        clock.now += tookMs[looks++] ?? 0
        return []
      },
    },
  }
  const writing =
    (name: string, ms = 0) =>
    async () => {
      done.push(name)
      clock.now += ms
    }
  return { of, slow, done, writing }
}

describe('what is written because of a look', () => {
  it('is written after the labels were read, and the keys after them', async () => {
    const { of, slow, done, writing } = looking()
    await promptly(slow, of, writing('check'), () => [writing('one'), writing('two')])
    expect(done).toEqual(['check', 'look', 'one', 'two'])
  })

  it('is decided once more when the look took too long', async () => {
    const { of, slow, done, writing } = looking(HASTE_MS + 1, HASTE_MS)
    await promptly(slow, of, writing('check'), () => [writing('write')])
    expect(done).toEqual(['check', 'look', 'check', 'look', 'write'])
  })

  it('is decided once more when it took too long to read the labels', async () => {
    const { of, slow, done, writing } = looking()
    let isFirst = true
    const check = async () => {
      await writing('check', isFirst ? HASTE_MS + 1 : 0)()
      isFirst = false
    }
    await promptly(slow, of, check, () => [writing('write')])
    expect(done).toEqual(['check', 'look', 'check', 'look', 'write'])
  })

  it('is not written when looks take too long', async () => {
    const { of, slow, done, writing } = looking(HASTE_MS + 1, HASTE_MS + 1)
    await expect(promptly(slow, of, passes, () => [writing('write')])).rejects.toEqual(refusal('TIME_UP'))
    expect(done).toEqual(['look', 'look'])
  })

  it('is not completed when its first half took too long', async () => {
    const { of, slow, done, writing } = looking()
    const writes = [writing('slow', HASTE_MS + 1), writing('late')]
    await expect(promptly(slow, of, passes, () => writes)).rejects.toEqual(refusal('TIME_UP'))
    expect(done).toEqual(['look', 'slow'])
  })

  it('may be nothing, however long the look took', async () => {
    const { of, slow, done } = looking(HASTE_MS + 1)
    await promptly(slow, of, passes, () => [])
    expect(done).toEqual(['look'])
  })
})
