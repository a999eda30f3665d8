import { describe, expect, it } from 'vitest'
import { isDeferred, OverlapError } from '../../lambdas/rotation/errors.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

const remove = { action: 'remove' } as const

describe('remove', () => {
  it('frees the slot of a version that is disabled, and lifts the label', async () => {
    const { run, secret, stateOfOld, oldWorks } = draining('disabled')
    expect(await run(remove)).toEqual({ outcome: 'removed' })
    expect([stateOfOld(), oldWorks(), secret.holder('DRAINING')]).toEqual(['retired', false, undefined])
    await expect(run(remove)).rejects.toMatchObject({ code: 'LABELS_MOVED' })
  })

  it.each(['live', 'disabling'] as const)('leaves a version alone that is %s', async (state) => {
    const { run, secret, stateOfOld } = draining(state)
    const refused = await run(remove).catch((error) => error)
    expect([refused.code, isDeferred(refused)]).toEqual(['STILL_USED', true])
    expect([stateOfOld(), secret.holder('DRAINING')]).toEqual([state, OLD])
  })

  it.each(['retired', 'leaked'] as const)('lifts the label that was left on what is %s', async (state) => {
    const { run, secret, stateOfOld } = draining(state)
    expect(await run(remove)).toEqual({ outcome: 'removed' })
    expect([stateOfOld(), secret.holder('DRAINING')]).toEqual([state, undefined])
  })

  it('waits when the secret was changed since it was decided, as it is when somebody puts it on hold', async () => {
    const { run, secret, stateOfOld, clock } = draining('disabled')
    clock.now += 1
    secret.tag('overlap:hold', 'by=ann')
    await expect(run({ ...remove, unchangedSince: 0 })).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
    expect([stateOfOld(), secret.holder('DRAINING')]).toEqual(['disabled', OLD])
    expect(await run({ ...remove, unchangedSince: 1 })).toEqual({ outcome: 'removed' })
  })

  it('of a slot that another version has only lifts the label', async () => {
    const { run, secret, stateOfOld } = draining('live', 'version-9')
    expect(await run(remove)).toEqual({ outcome: 'superseded' })
    expect([stateOfOld(), secret.holder('DRAINING')]).toEqual(['live', undefined])
  })

  it('that comes again before the label was lifted lifts it', async () => {
    const { run, store, retirer, secret } = draining('disabled')
    const broken = { ...store, moveLabel: () => Promise.reject(new OverlapError('UNREACHABLE', 'x')) }
    await expect(run(remove, { store: broken, retirer })).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(secret.holder('DRAINING')).toBe(OLD)
    expect(await run(remove)).toEqual({ outcome: 'removed' })
    expect(secret.holder('DRAINING')).toBeUndefined()
  })

  it.each([
    { what: 'AWSCURRENT', versionId: NOW, code: 'PRINCIPAL_IN_USE' },
    { what: 'a version without the label', versionId: 'version-9', code: 'LABELS_MOVED' },
  ])('of $what is refused, whoever asks', async ({ versionId, code }) => {
    const { run, stateOfOld } = draining('disabled')
    await expect(run({ ...remove, versionId })).rejects.toMatchObject({ code })
    expect(stateOfOld()).toBe('disabled')
  })

  it.each([
    { what: 'the label was lifted', move: { label: 'DRAINING', from: OLD }, code: 'LABELS_MOVED' },
    { what: 'AWSPENDING was put on it', move: { label: 'AWSPENDING', to: OLD }, code: 'PRINCIPAL_IN_USE' },
  ] as const)('frees nothing when $what while it waits for the lock', async ({ move, code }) => {
    const { run, store, retirer, secret, stateOfOld } = draining('disabled')
    const { label, ...places } = move
    const late: typeof retirer = {
      ...retirer,
      remove: (credential, context) => {
        secret.moveLabel(label, places)
        return retirer.remove(credential, context)
      },
    }
    await expect(run(remove, { store, retirer: late })).rejects.toMatchObject({ code })
    expect(stateOfOld()).toBe('disabled')
  })

  it('frees nothing that a waiting rotation names', async () => {
    const { run, store, secret, stateOfOld } = draining('disabled')
    secret.rotate()
    await store.write(SECRET_ARN, {
      versionId: secret.holder('AWSPENDING') ?? '',
      secretString: value('a', 'three'),
      labels: ['AWSPENDING'],
      rotationToken: undefined,
    })
    await expect(run(remove)).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect([stateOfOld(), secret.holder('DRAINING')]).toEqual(['disabled', OLD])
  })

  it('makes what somebody went back to work at once, when that was seen under the lock', async () => {
    const { run, store, retirer, rollBack, stateOfOld, oldWorks, secret } = draining('disabled')
    const late: typeof retirer = {
      ...retirer,
      remove: (credential, context) => {
        rollBack()
        return retirer.remove(credential, context)
      },
    }
    await expect(run(remove, { store, retirer: late })).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect([stateOfOld(), oldWorks(), secret.holder('DRAINING')]).toEqual(['live', true, OLD])
  })

  it('is undone when somebody went back to the version after the last check', async () => {
    const { run, store, retirer, rollBack, oldWorks, secret } = draining('disabled')
    const raced: typeof retirer = {
      ...retirer,
      remove: async (credential, context) => {
        await retirer.remove(credential, context)
        rollBack()
      },
    }
    await expect(run(remove, { store, retirer: raced })).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect([oldWorks(), secret.holder('DRAINING')]).toEqual([true, OLD])
  })

  it('is undone when somebody went back to it just before the label was lifted', async () => {
    const { run, store, retirer, rollBack, oldWorks } = draining('disabled')
    const raced: typeof store = {
      ...store,
      moveLabel: (...given) => {
        rollBack()
        return store.moveLabel(...given)
      },
    }
    await expect(run(remove, { store: raced, retirer })).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(oldWorks()).toBe(true)
  })

  it('that cannot undo what somebody went back to says that consumers are affected', async () => {
    const { run, store, retirer, rollBack } = draining('disabled')
    const raced: typeof retirer = {
      ...retirer,
      remove: async (credential, context) => {
        await retirer.remove(credential, context)
        rollBack()
      },
      enable: () => Promise.reject(new OverlapError('UNREACHABLE', 'db:5432 is silent')),
    }
    await expect(run(remove, { store, retirer: raced })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      detail: { consumersAffected: true },
    })
  })

  it('of a user whose newer value somebody stored by hand frees nothing, and makes that value work', async () => {
    const { run, secret, target } = draining('disabled')
    secret.putByHand(value('a', 'by hand'))
    await expect(run(remove)).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(target.slot('a')).toEqual({ password: 'by hand', stamp: { version: OLD, state: 'live' } })
  })
})
