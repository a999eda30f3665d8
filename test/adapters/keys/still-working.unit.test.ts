import { describe, expect, it } from 'vitest'
import { refusal } from '../../contracts/fence.ts'
import type { RigOptions } from './rig.ts'
import { rotated } from './rotated.ts'

async function asking(given: RigOptions = {}) {
  const all = await rotated(given)
  return { ...all, stillWorks: () => all.retirer().stillWorks?.(all.first) }
}

describe('a key that was taken out of use', () => {
  it('works no more once several answers in a row do not accept it', async () => {
    const { server, first, stillWorks, slept } = await asking()
    server.setActive(first.keyId, false)
    slept.length = 0
    expect(await stillWorks()).toBe(false)
    expect(slept).toEqual([500, 500, 500, 500])
  })

  it('is waited for as long as one front end may not know of it', async () => {
    const { server, first, stillWorks } = await asking({ propagationMs: 20_000 })
    server.setActive(first.keyId, false)
    expect(await stillWorks()).toBe(false)
  })

  it('works where it is accepted for longer than anything is late', async () => {
    const { stillWorks, slept } = await asking()
    slept.length = 0
    expect(await stillWorks()).toBe(true)
    expect(slept.reduce((sum, ms) => sum + ms)).toBe(120_000)
  })

  it('may work, for all that is known when the time is up', async () => {
    const { stillWorks } = await asking({ remaining: () => 400 })
    await expect(stillWorks()).rejects.toEqual(refusal('TIME_UP'))
  })
})
