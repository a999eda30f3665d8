import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { draining, NOW, OLD, value } from './draining.ts'

const enable = { action: 'enable' } as const

describe('enable', () => {
  it.each(['disabled', 'disabling'] as const)(
    'puts a version back that is %s, and it drains on',
    async (state) => {
      const { run, secret, oldWorks, stateOfOld } = draining(state)
      expect(await run(enable)).toEqual({ outcome: 'enabled' })
      expect([oldWorks(), stateOfOld(), secret.holder('DRAINING')]).toEqual([true, 'live', OLD])
      expect(await run(enable)).toEqual({ outcome: 'nothing' })
    },
  )

  it('puts nothing back when the secret was changed since that was decided: another pass may have retired it', async () => {
    const { run, secret, stateOfOld, clock } = draining('disabled')
    clock.now += 1
    secret.tag('team', 'shop')
    await expect(run({ ...enable, unchangedSince: 0 })).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
    expect(stateOfOld()).toBe('disabled')
    expect(await run({ ...enable, unchangedSince: 1 })).toEqual({ outcome: 'enabled' })
  })

  it('has nothing to do once the slot is free: the version does not come back', async () => {
    const { run, oldWorks, stateOfOld } = draining('retired')
    expect(await run(enable)).toEqual({ outcome: 'nothing' })
    expect([oldWorks(), stateOfOld()]).toEqual([false, 'retired'])
  })

  it('has nothing to do where another version has the slot', async () => {
    const { run, oldWorks } = draining('disabled', 'version-9')
    expect(await run(enable)).toEqual({ outcome: 'nothing' })
    expect(oldWorks()).toBe(false)
  })

  it.each([
    { what: 'AWSCURRENT', versionId: NOW, code: 'PRINCIPAL_IN_USE' },
    { what: 'a version without the label', versionId: 'version-9', code: 'LABELS_MOVED' },
  ])('of $what is refused', async ({ versionId, code }) => {
    const { run, stateOfOld } = draining('disabled')
    await expect(run({ ...enable, versionId })).rejects.toMatchObject({ code })
    expect(stateOfOld()).toBe('disabled')
  })

  it('leaves the user alone whose newer value somebody stored by hand', async () => {
    const { run, secret, target } = draining('disabled')
    secret.putByHand(value('a', 'by hand'))
    await expect(run(enable)).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(target.slot('a').password).toBeUndefined()
  })

  it.each([
    { what: 'the label was lifted', code: 'LABELS_MOVED' },
    { what: 'it became AWSCURRENT', code: 'PRINCIPAL_IN_USE' },
    { what: 'a value of its user was stored by hand', code: 'PRINCIPAL_IN_USE' },
    { what: 'it was told to have leaked', code: 'LEAKED' },
  ])('puts nothing back when $what while it waits for the lock', async ({ what, code }) => {
    const { run, store, retirer, secret, rollBack, stateOfOld } = draining('disabled')
    const late: typeof retirer = {
      ...retirer,
      enable: (credential, context) => {
        if (what.includes('lifted')) secret.moveLabel('DRAINING', { from: OLD })
        else if (what.includes('AWSCURRENT')) rollBack()
        else if (what.includes('by hand')) secret.putByHand(value('a', 'by hand'))
        else secret.tag(LEAKED_TAG, OLD)
        return retirer.enable(credential, context)
      },
    }
    await expect(run(enable, { store, retirer: late })).rejects.toMatchObject({ code })
    expect(stateOfOld()).toBe('disabled')
  })

  it('that fails says so', async () => {
    const { run, store, retirer } = draining('disabled')
    const gone: typeof retirer = {
      ...retirer,
      enable: () => Promise.reject(new OverlapError('UNREACHABLE', 'db:5432 is silent')),
    }
    await expect(run(enable, { store, retirer: gone })).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
})
