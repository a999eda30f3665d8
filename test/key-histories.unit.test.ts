import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyHistory } from './fakes/key-events.ts'
import { playKeys, recoverKeys } from './fakes/key-play.ts'

describe('whatever happens to a secret whose target mints its keys', () => {
  it('no key in use ends, nobody else’s is touched, and none is left over', async () => {
    await fc.assert(
      fc.asyncProperty(keyHistory, async (chosen) => {
        const played = await playKeys(chosen)
        expect(played.violations).toEqual([])
        await recoverKeys(played)
      }),
      { numRuns: Number(process.env.HISTORIES ?? 400) },
    )
  }, 600_000)
})
