import { describe, expect, it } from 'vitest'
import { isDeferred, OverlapError } from '../../lambdas/rotation/errors.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'
import { draining, NOW, OLD, value } from './draining.ts'

describe('restore', () => {
  it.each(['disabling', 'disabled', 'retired'] as const)(
    'makes AWSCURRENT valid again that is %s',
    async (state) => {
      const { run, rollBack, target } = draining(state)
      rollBack()
      expect(await run({ action: 'restore' })).toEqual({ outcome: 'restored' })
      expect(target.slot('a')).toEqual({ password: 'one', stamp: { version: OLD, state: 'live' } })
      expect(await run({ action: 'restore' })).toEqual({ outcome: 'nothing' })
    },
  )

  it('has nothing to do where the slot holds another version: its password is not AWSCURRENT’s to overwrite', async () => {
    const { run, rollBack, target } = draining('retired', 'version-9')
    rollBack()
    // But it opens nothing, and its consumers are not the first to tell.
    const refused = await run({ action: 'restore' }).catch((error) => error)
    expect([refused.code, severityOf(refused)]).toEqual(['CURRENT_REFUSED', 'page'])
    expect(target.slot('a').password).toBeUndefined()
    target.setPassword('a', 'one')
    expect(await run({ action: 'restore' })).toEqual({ outcome: 'nothing' })
  })

  it.each([
    { state: 'disabling', affected: true },
    { state: 'live', affected: undefined },
  ] as const)(
    'that fails says that consumers are affected where AWSCURRENT is $state',
    async ({ state, affected }) => {
      const { run, rollBack, store, retirer } = draining(state)
      rollBack()
      const breaking: typeof retirer = {
        ...retirer,
        enable: async (credential, context) => {
          const check = async () => {
            await context.fence.check()
            throw new OverlapError('UNREACHABLE', 'db:5432 is silent')
          }
          if (await retirer.enable(credential, { ...context, fence: { ...context.fence, check } }))
            return true
          throw new OverlapError('UNREACHABLE', 'db:5432 is silent')
        },
      }
      const error = await run({ action: 'restore' }, { store, retirer: breaking }).catch((thrown) => thrown)
      expect([error.code, error.detail.consumersAffected]).toEqual(['UNREACHABLE', affected])
    },
  )

  it('is refused for a version that is not AWSCURRENT, then and under the lock', async () => {
    const { run, rollBack, secret, store, retirer, target } = draining('disabling')
    const refused = await run({ action: 'restore' }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'LABELS_MOVED' })
    // An ordinary rotation gets here when it finishes while the sweep looks.
    expect(refused instanceof OverlapError && isDeferred(refused)).toBe(true)
    rollBack()
    const late: typeof retirer = {
      ...retirer,
      enable: (credential, context) => {
        secret.moveLabel('AWSCURRENT', { from: OLD, to: NOW })
        return retirer.enable(credential, context)
      },
    }
    await expect(run({ action: 'restore' }, { store, retirer: late })).rejects.toMatchObject({
      code: 'LABELS_MOVED',
    })
    expect(target.slot('a').stamp?.state).toBe('disabling')
  })
})

describe('a retirement after one that died while it was disabling', () => {
  it('completes it', async () => {
    const { run, target } = draining('disabling')
    expect(await run({ action: 'disable' })).toEqual({ outcome: 'disabled' })
    expect(target.slot('a').stamp?.state).toBe('disabled')
  })

  it('puts it back for who uses it', async () => {
    const { run, target } = draining('disabling')
    target.sessions.add('a')
    await expect(run({ action: 'disable' })).rejects.toMatchObject({ code: 'STILL_USED' })
    expect(target.slot('a')).toEqual({ password: 'one', stamp: { version: OLD, state: 'live' } })
  })

  it('puts back what AWSCURRENT holds, when somebody stored that for the same user meanwhile', async () => {
    const { run, target, secret } = draining('disabling')
    secret.putByHand(value('a', 'by hand'))
    expect(await run({ action: 'disable' })).toEqual({ outcome: 'superseded' })
    expect(target.slot('a').password).toBe('by hand')
    expect(secret.holder('DRAINING')).toBeUndefined()
  })

  it('that can neither decide nor put it back says so, and is no mere deferral', async () => {
    const { run, store, retirer, target } = draining('disabling')
    target.sessions.add('a')
    const stuck: typeof retirer = {
      ...retirer,
      enable: () => Promise.reject(new OverlapError('UNREACHABLE', 'db:5432 is silent')),
    }
    await expect(run({ action: 'disable' }, { store, retirer: stuck })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/a has sessions.*db:5432 is silent.*disabling/),
      detail: { consumersAffected: true },
    })
    expect(await run({ action: 'disable' }).catch((error) => error.code)).toBe('STILL_USED')
    expect(target.slot('a').password).toBe('one')
  })
})

it('a retirement whose labels cannot be read at its record puts the credential back without them', async () => {
  const { run, store, retirer, target } = draining('live')
  let throttled = false
  const unreadable: typeof store = {
    ...store,
    describe: (id) =>
      throttled
        ? Promise.reject(new OverlapError('SECRETS_MANAGER_FAILED', 'throttled'))
        : store.describe(id),
  }
  const after: typeof retirer = {
    ...retirer,
    disable: (credential, context) => {
      const check = async () => {
        await context.fence.check()
        throttled = true
      }
      return retirer.disable(credential, { ...context, fence: { ...context.fence, check } })
    },
  }
  await expect(run({ action: 'disable' }, { store: unreadable, retirer: after })).rejects.toMatchObject({
    code: 'SECRETS_MANAGER_FAILED',
  })
  expect(target.slot('a')).toEqual({ password: 'one', stamp: { version: OLD, state: 'live' } })
})
