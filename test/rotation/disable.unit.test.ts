import { describe, expect, it } from 'vitest'
import { isDeferred, OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest } from '../../lambdas/rotation/retire-request.ts'
import type { FakeSecret } from '../fakes/secret.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

describe('disable', () => {
  it('disables the principal of the version that drains, and leaves the label: there is a way back', async () => {
    const { run, oldWorks, secret, target } = draining()
    for (const _ of [1, 2]) expect(await run()).toEqual({ outcome: 'disabled' })
    expect(oldWorks()).toBe(false)
    expect(target.slot('a').stamp).toEqual({ version: OLD, state: 'disabled' })
    expect(secret.holder('DRAINING')).toBe(OLD)
  })

  it.each<{ what: string; request: Partial<RetireRequest>; unusedSince: number | undefined }>([
    { what: 'the drain', request: { unchangedSince: 7 }, unusedSince: 7 },
    { what: 'a swap, which accepts every use', request: { evenIfUsed: true }, unusedSince: undefined },
    {
      what: 'a person who accepts uses by name: each other one is an obstacle',
      request: { unchangedSince: 7, despite: ['s3@eu-central-1'] },
      unusedSince: undefined,
    },
    { what: 'a leak', request: { unchangedSince: 7, leaked: true }, unusedSince: undefined },
  ])('tells the target since when a use counts: $what', async ({ request, unusedSince }) => {
    const { run, store, retirer, clock } = draining()
    const told: unknown[] = []
    const listening: typeof retirer = {
      ...retirer,
      disable: (credential, context) => {
        told.push(context.unusedSince)
        return retirer.disable(credential, context)
      },
    }
    clock.now = 10
    await run(request, { store, retirer: listening })
    expect(told).toEqual([unusedSince])
  })

  it.each([
    { label: 'AWSCURRENT', moved: 'rolled back to it and forward again' },
    { label: undefined, moved: 'added a tag' },
  ] as const)('disables nothing when somebody $moved since the drain was found to be over', async (row) => {
    const { run, oldWorks, secret, clock } = draining()
    clock.now += 1
    if (row.label === undefined) secret.tag('team', 'shop')
    else {
      secret.moveLabel(row.label, { from: NOW, to: OLD })
      secret.moveLabel(row.label, { from: OLD, to: NOW })
    }
    await expect(run({ unchangedSince: 0 })).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
    expect(oldWorks()).toBe(true)
    expect(await run({ unchangedSince: 1 })).toEqual({ outcome: 'disabled' })
  })

  it('disables nothing when nobody knows when the secret was last changed', async () => {
    const { run, oldWorks, store, retirer } = draining()
    const describe = async () => ({ ...(await store.describe(SECRET_ARN)), lastChanged: undefined })
    const silent = { store: { ...store, describe }, retirer }
    await expect(run({ unchangedSince: 1 }, silent)).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
    expect(oldWorks()).toBe(true)
  })

  it('puts back what an attempt that was cut off left disabled, before it waits for a changed secret', async () => {
    const { run, oldWorks, store, secret, clock, retirer, target } = draining()
    let looks = 0
    const dying = async () => {
      looks += 1
      if (looks > 2) throw new OverlapError('TIME_UP', 'cut off')
      return store.describe(SECRET_ARN)
    }
    const cutOff = {
      store: { ...store, describe: dying },
      retirer: { ...retirer, enable: () => Promise.reject(new OverlapError('TIME_UP', 'cut off')) },
    }
    await expect(run({ unchangedSince: 0 }, cutOff)).rejects.toMatchObject({ code: 'TIME_UP' })
    expect([oldWorks(), target.slot('a').stamp?.state]).toEqual([false, 'disabling'])
    clock.now += 1
    secret.tag('team', 'shop')
    await expect(run({ unchangedSince: 0 })).rejects.toMatchObject({ code: 'DRAIN_IN_PROGRESS' })
    expect([oldWorks(), target.slot('a').stamp?.state]).toEqual([true, 'live'])
  })

  it.each([
    { what: 'AWSCURRENT', versionId: NOW, code: 'PRINCIPAL_IN_USE' },
    { what: 'a version without the label', versionId: 'version-9', code: 'LABELS_MOVED' },
  ])('of $what is refused, whoever asks', async ({ versionId, code }) => {
    const { run, oldWorks, target } = draining()
    await expect(run({ versionId })).rejects.toMatchObject({ code })
    expect([oldWorks(), target.slot('b').password]).toEqual([true, 'two'])
  })

  it('of a version that was rolled back to is refused, label or not', async () => {
    const { run, secret, oldWorks } = draining()
    secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
    await expect(run()).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(oldWorks()).toBe(true)
  })

  it('of a version that has AWSPENDING again is refused', async () => {
    const { run, secret, oldWorks } = draining()
    secret.moveLabel('AWSPENDING', { to: OLD })
    await expect(run()).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(oldWorks()).toBe(true)
  })

  it('of a user that a waiting rotation names is refused', async () => {
    const { run, secret, store, oldWorks } = draining()
    secret.rotate()
    const token = secret.holder('AWSPENDING') ?? ''
    await store.write(SECRET_ARN, {
      versionId: token,
      secretString: value('a', 'three'),
      labels: ['AWSPENDING'],
      rotationToken: undefined,
    })
    await expect(run()).rejects.toMatchObject({
      code: 'PRINCIPAL_IN_USE',
      message: expect.stringContaining(token),
    })
    expect(oldWorks()).toBe(true)
  })

  it('is not held up by a waiting rotation that has no value yet', async () => {
    const { run, secret, oldWorks } = draining()
    secret.rotate()
    expect(await run()).toEqual({ outcome: 'disabled' })
    expect(oldWorks()).toBe(false)
  })

  it('of a user whose newer value somebody stored by hand only lifts the label', async () => {
    const { run, secret, target } = draining()
    target.setPassword('a', 'by hand')
    secret.putByHand(value('a', 'by hand'))
    expect(await run()).toEqual({ outcome: 'superseded' })
    expect(target.slot('a').password).toBe('by hand')
    expect(secret.holder('DRAINING')).toBeUndefined()
  })

  it('puts nothing back for a newer value that AWSCURRENT has left meanwhile', async () => {
    const { run, secret, target, store, retirer } = draining()
    await run()
    target.setPassword('a', 'by hand')
    secret.putByHand(value('a', 'by hand'))
    const leaving = async () => {
      const described = await store.describe(SECRET_ARN)
      const from = secret.holder('AWSCURRENT')
      if (from !== undefined && from !== NOW) secret.moveLabel('AWSCURRENT', { from, to: NOW })
      return described
    }
    const late = run({}, { store: { ...store, describe: leaving }, retirer })
    await expect(late).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(target.slot('a')).toEqual({ password: 'by hand', stamp: { version: OLD, state: 'disabled' } })
    expect(secret.holder('DRAINING')).toBe(OLD)
  })

  it('puts nothing back for a newer value that AWSCURRENT leaves while the lock is waited for', async () => {
    const { run, secret, target, store, retirer } = draining('disabling')
    secret.putByHand(value('a', 'by hand'))
    const from = secret.holder('AWSCURRENT') ?? ''
    const late: typeof retirer = {
      ...retirer,
      enable: (credential, context) => {
        secret.moveLabel('AWSCURRENT', { from, to: NOW })
        return retirer.enable(credential, context)
      },
    }
    await expect(run({}, { store, retirer: late })).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(target.slot('a').password).toBeUndefined()
  })

  it('of a slot that holds another version by now only lifts the label', async () => {
    const { run, secret, store, retirer } = draining()
    const taken: typeof retirer = {
      ...retirer,
      disable: () => Promise.reject(new OverlapError('SUPERSEDED', 'x')),
    }
    expect(await run({}, { store, retirer: taken })).toEqual({ outcome: 'superseded' })
    expect(secret.holder('DRAINING')).toBeUndefined()
  })

  it('with nothing to use instead is refused', async () => {
    const { run, store, retirer, oldWorks } = draining()
    const currentless = {
      ...store,
      describe: async (id: string) => {
        const described = await store.describe(id)
        return { ...described, versions: new Map([[OLD, ['DRAINING']]]) }
      },
    }
    await expect(run({}, { store: currentless, retirer })).rejects.toMatchObject({
      code: 'NO_CURRENT_VERSION',
    })
    expect(oldWorks()).toBe(true)
  })

  it('of a version without a value says so', async () => {
    const { run, store, retirer, oldWorks } = draining()
    const empty = { ...store, read: async () => undefined }
    await expect(run({}, { store: empty, retirer })).rejects.toMatchObject({
      code: 'SECRET_INVALID',
      message: expect.stringContaining(OLD),
    })
    expect(oldWorks()).toBe(true)
  })

  it('of a user with sessions is refused, unless the drain is 0', async () => {
    const { run, target, oldWorks } = draining()
    target.sessions.add('a')
    await expect(run()).rejects.toMatchObject({ code: 'STILL_USED' })
    expect(oldWorks()).toBe(true)
    expect(await run({ evenIfUsed: true })).toEqual({ outcome: 'disabled' })
    expect(oldWorks()).toBe(false)
  })

  it('ends the sessions that a person accepted by name, and no others', async () => {
    const { run, target, oldWorks } = draining()
    target.sessions.add('a')
    for (const despite of [[], ['reports@10.0.0.1'], ['reports']])
      await expect(run({ despite })).rejects.toMatchObject({ code: 'STILL_USED' })
    expect(oldWorks()).toBe(true)
    expect(await run({ despite: ['api@local', 'reports@local'] })).toEqual({ outcome: 'disabled' })
    expect([oldWorks(), target.sessions.size]).toEqual([false, 0])
  })

  it('checks again under the lock: labels that moved in the meantime stop it', async () => {
    const { run, store, retirer, secret, oldWorks } = draining()
    const late: typeof retirer = {
      ...retirer,
      disable: (credential, context) => {
        secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
        return retirer.disable(credential, context)
      },
    }
    await expect(run({}, { store, retirer: late })).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(oldWorks()).toBe(true)
  })

  it('is undone when somebody promoted the version after the last check', async () => {
    const { run, store, retirer, secret, oldWorks } = draining()
    const raced: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        await retirer.disable(credential, context)
        secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
      },
    }
    await expect(run({}, { store, retirer: raced })).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(oldWorks()).toBe(true)
  })

  it('that is undone keeps the password that somebody stored by hand meanwhile', async () => {
    const { run, store, retirer, secret, target } = draining()
    const raced: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        await retirer.disable(credential, context)
        target.setPassword('a', 'by hand')
        secret.putByHand(value('a', 'by hand'))
      },
    }
    await expect(run({}, { store, retirer: raced })).rejects.toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(target.slot('a').password).toBe('by hand')
  })

  it.each([
    {
      what: 'the label was lifted',
      race: (secret: FakeSecret) => secret.moveLabel('DRAINING', { from: OLD }),
    },
    {
      what: 'AWSPENDING was put on it',
      race: (secret: FakeSecret) => secret.moveLabel('AWSPENDING', { to: OLD }),
    },
  ])('is not undone because $what', async ({ race }) => {
    const { run, store, retirer, secret, oldWorks } = draining()
    const raced: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        await retirer.disable(credential, context)
        race(secret)
      },
    }
    expect(await run({}, { store, retirer: raced })).toEqual({ outcome: 'disabled' })
    expect(oldWorks()).toBe(false)
  })

  it('that was done already is not undone because labels cannot be read now', async () => {
    const { run, store, retirer, oldWorks } = draining()
    await run()
    let looks = 0
    const unreadable: typeof store = {
      ...store,
      describe: (id) => {
        looks += 1
        return looks === 1 ? store.describe(id) : Promise.reject(new OverlapError('TIME_UP', 'x'))
      },
    }
    await expect(run({}, { store: unreadable, retirer })).rejects.toMatchObject({ code: 'TIME_UP' })
    expect(oldWorks()).toBe(false)
  })

  it('does not touch a version whose label was lifted while it waited for the lock', async () => {
    const { run, store, retirer, secret, oldWorks } = draining()
    const late: typeof retirer = {
      ...retirer,
      disable: (credential, context) => {
        secret.moveLabel('DRAINING', { from: OLD })
        return retirer.disable(credential, context)
      },
    }
    await expect(run({}, { store, retirer: late })).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(oldWorks()).toBe(true)
  })

  it.each([
    { when: 'after it was disabled', asks: true, affected: true },
    { when: 'before anything was touched', asks: false, affected: undefined },
  ])('that fails $when and cannot put it back says whether that hurts', async ({ asks, affected }) => {
    const { run, store, retirer } = draining()
    const gone = new OverlapError('UNREACHABLE', 'the server does not answer')
    const broken: typeof retirer = {
      ...retirer,
      disable: async (_credential, { fence }) => {
        if (asks) await fence.check()
        throw gone
      },
      enable: () => Promise.reject(gone),
    }
    const error = await run({}, { store, retirer: broken }).catch((thrown) => thrown)
    expect([error.code, error.detail.consumersAffected]).toEqual(['UNREACHABLE', affected])
  })

  it('that cannot put it back because labels moved is a failure and no deferral', async () => {
    const { run, store, retirer } = draining()
    const broken: typeof retirer = {
      ...retirer,
      disable: () => Promise.reject(new OverlapError('UNREACHABLE', 'the server does not answer')),
      enable: () => Promise.reject(new OverlapError('LABELS_MOVED', 'AWSCURRENT is elsewhere')),
    }
    const error = await run({}, { store, retirer: broken }).catch((thrown) => thrown)
    expect([error.code, isDeferred(error)]).toEqual(['LABELS_MOVED', false])
  })

  it('that found AWSCURRENT dead says so also when it could not make sure that nothing was disabled', async () => {
    const { run, store, retirer, target } = draining()
    target.setPassword('b', 'changed by hand')
    const broken: typeof retirer = {
      ...retirer,
      enable: () => Promise.reject(new OverlapError('UNREACHABLE', 'the server does not answer')),
    }
    for (const used of [retirer, broken])
      await expect(run({}, { store, retirer: used })).rejects.toMatchObject({
        detail: { consumersAffected: true },
      })
  })

  it('that is put back hurts nobody', async () => {
    const { run, target, oldWorks } = draining()
    target.sessions.add('a')
    const error = await run().catch((thrown) => thrown)
    expect([oldWorks(), error.detail]).toEqual([true, {}])
  })

  it('of what AWSCURRENT names meanwhile hurts when it cannot be put back', async () => {
    const { run, store, retirer, secret } = draining()
    const raced: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        await retirer.disable(credential, context)
        secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
      },
      enable: () => Promise.reject(new OverlapError('UNREACHABLE', 'the server does not answer')),
    }
    await expect(run({}, { store, retirer: raced })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      detail: { consumersAffected: true },
    })
  })

  it('that fails twice says so without what an unexpected error holds', async () => {
    const { run, store, retirer } = draining()
    const broken: typeof retirer = {
      ...retirer,
      disable: () => Promise.reject(new Error('hunter2')),
      enable: () => Promise.reject(new Error('hunter3')),
    }
    await expect(run({}, { store, retirer: broken })).rejects.toMatchObject({
      code: 'UNEXPECTED',
      message: expect.not.stringMatching(/hunter/),
    })
  })
})
