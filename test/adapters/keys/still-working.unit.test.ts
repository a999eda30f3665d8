import { describe, expect, it } from 'vitest'
import { keyRetirer } from '../../../lambdas/adapters/keys/retirer.ts'
import { refusal } from '../../contracts/fence.ts'
import type { RigOptions } from './rig.ts'
import { rotated } from './rotated.ts'

const taggedLeaked = (since: number) =>
  ({ secret: 'shop/robot', versionId: 'v1', state: 'leaked', since }) as const

async function asking(given: RigOptions = {}) {
  const all = await rotated(given)
  return { ...all, stillWorks: (justEnded = true) => all.retirer().stillWorks?.(all.first, { justEnded }) }
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
    const { server, first, stillWorks } = await asking({ propagationMs: 10_000 })
    server.setActive(first.keyId, false)
    expect(await stillWorks()).toBe(false)
  })

  it('works where it is accepted for longer than anything is late', async () => {
    const { stillWorks, slept } = await asking()
    slept.length = 0
    expect(await stillWorks()).toBe(true)
    expect(slept.reduce((sum, ms) => sum + ms)).toBe(20_000)
  })

  it.each([false, true])(
    'works at once where all know what it is: on record as leaked: %s',
    async (leaked) => {
      const { stillWorks, slept, server, first, clock } = await asking()
      if (leaked) server.tag('robot', first.keyId, taggedLeaked(clock.now - 120_001))
      slept.length = 0
      expect(await stillWorks(leaked)).toBe(true)
      expect(slept).toEqual([500, 500, 500, 500])
    },
  )

  it('is waited for where the record says only lately that it leaked', async () => {
    const { stillWorks, slept, server, first, clock } = await asking()
    server.tag('robot', first.keyId, taggedLeaked(clock.now - 90_000))
    slept.length = 0
    expect(await stillWorks()).toBe(true)
    expect(slept.reduce((sum, ms) => sum + ms)).toBe(20_000)
  })

  it('works where the last answer accepts it, and not where only the last refuses it', async () => {
    const { options, first, clock } = await asking()
    const began = clock.now
    const answering = (isAccepted: (ms: number) => boolean) => ({
      ...options().place,
      whoami: async () =>
        isAccepted(clock.now - began)
          ? ({ answer: 'accepted', as: 'robot' } as const)
          : ({ answer: 'unknown' } as const),
    })
    const place = answering((ms) => ms < 20_000 || ms === 21_000)
    expect(await keyRetirer({ ...options(), place }).stillWorks?.(first, { justEnded: true })).toBe(true)
    expect(clock.now - began).toBe(21_000)
  })

  it('works where it is accepted and called by another id than the value does', async () => {
    const { options, first } = await asking()
    const place = { ...options().place, whoami: async () => ({ answer: 'another id' }) as const }
    expect(await keyRetirer({ ...options(), place }).stillWorks?.(first, { justEnded: false })).toBe(true)
  })

  it('may work, for all that is known when the time is up', async () => {
    const { stillWorks } = await asking({ remaining: () => 400 })
    await expect(stillWorks()).rejects.toEqual(refusal('TIME_UP'))
  })
})
