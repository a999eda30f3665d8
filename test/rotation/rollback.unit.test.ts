import { describe, expect, it } from 'vitest'
import type { CredentialAdapter } from '../../lambdas/adapters/adapter.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG } from '../../lambdas/rotation/leaked.ts'
import { rollback } from '../../lambdas/rotation/rollback.ts'
import type { Wanted } from '../../lambdas/rotation/way-back.ts'
import { directly } from '../fakes/process.ts'
import type { Credential } from '../fakes/two-slot-server.ts'
import { draining, NOW, OLD, value } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

type Adapter = CredentialAdapter<Credential>

function replaced(state: Parameters<typeof draining>[0] = 'live', version = OLD) {
  const all = draining(state, version)
  const adapter = all.target.adapterFor(directly)
  const back = (wanted: Wanted = {}, used: { store?: typeof all.store; adapter?: Adapter } = {}) =>
    rollback(
      { store: used.store ?? all.store, adapterFor: () => used.adapter ?? adapter },
      SECRET_ARN,
      wanted,
    )
  const labels = () =>
    (['AWSCURRENT', 'AWSPREVIOUS', 'DRAINING'] as const).map((label) => all.secret.holder(label))
  const refused = async (...given: Parameters<typeof back>): Promise<OverlapError> => {
    const error = await back(...given).then(
      () => undefined,
      (thrown) => thrown,
    )
    if (error instanceof OverlapError) return error
    throw new Error('it was not refused', { cause: error })
  }
  return { ...all, adapter, back, labels, refused }
}

const asBefore = [NOW, OLD, OLD]
const wentBack = [OLD, NOW, NOW]
const done = { outcome: 'rolled-back', versionId: OLD, replaced: NOW }

describe('a rollback', () => {
  it.each(['live', 'disabling', 'disabled'] as const)(
    'goes to the version that drains and is %s, and what it replaces drains',
    async (state) => {
      const { back, labels, oldWorks, target } = replaced(state)
      expect(await back()).toEqual(done)
      expect([labels(), oldWorks()]).toEqual([wentBack, true])
      // Nothing is revoked.
      expect(target.works(JSON.parse(value('b', 'two')))).toBe(true)
    },
  )

  it('goes to AWSPREVIOUS where no version drains', async () => {
    const { back, labels, secret } = replaced()
    secret.moveLabel('DRAINING', { from: OLD })
    expect(await back()).toEqual(done)
    expect(labels()).toEqual(wentBack)
  })

  it('goes to the version that is named', async () => {
    const { back, labels } = replaced()
    expect(await back({ to: OLD, from: NOW })).toEqual(done)
    expect(labels()).toEqual(wentBack)
  })

  it('needs no AWSCURRENT that works', async () => {
    const { back, target, labels } = replaced('disabled')
    target.setPassword('b', 'changed by hand')
    expect(await back()).toEqual(done)
    expect(labels()).toEqual(wentBack)
  })

  it('is done once, however often the version is named', async () => {
    const { back, labels } = replaced()
    for (const _ of [1, 2]) expect(await back({ to: OLD })).toEqual(done)
    expect(await back({ to: OLD, from: NOW })).toEqual(done)
    expect(labels()).toEqual(wentBack)
  })

  it.each([{}, { from: NOW }])('is not undone by the same request once more: %j', async (wanted) => {
    const { back, store, labels, refused } = replaced()
    const dates = new Map([OLD, NOW].map((id, at) => [id, new Date(at)]))
    const dated = { store: { ...store, createdDates: async () => dates } }
    expect(await back(wanted, dated)).toEqual(done)
    expect((await refused(wanted, dated)).code).toBe('from' in wanted ? 'LABELS_MOVED' : 'NO_WAY_BACK')
    expect(labels()).toEqual(wentBack)
    // Whoever means it names it.
    expect(await back({ to: NOW }, dated)).toMatchObject({ versionId: NOW, replaced: OLD })
    expect(labels()).toEqual(asBefore)
  })

  it.each([
    { also: OLD, what: 'and what drains drains on' },
    { also: undefined, what: 'and nothing drains' },
  ])('goes back from a value stored by hand for the same user, $what', async ({ also }) => {
    const { back, labels, secret } = replaced()
    if (also === undefined) secret.moveLabel('DRAINING', { from: OLD })
    secret.putByHand(value('b', 'typo'))
    const typo = secret.holder('AWSCURRENT')
    expect(await back({ to: NOW })).toEqual({ outcome: 'rolled-back', versionId: NOW, replaced: typo })
    expect(labels()).toEqual([NOW, typo, also])
  })

  it.each([
    { what: 'works', password: 'by hand', outcome: 'NO_WAY_BACK' },
    { what: 'does not work', password: 'typo', outcome: 'rolled-back' },
  ])('to the user of a value that was stored by hand and $what ends in $outcome', async (row) => {
    const { back, secret, target } = replaced('disabled')
    target.setPassword('a', 'by hand')
    secret.putByHand(value('a', row.password))
    const end = await back({ to: OLD }).then(
      ({ outcome }) => outcome,
      (error) => error.code,
    )
    expect(end).toBe(row.outcome)
    expect(target.works(JSON.parse(secret.value(secret.holder('AWSCURRENT') ?? '') ?? ''))).toBe(true)
  })

  it.each([
    { what: 'there is no such version', to: 'version-9', says: 'there is no version version-9' },
    { what: 'it was removed', to: OLD, unlabelled: true, says: 'was removed' },
  ])('is refused with the reason when $what', async ({ to, unlabelled, says }) => {
    const { refused, secret, labels } = replaced('retired')
    if (unlabelled) {
      secret.moveLabel('DRAINING', { from: OLD })
      secret.moveLabel('AWSPREVIOUS', { from: OLD })
    }
    const before = labels()
    expect(await refused({ to })).toMatchObject({
      code: 'NO_WAY_BACK',
      message: expect.stringContaining(says),
    })
    expect(labels()).toEqual(before)
  })

  it('is refused when the version never was AWSCURRENT', async () => {
    const { refused, secret } = replaced()
    secret.rotate()
    expect(await refused({ to: secret.holder('AWSPENDING') ?? '' })).toMatchObject({
      code: 'NO_WAY_BACK',
      message: expect.stringContaining('waits as AWSPENDING'),
    })
  })

  it('is refused when there is nothing to go back to', async () => {
    const { refused, secret } = replaced()
    secret.moveLabel('DRAINING', { from: OLD })
    secret.moveLabel('AWSPREVIOUS', { from: OLD })
    expect(await refused()).toMatchObject({ code: 'NO_WAY_BACK' })
    expect(await refused({ to: NOW })).toMatchObject({
      code: 'NO_WAY_BACK',
      message: expect.stringContaining('AWSCURRENT already'),
    })
  })

  it.each([
    { what: 'its slot is free', state: 'retired', version: OLD },
    { what: 'another version has its slot', state: 'live', version: 'version-9' },
  ] as const)('is refused when $what', async ({ state, version }) => {
    const { refused, labels } = replaced(state, version)
    expect(await refused()).toMatchObject({ code: 'NO_WAY_BACK' })
    expect(labels()).toEqual(asBefore)
  })

  it.each([
    { where: 'the tag', state: 'disabled', tagged: true },
    { where: 'the target', state: 'leaked', tagged: false },
  ] as const)('is refused to what leaked, as $where knows', async ({ state, tagged }) => {
    const { refused, secret, adapter, labels, stateOfOld } = replaced(state)
    if (tagged) secret.tag(LEAKED_TAG, OLD)
    const untouched: Adapter = { ...adapter, reinstate: () => Promise.reject(new Error('it was asked')) }
    for (const wanted of [{}, { to: OLD }])
      expect((await refused(wanted, tagged ? { adapter: untouched } : {})).code).toBe('LEAKED')
    expect([labels(), stateOfOld()]).toEqual([asBefore, state])
  })

  it('is refused when the value is gone', async () => {
    const { refused, store } = replaced()
    const gone: typeof store = {
      ...store,
      read: async (id, version) => (version === OLD ? undefined : store.read(id, version)),
    }
    expect(await refused({}, { store: gone })).toMatchObject({ code: 'NO_WAY_BACK' })
  })

  it('is refused when the version is one of another target', async () => {
    const { refused, adapter, labels } = replaced()
    const elsewhere: Adapter = { ...adapter, target: ({ user }) => user }
    expect(await refused({}, { adapter: elsewhere })).toMatchObject({ code: 'TARGET_CHANGED' })
    expect(labels()).toEqual(asBefore)
  })

  it('is refused where nothing overlaps: the old password is gone', async () => {
    const { refused, adapter } = replaced()
    const { reinstate: _, ...without } = adapter
    const swapping = { ...adapter, overlap: false }
    for (const kind of [without, swapping])
      expect(await refused({}, { adapter: kind })).toMatchObject({
        code: 'NO_WAY_BACK',
        message: expect.stringContaining('the old password was gone'),
      })
  })

  it.each([
    { what: 'is to be deleted', different: { deleted: true }, code: 'SECRET_DELETED' },
    { what: 'is another service’s', different: { owningService: 'rds' }, code: 'MANAGED_SECRET' },
    { what: 'has no AWSCURRENT', different: { versions: new Map() }, code: 'NO_CURRENT_VERSION' },
  ])('is refused when the secret $what', async ({ different, code }) => {
    const { refused, store } = replaced()
    const describe = async () => ({ ...(await store.describe(SECRET_ARN)), ...different })
    expect(await refused({}, { store: { ...store, describe } })).toMatchObject({ code })
  })

  it('takes place while rotation is turned off, and on hold: a person asks for it', async () => {
    const { back, secret } = replaced()
    secret.cancelRotation()
    secret.tag('overlap:hold', '2099-01-01T00:00:00Z year-end close')
    expect(await back()).toEqual(done)
  })

  it('is refused when the version does not work, and AWSCURRENT stays', async () => {
    const { refused, target, labels } = replaced()
    target.setPassword('a', 'changed by hand')
    expect((await refused()).code).toBe('PENDING_REFUSED')
    expect(labels()).toEqual(asBefore)
  })

  it.each([
    { what: 'AWSCURRENT moves', code: 'LABELS_MOVED' },
    { what: 'the label is lifted', code: 'LABELS_MOVED' },
    { what: 'it is told to have leaked', code: 'LEAKED' },
    { what: 'the secret is deleted', code: 'SECRET_DELETED' },
  ])('publishes nothing when $what while it waits for the lock', async ({ what, code }) => {
    const { refused, adapter, store, secret } = replaced('disabled')
    let deleted = false
    const describe = async () => ({ ...(await store.describe(SECRET_ARN)), deleted })
    const late: Adapter = {
      ...adapter,
      reinstate: async (...given) => {
        if (what.startsWith('AWSCURRENT')) secret.putByHand(value('b', 'three'))
        else if (what.includes('lifted')) secret.moveLabel('DRAINING', { from: OLD })
        else if (what.includes('leaked')) secret.tag(LEAKED_TAG, OLD)
        else deleted = true
        return adapter.reinstate?.(...given)
      },
    }
    expect((await refused({}, { adapter: late, store: { ...store, describe } })).code).toBe(code)
    expect(secret.holder('AWSCURRENT')).not.toBe(OLD)
  })
})

describe('a rollback whose move of AWSCURRENT', () => {
  const lost = new OverlapError('SECRETS_MANAGER_FAILED', 'no answer')

  it('is made and not answered has taken place', async () => {
    const { back, store, labels } = replaced('disabled')
    const unanswered: typeof store = {
      ...store,
      moveLabel: async (id, label, move) => {
        await store.moveLabel(id, label, move)
        if (label === 'AWSCURRENT') throw lost
      },
    }
    expect(await back({}, { store: unanswered })).toEqual(done)
    expect(labels()).toEqual(wentBack)
  })

  it('is refused says so', async () => {
    const { refused, store, labels } = replaced()
    const refusing: typeof store = { ...store, moveLabel: () => Promise.reject(lost) }
    expect(await refused({}, { store: refusing })).toBe(lost)
    expect(labels()).toEqual(asBefore)
  })

  it('is followed by a label that does not move has taken place: the sweep puts that right', async () => {
    const { back, store, labels } = replaced()
    const half: typeof store = {
      ...store,
      moveLabel: (id, label, move) =>
        label === 'DRAINING' ? Promise.reject(lost) : store.moveLabel(id, label, move),
    }
    expect(await back({}, { store: half })).toEqual(done)
    expect(labels()).toEqual([OLD, NOW, OLD])
  })

  /** The lock was lost while AWSCURRENT moved, and a retirement had it meanwhile. */
  const overtaken = (state: 'disabled' | 'retired' | 'leaked') => {
    const all = replaced('live')
    const { store, retirer, secret } = all
    const late: typeof store = {
      ...store,
      moveLabel: async (id, label, move) => {
        if (label === 'AWSCURRENT' && move.to === OLD && secret.holder('AWSCURRENT') === NOW) {
          all.clock.now += 60_000
          const context = {
            current: JSON.parse(value('b', 'two')),
            fence: { versionId: OLD, currentVersionId: NOW, check: async () => {} },
          }
          const old = JSON.parse(value('a', 'one'))
          await retirer.disable(old, { ...context, accepts: () => true, leaked: state === 'leaked' })
          if (state === 'retired') await retirer.remove(old, context)
        }
        return store.moveLabel(id, label, move)
      },
    }
    return { ...all, late }
  }

  it('comes after a retirement that was faster makes the version work once more', async () => {
    const { back, late, labels, oldWorks } = overtaken('disabled')
    expect(await back({}, { store: late })).toEqual(done)
    expect([labels(), oldWorks()]).toEqual([wentBack, true])
  })

  it.each(['retired', 'leaked'] as const)('comes after it was %s is undone', async (state) => {
    const { refused, late, secret } = overtaken(state)
    expect((await refused({}, { store: late })).code).toBe(state === 'leaked' ? 'LEAKED' : 'NO_WAY_BACK')
    expect(secret.holder('AWSCURRENT')).toBe(NOW)
  })

  it('is followed by a password that a person changed meanwhile is undone', async () => {
    const { refused, adapter, target, labels } = replaced()
    const changed: Adapter = {
      ...adapter,
      reinstate: async (previous, current, fence, publish) =>
        adapter.reinstate?.(previous, current, fence, async () => {
          await publish()
          target.setPassword('a', 'by hand')
        }),
    }
    expect((await refused({}, { adapter: changed })).code).toBe('PENDING_REFUSED')
    expect(labels()[0]).toBe(NOW)
  })

  it('comes late, and nobody knows whether the version works, says that consumers may be affected', async () => {
    const { refused, late, adapter } = overtaken('disabled')
    let times = 0
    const silent: Adapter = {
      ...adapter,
      reinstate: async (...given) => {
        times += 1
        if (times === 2) throw new OverlapError('UNREACHABLE', 'db:5432 is silent')
        return adapter.reinstate?.(...given)
      },
    }
    expect(await refused({}, { store: late, adapter: silent })).toMatchObject({
      code: 'UNREACHABLE',
      detail: { consumersAffected: true, inDoubt: true },
    })
  })
})
