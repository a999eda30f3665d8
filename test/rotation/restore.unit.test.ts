import { describe, expect, it } from 'vitest'
import { isDeferred, OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'
import { publishCommand } from '../../lambdas/rotation/way-out.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

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

describe('AWSCURRENT that names a key which is deleted', () => {
  const deleted = (rolledBack: boolean) => {
    const all = draining('disabled')
    all.secret.tag('overlap:kind', 'iam-access-key')
    if (rolledBack) all.rollBack()
    else all.secret.putByHand(value('a', 'one'))
    const retirer: typeof all.retirer = {
      ...all.retirer,
      enable: () => Promise.reject(new OverlapError('NO_WAY_BACK', 'key AKIA1 is deleted')),
    }
    const versionId = all.secret.holder('AWSCURRENT') ?? ''
    return {
      ...all,
      restore: () => all.run({ action: 'restore', versionId }, { ...all, retirer }),
      versionId,
    }
  }

  it.each([
    { what: 'went back to it', rolledBack: true },
    { what: 'stored it once more', rolledBack: false },
  ])('since somebody $what pages, with what helps', async ({ rolledBack }) => {
    const { restore, secret, versionId } = deleted(rolledBack)
    const refused = await restore().catch((error) => error)
    expect([refused.code, severityOf(refused), isDeferred(refused)]).toEqual(['NO_WAY_BACK', 'page', false])
    expect(refused.message).toContain('key AKIA1 is deleted')
    expect(refused.message).toContain(
      publishCommand(SECRET_ARN, secret.holder('AWSPREVIOUS') ?? '', versionId),
    )
  })

  it('and has no version to go back to is told of another key', async () => {
    const { restore, secret } = deleted(true)
    secret.tag(LEAKED_TAG, secret.holder('AWSPREVIOUS'))
    const refused = await restore().catch((error) => error)
    expect([refused.code, refused.detail.consumersAffected]).toEqual(['NO_WAY_BACK', true])
    expect(refused.message).toMatch(/Make another key at the target and store that/)
  })
})

describe('a value that somebody stored by hand', () => {
  const edited = (state: Parameters<typeof draining>[0], password: string, fields = {}, version = OLD) => {
    const all = draining(state, version)
    all.secret.putByHand(JSON.stringify({ ...JSON.parse(value('a', password)), ...fields }))
    const restore = (used?: Parameters<typeof all.run>[1]) =>
      all.run({ action: 'restore', versionId: all.secret.holder('AWSCURRENT') ?? '' }, used)
    return { ...all, restore }
  }

  it.each(['disabling', 'disabled', 'retired'] as const)(
    'with the credential of a version that is %s makes that work again at once',
    async (state) => {
      const { restore, target } = edited(state, 'one', { note: 'EDITED' })
      expect(await restore()).toEqual({ outcome: 'restored', editedOutside: true })
      expect(target.slot('a')).toEqual({ password: 'one', stamp: { version: OLD, state: 'live' } })
      expect(await restore()).toEqual({ outcome: 'nothing' })
    },
  )

  it('is restored also when no version drains any more, as long as the value of the holder is there', async () => {
    const { restore, secret, oldWorks } = edited('retired', 'one')
    secret.moveLabel('DRAINING', { from: OLD })
    expect(await restore()).toEqual({ outcome: 'restored', editedOutside: true })
    expect(oldWorks()).toBe(true)
  })

  it('is restored by the version that drains where the target does not say who has the slot', async () => {
    const { restore, store, retirer, oldWorks } = edited('disabled', 'one')
    const silent: typeof retirer = {
      ...retirer,
      enable: (credential, context) =>
        retirer.enable(credential, context).catch((error) => {
          throw new OverlapError(error.code, error.message)
        }),
    }
    expect(await restore({ store, retirer: silent })).toMatchObject({ editedOutside: true })
    expect(oldWorks()).toBe(true)
  })

  it.each([
    { what: 'another password', password: 'typo', fields: {}, version: OLD },
    { what: 'a value whose holder is gone', password: 'one', fields: {}, version: 'version-9' },
    { what: 'another server', password: 'one', fields: { host: 'other' }, version: OLD },
  ])('with $what overwrites nothing: its consumers are told of, with the way out', async (row) => {
    const { restore, target, secret } = edited('disabled', row.password, row.fields, row.version)
    const refused = await restore().catch((error) => error)
    expect([refused.code, severityOf(refused), refused.detail.consumersAffected]).toEqual([
      'CURRENT_REFUSED',
      'page',
      true,
    ])
    expect(refused.message).toContain(publishCommand(SECRET_ARN, NOW, secret.holder('AWSCURRENT') ?? ''))
    expect(refused.message).toContain('overlap repair')
    expect(target.slot('a').password).toBeUndefined()
  })

  it('of a key is the same key, however it is written, and works again', async () => {
    const { restore, secret, oldWorks } = edited('disabled', 'one', { host: 'DB' })
    secret.tag('overlap:kind', 'iam-access-key')
    expect(await restore()).toEqual({ outcome: 'restored', editedOutside: true })
    expect(oldWorks()).toBe(true)
  })

  it('that works is left alone', async () => {
    const { restore, target } = edited('disabled', 'by hand')
    target.setPassword('a', 'by hand')
    expect(await restore()).toEqual({ outcome: 'nothing' })
    expect(target.slot('a').password).toBe('by hand')
  })

  it('that AWSCURRENT left while the lock was waited for restores nothing', async () => {
    const { restore, store, retirer, secret, stateOfOld } = edited('disabled', 'one')
    const late: typeof retirer = {
      ...retirer,
      enable: (credential, context) => {
        const from = secret.holder('AWSCURRENT')
        if (context.fence.versionId === OLD && from !== undefined)
          secret.moveLabel('AWSCURRENT', { from, to: NOW })
        return retirer.enable(credential, context)
      },
    }
    await expect(restore({ store, retirer: late })).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(stateOfOld()).toBe('disabled')
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
