import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { draining, NOW, OLD } from './draining.ts'

describe('trying AWSPREVIOUS', () => {
  it('says that it opens the target, whether it has the label DRAINING or not', async () => {
    const { run, secret, oldWorks, stateOfOld } = draining()
    expect(await run({ action: 'try' })).toEqual({ outcome: 'opens' })
    secret.moveLabel('DRAINING', { from: OLD })
    expect(await run({ action: 'try' })).toEqual({ outcome: 'opens' })
    expect([oldWorks(), stateOfOld()]).toEqual([true, 'live'])
  })

  it('says that the target refuses it, and changes nothing', async () => {
    const { run, stateOfOld } = draining('disabled')
    expect(await run({ action: 'try' })).toEqual({ outcome: 'refused' })
    expect(stateOfOld()).toBe('disabled')
  })

  it('says nothing where the target does not answer', async () => {
    const { run, store, retirer } = draining()
    const silent = new OverlapError('UNREACHABLE', 'db:5432 is silent')
    const login = () => Promise.reject(silent)
    await expect(run({ action: 'try' }, { store, retirer: { ...retirer, login } })).rejects.toBe(silent)
  })

  it.each([NOW, 'unknown'])('is refused for any other version: %s', async (versionId) => {
    await expect(draining().run({ action: 'try', versionId })).rejects.toMatchObject({ code: 'LABELS_MOVED' })
  })
})
