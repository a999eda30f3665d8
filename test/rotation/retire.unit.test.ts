import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { publishCommand } from '../../lambdas/rotation/way-out.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

describe('inspect', () => {
  it('says who uses the principal and changes nothing', async () => {
    const { run, target, secret, oldWorks } = draining()
    target.sessions.add('a')
    expect(await run({ action: 'inspect' })).toEqual({
      outcome: 'inspected',
      sightings: [expect.objectContaining({ application: 'reports' })],
      endpoints: ['db:5432'],
      asleep: false,
      witness: 'admin',
      principal: 'a',
    })
    expect([oldWorks(), secret.holder('DRAINING')]).toEqual([true, OLD])
  })

  it.each(['live', 'disabling', 'disabled'] as const)(
    'says of what is told as disabled and is %s whether it is',
    async (state) => {
      const { run } = draining(state)
      expect(await run({ action: 'inspect', disabledAt: 0 })).toMatchObject({
        disabled: state === 'disabled',
      })
      expect(await run({ action: 'inspect' })).not.toHaveProperty('disabled')
    },
  )

  it('says who uses it although nobody can say whether it is disabled', async () => {
    const { run, store, retirer, target } = draining('disabled')
    target.sessions.add('a')
    const silent = { ...retirer, isDisabled: () => Promise.reject(new OverlapError('UNREACHABLE', 'x')) }
    const found = await run({ action: 'inspect', disabledAt: 0 }, { store, retirer: silent })
    expect(found).toMatchObject({ sightings: [expect.objectContaining({ application: 'reports' })] })
    expect(found).not.toHaveProperty('disabled')
  })

  it('does not wake a target that is paused to ask whether it is disabled', async () => {
    const { run, store, retirer } = draining('disabled')
    const asleep: typeof retirer = {
      ...retirer,
      sightings: async (...asked) => ({ ...(await retirer.sightings(...asked)), asleep: true }),
      isDisabled: () => Promise.reject(new Error('woken up')),
    }
    const found = await run({ action: 'inspect', disabledAt: 0 }, { store, retirer: asleep })
    expect(found).not.toHaveProperty('disabled')
  })

  it('says it of AWSCURRENT, too, and of no other version', async () => {
    const { run, target } = draining()
    target.sessions.add('b')
    expect(await run({ action: 'inspect', versionId: NOW })).toMatchObject({
      sightings: [expect.objectContaining({ application: 'reports' })],
      principal: 'b',
    })
    await expect(run({ action: 'inspect', versionId: 'other' })).rejects.toMatchObject({
      code: 'LABELS_MOVED',
    })
  })
})

describe('peek', () => {
  it.each([
    { what: 'has no value', value: undefined, password: 'changed' },
    { what: 'has a slot of its own', value: value('a', 'three'), password: 'changed' },
    { what: 'has a password of AWSCURRENT’s own user, which opens with another', value: value('b', 'three') },
    { what: 'may be the only one that works', value: value('b', 'three'), password: 'three', kept: true },
  ])('of a version that $what', async ({ value: stored, password = 'two', kept = false }) => {
    const { run, secret, store, target } = draining()
    target.setPassword('b', password)
    secret.rotate()
    const versionId = secret.holder('AWSPENDING') ?? ''
    if (stored !== undefined)
      await store.write(SECRET_ARN, {
        versionId,
        secretString: stored,
        labels: ['AWSPENDING'],
        rotationToken: undefined,
      })
    const peeked = run({ action: 'peek', versionId })
    if (!kept) return expect(await peeked).toEqual({ outcome: 'dispensable' })
    await expect(peeked).rejects.toMatchObject({
      code: 'CURRENT_REFUSED',
      message: expect.stringContaining(publishCommand(SECRET_ARN, versionId, NOW)),
    })
  })
})
