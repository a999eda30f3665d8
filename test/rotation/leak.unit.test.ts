import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG, withLeaked } from '../../lambdas/rotation/leaked.ts'
import { severityOf } from '../../lambdas/rotation/severity.ts'
import { publishCommand, rotateCommand } from '../../lambdas/rotation/way-out.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

const leak = { action: 'disable', leaked: true, evenIfUsed: true } as const

/** OLD leaked, and the tag says so. */
function leaked(state: Parameters<typeof draining>[0] = 'live') {
  const all = draining(state)
  all.secret.tag(LEAKED_TAG, withLeaked(undefined, OLD))
  const refused = async (request: Parameters<typeof all.run>[0], used?: Parameters<typeof all.run>[1]) => {
    const error = await all.run(request, used).catch((thrown) => thrown)
    if (error instanceof OverlapError) return error
    throw new Error('it was not refused')
  }
  return { ...all, refused }
}

const dying = new OverlapError('UNREACHABLE', 'db:5432 is silent')

describe('a version that leaked', () => {
  it.each(['live', 'disabling', 'disabled', 'leaked'] as const)(
    'is out of use for ever when it was %s, whoever uses it',
    async (state) => {
      const { run, target, oldWorks, stateOfOld, secret } = leaked(state)
      target.sessions.add('a')
      for (const _ of [1, 2]) expect(await run(leak)).toEqual({ outcome: 'disabled' })
      expect([oldWorks(), stateOfOld(), target.sessions.size]).toEqual([false, 'leaked', 0])
      expect(secret.holder('DRAINING')).toBe(OLD)
      expect(await run({ action: 'remove' })).toEqual({ outcome: 'removed' })
      expect([stateOfOld(), secret.holder('DRAINING')]).toEqual(['leaked', undefined])
    },
  )

  it('is one also for a request that has not heard of it', async () => {
    const { run, stateOfOld } = leaked()
    expect(await run()).toEqual({ outcome: 'disabled' })
    expect(stateOfOld()).toBe('leaked')
  })

  it('is not put back when its retirement fails; the next attempt completes it', async () => {
    const { run, store, retirer, refused, oldWorks, stateOfOld } = leaked()
    const failing: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        await retirer.disable(credential, context)
        throw dying
      },
    }
    expect(await refused(leak, { store, retirer: failing })).toBe(dying)
    expect([oldWorks(), stateOfOld()]).toEqual([false, 'leaked'])
    expect(await run(leak)).toEqual({ outcome: 'disabled' })
  })

  it('is not put back where an attempt that was cut off left it disabling', async () => {
    const { store, retirer, refused, stateOfOld } = leaked('disabling')
    const failing: typeof retirer = { ...retirer, disable: () => Promise.reject(dying) }
    expect(await refused(leak, { store, retirer: failing })).toBe(dying)
    expect(stateOfOld()).toBe('disabling')
  })

  it('is not put back by an attempt that began before anybody told of the leak', async () => {
    const { secret, store, retirer, refused, stateOfOld } = leaked('disabling')
    secret.tag(LEAKED_TAG, undefined)
    const late: typeof retirer = {
      ...retirer,
      disable: async () => {
        secret.tag(LEAKED_TAG, OLD)
        throw dying
      },
    }
    const error = await refused({}, { store, retirer: late })
    expect([error.code, error.detail.inDoubt, stateOfOld()]).toEqual(['LEAKED', true, 'disabling'])
  })

  it('that somebody makes AWSCURRENT while its slot is freed stays out of use, and somebody is woken', async () => {
    const { secret, store, retirer, refused, rollBack, stateOfOld } = leaked('leaked')
    secret.tag(LEAKED_TAG, undefined)
    const raced: typeof retirer = {
      ...retirer,
      remove: async (credential, context) => {
        await retirer.remove(credential, context)
        rollBack()
      },
    }
    const error = await refused({ action: 'remove' }, { store, retirer: raced })
    expect([error.code, severityOf(error), stateOfOld()]).toEqual(['LEAKED', 'page', 'leaked'])
    expect(error.message).toContain(rotateCommand(SECRET_ARN))
  })

  it('is left alone while AWSCURRENT or AWSPENDING names its user', async () => {
    const { refused, secret, oldWorks } = leaked()
    secret.moveLabel('AWSPENDING', { to: OLD })
    expect(await refused(leak)).toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    secret.moveLabel('AWSPENDING', { from: OLD })
    secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
    expect(await refused(leak)).toMatchObject({ code: 'PRINCIPAL_IN_USE' })
    expect(oldWorks()).toBe(true)
  })

  it.each(['succeeds', 'fails'])(
    'that somebody makes AWSCURRENT in the moment when its retirement %s stays out of use, and somebody is woken',
    async (end) => {
      const { store, retirer, refused, rollBack, stateOfOld } = leaked()
      const raced: typeof retirer = {
        ...retirer,
        disable: async (credential, context) => {
          await retirer.disable(credential, context)
          rollBack()
          if (end === 'fails') throw dying
        },
      }
      const error = await refused(leak, { store, retirer: raced })
      expect([error.code, severityOf(error), stateOfOld()]).toEqual(['LEAKED', 'page', 'leaked'])
    },
  )

  it('leaves a person to apply what somebody stored by hand for its user in that moment', async () => {
    const { store, retirer, refused, secret, target } = leaked()
    const raced: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        secret.putByHand(value('a', 'by hand'))
        await retirer.disable(credential, { ...context, fence: { ...context.fence, check: async () => {} } })
      },
    }
    const error = await refused(leak, { store, retirer: raced })
    expect([error.code, severityOf(error)]).toEqual(['LEAKED', 'page'])
    expect(error.message).toContain('overlap repair')
    expect(target.slot('a').password).toBeUndefined()
  })

  it.each([
    ['is not what its kind asks for', '{"user":"b"'],
    ['has no value', undefined],
  ])(
    'is out of use though the value of AWSCURRENT %s, and somebody is woken for that',
    async (_what, stored) => {
      const { store, secret, retirer, refused, oldWorks, stateOfOld } = leaked()
      const unread: typeof store = {
        ...store,
        read: async (id, version) => (version === NOW ? stored : store.read(id, version)),
      }
      const parse: typeof retirer.parse = (text) => {
        if (text === stored) throw new OverlapError('SECRET_INVALID', 'the value is not JSON')
        return retirer.parse(text)
      }
      const error = await refused(leak, { store: unread, retirer: { ...retirer, parse } })
      expect([error.code, severityOf(error)]).toEqual(['SECRET_INVALID', 'page'])
      expect(error.message).toMatch(/is out of use, as was asked. But AWSCURRENT .* cannot be read/)
      expect([oldWorks(), stateOfOld(), secret.holder('DRAINING')]).toEqual([false, 'leaked', OLD])
    },
  )

  it('is left alone where AWSCURRENT could not be fetched: it may be another value of its user', async () => {
    const { store, retirer, refused, oldWorks } = leaked()
    const silent = new OverlapError('SECRETS_MANAGER_FAILED', 'throttled')
    const unread: typeof store = {
      ...store,
      read: async (id, version) => (version === NOW ? Promise.reject(silent) : store.read(id, version)),
    }
    expect(await refused(leak, { store: unread, retirer })).toBe(silent)
    expect(oldWorks()).toBe(true)
  })

  it('is not put back by a request to enable it', async () => {
    const { refused, stateOfOld } = leaked('disabled')
    expect(await refused({ action: 'enable' })).toMatchObject({ code: 'LEAKED' })
    expect(stateOfOld()).toBe('disabled')
  })

  it.each([
    { where: 'the tag', state: 'disabled', isTagged: true },
    { where: 'the target', state: 'leaked', isTagged: false },
  ] as const)(
    'is not restored when somebody makes it AWSCURRENT, as $where knows',
    async ({ state, isTagged }) => {
      const { secret, refused, rollBack, stateOfOld } = leaked(state)
      if (!isTagged) secret.tag(LEAKED_TAG, undefined)
      rollBack()
      const error = await refused({ action: 'restore' })
      expect([error.code, severityOf(error), stateOfOld()]).toEqual(['LEAKED', 'page', state])
      expect(error.message).toContain(publishCommand(SECRET_ARN, NOW, OLD))
      expect(error.message).toContain(rotateCommand(SECRET_ARN))
    },
  )

  it('and is AWSCURRENT still works until it is replaced, and nobody is woken', async () => {
    const { run, rollBack, oldWorks } = leaked()
    rollBack()
    expect(await run({ action: 'restore' })).toEqual({ outcome: 'nothing' })
    expect(oldWorks()).toBe(true)
  })

  it('and whose value somebody stored by hand is no reason to lift the label: the same credential is in use', async () => {
    const { run, refused, secret, oldWorks } = leaked()
    secret.putByHand(value('a', 'one').replace('}', ',"note":"by hand"}'))
    const error = await refused(leak)
    expect([error.code, severityOf(error)]).toEqual(['LEAKED', 'ticket'])
    expect([oldWorks(), secret.holder('DRAINING')]).toEqual([true, OLD])
    // As the message asks.
    secret.tag(LEAKED_TAG, withLeaked(OLD, secret.holder('AWSCURRENT') ?? ''))
    expect(await run(leak)).toEqual({ outcome: 'superseded' })
    expect([oldWorks(), secret.holder('DRAINING')]).toEqual([true, undefined])
  })

  it('and works under the version that somebody stored by hand is told of, and nobody is woken', async () => {
    const { secret, refused, oldWorks } = leaked()
    secret.putByHand(value('a', 'one').replace('}', ',"note":"by hand"}'))
    const error = await refused({ action: 'restore', versionId: secret.holder('AWSCURRENT') ?? '' })
    expect([error.code, severityOf(error), oldWorks()]).toEqual(['LEAKED', 'ticket', true])
  })

  it('and whose user somebody gave another password is over', async () => {
    const { run, secret, target } = leaked()
    target.setPassword('a', 'by hand')
    secret.putByHand(value('a', 'by hand'))
    expect(await run(leak)).toEqual({ outcome: 'superseded' })
    expect(target.slot('a').password).toBe('by hand')
  })

  it('is not over because a value of its user was stored that does not work', async () => {
    const { refused, secret } = leaked()
    secret.putByHand(value('a', 'by hand'))
    const error = await refused(leak)
    expect([error.code, severityOf(error), secret.holder('DRAINING')]).toEqual(['LEAKED', 'page', OLD])
  })

  it.each(['disabled', 'leaked'] as const)(
    'and is %s is not restored for a value that somebody stored by hand',
    async (state) => {
      const { secret, refused, stateOfOld } = leaked(state)
      secret.putByHand(value('a', 'one').replace('}', ',"note":"by hand"}'))
      const error = await refused({ action: 'restore', versionId: secret.holder('AWSCURRENT') ?? '' })
      expect([error.code, severityOf(error), stateOfOld()]).toEqual(['LEAKED', 'page', state])
    },
  )
})
