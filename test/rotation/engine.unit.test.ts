import { describe, expect, it } from 'vitest'
import type { CredentialAdapter } from '../../lambdas/adapters/adapter.ts'
import { type Engine, rotate } from '../../lambdas/rotation/engine.ts'
import { isDeferred, OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { lineage } from '../../lambdas/rotation/lineage.ts'
import type { Label, NewVersion, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { drainLostVersionCommand, giveUpCommand } from '../../lambdas/rotation/way-out.ts'
import { type Call, directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import type { Credential, Slot, User } from '../fakes/two-slot-server.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

const id = (n: number) => `version-${n}-`.padEnd(32, '0')
const value = (user: User, password: string, host = 'db') => JSON.stringify({ host, user, password })
const live = (version: string, password: string): Slot => ({ password, stamp: { version, state: 'live' } })
const retired = (version: string): Slot => ({ password: undefined, stamp: { version, state: 'retired' } })

interface Start {
  readonly versions?: readonly (readonly [labels: readonly Label[], value: string])[]
  readonly slots?: Partial<Record<User, Slot>>
}

/** A secret whose only version is AWSCURRENT on slot a, unless told otherwise, and the rotation that was asked for. */
function asked({ versions, slots }: Start = {}) {
  const clock = { now: 0 }
  const now = () => ++clock.now
  const secret = fakeSecret(now, versions ?? [[['AWSCURRENT'], value('a', 'one')]])
  const target = twoSlotTarget(now, slots ?? { a: live(id(1), 'one') })
  secret.rotate()
  const token = secret.holder('AWSPENDING') ?? ''
  const calls: string[] = []
  const call: Call = (name, effect) => {
    calls.push(name)
    return directly(name, effect)
  }
  const engine: Engine<Credential> = {
    store: secret.storeFor(call),
    adapterFor: () => target.adapterFor(call),
    lineage: lineage(now),
    deployment: 'overlap',
    holdOf: () => undefined,
    sleep: async () => {},
  }
  const run = (step: Step, different: Partial<Engine<Credential>> = {}, of = token) =>
    rotate({ ...engine, ...different }, { step, secretId: SECRET_ARN, token: of, rotationToken: undefined })
  const cold = () => ({ lineage: lineage(now) })
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: OverlapError) => error.code,
    )
  return { secret, target, token, engine, run, cold, code, calls, clock }
}

const withAdapter = (
  engine: Engine<Credential>,
  change: (adapter: CredentialAdapter<Credential>) => Partial<CredentialAdapter<Credential>>,
): Partial<Engine<Credential>> => ({
  adapterFor: (secret) => {
    const adapter = engine.adapterFor(secret)
    return { ...adapter, ...change(adapter) }
  },
})

describe('a rotation', () => {
  it('ends with the new credential current, the old one working and pinned', async () => {
    const { run, secret, target, token } = asked()
    for (const step of steps) expect(await run(step)).toEqual({ outcome: 'done' })
    expect(secret.holder('AWSCURRENT')).toBe(token)
    expect(secret.holder('DRAINING')).toBe(id(1))
    expect(secret.holder('AWSPREVIOUS')).toBe(id(1))
    expect(target.works(JSON.parse(secret.value(token) ?? ''))).toBe(true)
    expect(target.works(JSON.parse(value('a', 'one')))).toBe(true)
  })

  it('asks Secrets Manager at most fourteen times when the function is warm', async () => {
    const { run, calls } = asked()
    for (const step of steps) await run(step)
    const operations = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage']
    expect(calls.filter((name) => operations.includes(name)).length).toBeLessThanOrEqual(14)
  })

  it('never takes AWSPENDING away, which is the service’s', async () => {
    const { run, secret, token } = asked()
    for (const step of steps) await run(step)
    expect(secret.holder('AWSPENDING')).toBe(token)
  })

  it('passes the rotation token on, and stores under AWSPENDING alone', async () => {
    const { engine, token } = asked()
    const written: NewVersion[] = []
    const store: SecretStore = {
      ...engine.store,
      write: async (_secretId, version) => {
        written.push(version)
      },
    }
    const event = { step: 'createSecret', secretId: SECRET_ARN, token, rotationToken: 'r' } as const
    await rotate({ ...engine, store }, event)
    expect(written).toEqual([
      expect.objectContaining({ versionId: token, labels: ['AWSPENDING'], rotationToken: 'r' }),
    ])
  })
})

describe('steps that come twice', () => {
  it('createSecret keeps the value that is there', async () => {
    const { run, secret, token } = asked()
    await run('createSecret')
    const first = secret.value(token)
    expect(await run('createSecret')).toEqual({ outcome: 'nothing', reason: 'ALREADY_CREATED' })
    expect(secret.value(token)).toBe(first)
  })

  it('createSecret gives way to a second delivery that stored its value first', async () => {
    const { run, engine, secret, token } = asked()
    const slow = withAdapter(engine, ({ create }) => ({
      create: async (current, context) => {
        const pending = await create(current, context)
        await run('createSecret')
        return pending
      },
    }))
    expect(await run('createSecret', slow)).toEqual({ outcome: 'nothing', reason: 'ALREADY_CREATED' })
    expect(secret.value(token)).toContain('password-2')
  })

  it('createSecret whose value could not be stored fails', async () => {
    const { run, engine, code } = asked()
    const write = () => Promise.reject(new OverlapError('SECRETS_MANAGER_FAILED', 'throttled'))
    expect(await code(run('createSecret', { store: { ...engine.store, write } }))).toBe(
      'SECRETS_MANAGER_FAILED',
    )
  })

  it.each(['setSecret', 'testSecret'] as const)('%s does the same again', async (step) => {
    const { run, target } = asked()
    await run('createSecret')
    await run('setSecret')
    const before = [target.slot('a'), target.slot('b')]
    expect(await run(step)).toEqual({ outcome: 'done' })
    expect([target.slot('a'), target.slot('b')]).toEqual(before)
  })

  it.each(steps)('%s after the rotation has finished changes nothing', async (step) => {
    const { run, secret, token } = asked()
    for (const each of steps) await run(each)
    secret.rotated(token)
    expect(await run(step)).toEqual({ outcome: 'nothing', reason: 'ALREADY_CURRENT' })
    expect(secret.holder('DRAINING')).toBe(id(1))
  })
})

describe('steps that come too early', () => {
  it.each(['setSecret', 'finishSecret'] as const)('%s says that there is no value yet', async (step) => {
    const { run, code, secret } = asked()
    expect(await code(run(step))).toBe('PENDING_EMPTY')
    expect(secret.holder('AWSCURRENT')).toBe(id(1))
  })

  it('finishSecret before setSecret publishes nothing', async () => {
    const { run, code, secret } = asked()
    await run('createSecret')
    expect(await code(run('finishSecret'))).toBe('PENDING_REFUSED')
    expect([secret.holder('AWSCURRENT'), secret.holder('DRAINING')]).toEqual([id(1), undefined])
  })

  it('finishSecret without a test in this process tests before it publishes', async () => {
    const { run, cold, calls, secret, token } = asked()
    await run('createSecret')
    await run('setSecret')
    calls.length = 0
    await run('finishSecret', cold())
    expect(calls.indexOf('log in as pending')).toBeGreaterThan(-1)
    expect(calls.indexOf('log in as pending')).toBeLessThan(calls.indexOf('UpdateSecretVersionStage'))
    expect(secret.holder('AWSCURRENT')).toBe(token)
  })

  it('finishSecret right after the test in the same process does not test again', async () => {
    const { run, calls } = asked()
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await run(step)
    calls.length = 0
    await run('finishSecret')
    expect(calls).toEqual(['DescribeSecret', 'UpdateSecretVersionStage', 'UpdateSecretVersionStage'])
  })
})

describe('a password that is changed outside between the test and finishSecret', () => {
  it('is not published by a process that saw the test pass minutes ago', async () => {
    const { run, code, clock, target, secret } = asked()
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await run(step)
    target.setPassword('b', 'changed outside')
    clock.now += 60_000
    expect(await code(run('finishSecret'))).toBe('PENDING_REFUSED')
    expect(secret.holder('AWSCURRENT')).toBe(id(1))
  })
})

describe('a lone testSecret', () => {
  it.each([
    { what: 'AWSPENDING without a value', move: false },
    { what: 'AWSPENDING beside AWSCURRENT', move: true },
  ])('with $what is the preflight, and writes nothing', async ({ move }) => {
    const { run, secret, token, calls } = asked()
    if (move) {
      secret.moveLabel('AWSPENDING', { from: token, to: id(1) })
      expect(await run('testSecret', {}, id(1))).toEqual({ outcome: 'preflight' })
    } else expect(await run('testSecret')).toEqual({ outcome: 'preflight' })
    expect(calls).toContain('log in as current')
    expect(calls).not.toContain('PutSecretValue')
    expect(calls).not.toContain('UpdateSecretVersionStage')
    expect(calls).not.toContain('COMMIT')
  })

  it('that finds a problem says it', async () => {
    const { run, target, code } = asked()
    target.setPassword('a', 'changed outside')
    expect(await code(run('testSecret'))).toBe('CURRENT_REFUSED')
  })

  it.each(['USER_MISSING', 'DRAIN_IN_PROGRESS', 'ORPHAN_KEY'] as const)(
    'that finds what clears by itself is no failure: %s',
    async (reason) => {
      const { engine, run } = asked()
      const refusing = withAdapter(engine, () => ({
        preflight: () => Promise.reject(new OverlapError(reason, 'x')),
      }))
      expect(await run('testSecret', refusing)).toEqual({ outcome: 'preflight', reason })
    },
  )

  it('of a rotation whose value is late to be readable waits for it a little', async () => {
    const { run, engine } = asked()
    await run('createSecret')
    await run('setSecret')
    const slept: number[] = []
    let late = 2
    const store: SecretStore = {
      ...engine.store,
      read: async (secretId, versionId) =>
        versionId !== id(1) && late-- > 0 ? undefined : engine.store.read(secretId, versionId),
    }
    const sleep = async (ms: number) => {
      slept.push(ms)
    }
    expect(await run('testSecret', { store, sleep })).toEqual({ outcome: 'done' })
    expect(slept).toEqual([100, 400])
  })
})

describe('a secret edited by hand in the middle of a rotation', () => {
  const edited = async (after: Step) => {
    const all = asked()
    for (const step of steps) {
      await all.run(step)
      if (step === after) break
    }
    all.target.setPassword('a', 'by hand')
    all.secret.putByHand(value('a', 'by hand'))
    return all
  }

  it.each([
    { after: 'createSecret', next: 'setSecret' },
    { after: 'setSecret', next: 'testSecret' },
    { after: 'testSecret', next: 'finishSecret' },
    { after: 'createSecret', next: 'createSecret' },
  ] as const)('after $after: $next refuses to undo the edit', async ({ after, next }) => {
    const { run, code, secret, target } = await edited(after)
    const byHand = secret.holder('AWSCURRENT')
    const before = target.slot('b')
    expect(await code(run(next))).toBe('STALE_TOKEN')
    expect(secret.holder('AWSCURRENT')).toBe(byHand)
    expect(target.slot('b')).toEqual(before)
  })

  it('is seen under the lock, when it happens while setSecret waits', async () => {
    const { run, engine, secret, target, code } = asked()
    await run('createSecret')
    const waiting = withAdapter(engine, ({ set }) => ({
      set: async (pending, current, fence) => {
        secret.putByHand(value('a', 'one', 'db'))
        secret.putByHand(value('a', 'by hand'))
        await set(pending, current, fence)
      },
    }))
    expect(await code(run('setSecret', waiting))).toBe('LABELS_MOVED')
    expect(target.slot('b').password).toBeUndefined()
  })

  it('does not lose the edit to a finishSecret that described the secret before it', async () => {
    const { run, engine, secret, code } = asked()
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await run(step)
    const store: SecretStore = {
      ...engine.store,
      describe: async (secretId) => {
        const described = await engine.store.describe(secretId)
        secret.putByHand(value('a', 'by hand'))
        return described
      },
    }
    expect(await code(run('finishSecret', { store }))).toBe('LABELS_MOVED')
    expect(secret.value(secret.holder('AWSCURRENT') ?? '')).toContain('by hand')
  })
})

describe('a rotation whose AWSPENDING was taken away', () => {
  it('writes nothing, though it was past its first look', async () => {
    const { run, engine, secret, target, token, code } = asked()
    await run('createSecret')
    const waiting = withAdapter(engine, ({ set }) => ({
      set: async (pending, current, fence) => {
        secret.moveLabel('AWSPENDING', { from: token })
        await set(pending, current, fence)
      },
    }))
    expect(await code(run('setSecret', waiting))).toBe('NOT_PENDING')
    expect(target.slot('b').password).toBeUndefined()
  })
})

describe('a value that names another target', () => {
  it.each(['setSecret', 'testSecret', 'finishSecret'] as const)('is refused by %s', async (step) => {
    const { run, code, engine, token, target, secret } = asked()
    const moved = { versionId: token, secretString: value('b', 'x', 'elsewhere'), labels: [] }
    await engine.store.write(SECRET_ARN, { ...moved, labels: ['AWSPENDING'], rotationToken: undefined })
    expect(await code(run(step))).toBe('TARGET_CHANGED')
    expect([target.slot('b').password, secret.holder('AWSCURRENT')]).toEqual([undefined, id(1)])
  })

  it('is refused by setSecret when it is AWSCURRENT’s own place by now', async () => {
    const { run, code, secret, target } = asked({
      versions: [
        [['AWSCURRENT'], value('a', 'one')],
        [['AWSCURRENT'], value('b', 'two')],
      ],
      slots: { a: retired(id(1)), b: live(id(2), 'two') },
    })
    await run('createSecret')
    target.setPassword('a', 'one')
    secret.moveLabel('AWSCURRENT', { from: id(2), to: id(1) })
    expect(await code(run('setSecret'))).toBe('TARGET_CHANGED')
    expect(target.slot('a').password).toBe('one')
  })

  it.each([
    { says: 'names another target', stored: value('b', 'x', 'elsewhere') },
    {
      says: 'differ in more than the credential',
      stored: JSON.stringify({ note: 1, ...JSON.parse(value('b', 'x')) }),
    },
    { says: 'names the principal that AWSCURRENT names', stored: value('a', 'x') },
  ])('is refused for ever when it $says, and the message holds the command', async ({ says, stored }) => {
    const { run, engine, token } = asked()
    const version = { versionId: token, secretString: stored, rotationToken: undefined }
    await engine.store.write(SECRET_ARN, { ...version, labels: ['AWSPENDING'] })
    await expect(run('setSecret')).rejects.toMatchObject({
      code: 'TARGET_CHANGED',
      message: expect.stringMatching(new RegExp(`${says}.*: ${giveUpCommand(SECRET_ARN, token)}$`)),
    })
  })

  it('is refused by its adapter with the command, too, and with all that the adapter says', async () => {
    const { run, engine, token } = asked()
    await run('createSecret')
    const cause = new Error('the cause')
    const otherStrategy = withAdapter(engine, () => ({
      set: () =>
        Promise.reject(
          new OverlapError('TARGET_CHANGED', 'another user is next', { detail: { role: 'b' }, cause }),
        ),
    }))
    await expect(run('setSecret', otherStrategy)).rejects.toMatchObject({
      message: expect.stringContaining(giveUpCommand(SECRET_ARN, token)),
      detail: { role: 'b' },
      cause,
    })
  })

  it('is refused when somebody promoted an older version with other fields while the rotation was under way', async () => {
    const edited = JSON.stringify({ host: 'db', user: 'a', password: 'one', pool: 20 })
    const { run, code, secret, target, clock, cold } = asked({
      versions: [
        [['AWSCURRENT'], value('a', 'one')],
        [['AWSCURRENT'], edited],
        [['AWSCURRENT'], value('a', 'one')],
      ],
    })
    await run('createSecret')
    clock.now += 1
    secret.moveLabel('AWSCURRENT', { from: id(3), to: id(2) })
    for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const)
      expect(await code(run(step, cold()))).toBe('TARGET_CHANGED')
    expect([target.slot('b').password, secret.holder('AWSCURRENT')]).toEqual([undefined, id(2)])
  })

  it('is never stored by createSecret', async () => {
    const { run, code, engine, secret, token } = asked()
    const elsewhere = withAdapter(engine, ({ create }) => ({
      create: async (current, context) => ({ ...(await create(current, context)), host: 'elsewhere' }),
    }))
    expect(await code(run('createSecret', elsewhere))).toBe('TARGET_CHANGED')
    expect(secret.value(token)).toBeUndefined()
  })
})

describe('a slot that is not free', () => {
  const drainingStart: Start = {
    versions: [
      [['AWSCURRENT', 'DRAINING'], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
    slots: { a: live(id(1), 'one'), b: live(id(2), 'two') },
  }

  it('refuses the rotation as deferred and leaves the label where it is', async () => {
    const { run, code, secret, token } = asked(drainingStart)
    expect(await code(run('createSecret'))).toBe('DRAIN_IN_PROGRESS')
    expect([secret.holder('DRAINING'), secret.value(token)]).toEqual([id(1), undefined])
  })

  const orphaned = (labels: readonly Label[], slotOfFirst: Slot): Start => ({
    versions: [
      [labels, value('a', 'zero')],
      [[], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
    slots: { a: slotOfFirst, b: live(id(3), 'two') },
  })

  it('held by a version without a label: DRAINING goes on it, so that it is retired', async () => {
    const { run, code, secret } = asked(orphaned([], live(id(2), 'one')))
    expect(await code(run('createSecret'))).toBe('DRAIN_IN_PROGRESS')
    expect(secret.holder('DRAINING')).toBe(id(2))
  })

  it('held by a version that took the place of the one with DRAINING: the label follows', async () => {
    const { run, code, secret } = asked(orphaned(['DRAINING'], live(id(2), 'one')))
    expect(await code(run('createSecret'))).toBe('DRAIN_IN_PROGRESS')
    expect(secret.holder('DRAINING')).toBe(id(2))
  })

  it('taken after createSecret had looked: setSecret is refused, and DRAINING goes on what took it', async () => {
    const { run, code, secret, target } = asked({
      versions: [
        [[], value('a', 'one')],
        [['AWSCURRENT'], value('b', 'two')],
      ],
      slots: { a: retired(id(1)), b: live(id(2), 'two') },
    })
    await run('createSecret')
    const other = target.adapterFor(directly)
    const current = JSON.parse(value('b', 'two'))
    const taken = await other.create(current, { versionId: id(1) })
    const fence = { versionId: id(1), currentVersionId: id(2), check: async () => {} }
    await other.set(taken, current, fence)
    expect(await code(run('setSecret'))).toBe('DRAIN_IN_PROGRESS')
    expect(target.slot('a')).toEqual(live(id(1), taken.password))
    expect(secret.holder('DRAINING')).toBe(id(1))
  })

  it('held, while DRAINING is on a third principal: that one keeps the label', async () => {
    const { run, code, secret, engine } = asked(orphaned(['DRAINING'], live(id(2), 'one')))
    const third = withAdapter(engine, ({ principal }) => ({
      principal: (credential) => (credential.password === 'zero' ? 'c' : principal(credential)),
    }))
    expect(await code(run('createSecret', third))).toBe('DRAIN_IN_PROGRESS')
    expect(secret.holder('DRAINING')).toBe(id(1))
  })

  it('held by AWSPREVIOUS after a rollback: DRAINING leaves AWSCURRENT for it', async () => {
    const { run, code, secret } = asked({
      versions: [
        [['AWSCURRENT'], value('b', 'two')],
        [['AWSCURRENT', 'DRAINING'], value('a', 'one')],
      ],
      slots: { a: live(id(2), 'one'), b: live(id(1), 'two') },
    })
    expect(await code(run('createSecret'))).toBe('DRAIN_IN_PROGRESS')
    expect(secret.holder('DRAINING')).toBe(id(1))
  })

  it('held by a version that is gone is a person’s business: the message holds the command', async () => {
    const { run, secret } = asked(orphaned([], live('gone', 'one')))
    await expect(run('createSecret')).rejects.toMatchObject({
      code: 'SLOT_UNACCOUNTED',
      message: expect.stringContaining(drainLostVersionCommand(SECRET_ARN, 'gone')),
      detail: { holder: 'gone' },
    })
    expect(secret.holder('DRAINING')).toBeUndefined()
    const refused = await run('createSecret').catch((error: OverlapError) => error)
    expect(refused instanceof OverlapError && isDeferred(refused)).toBe(false)
  })

  it('held by a version that is gone, while another drains, waits for that one first', async () => {
    const { run, code, secret, engine } = asked(orphaned(['DRAINING'], live('gone', 'one')))
    const third = withAdapter(engine, ({ principal }) => ({
      principal: (credential) => (credential.password === 'zero' ? 'c' : principal(credential)),
    }))
    expect(await code(run('createSecret', third))).toBe('DRAIN_IN_PROGRESS')
    expect(secret.holder('DRAINING')).toBe(id(1))
  })

  it('whose record says retired is used, and the label that was left behind moves on', async () => {
    const { run, secret, token } = asked({
      versions: [
        [['AWSCURRENT', 'DRAINING'], value('a', 'one')],
        [['AWSCURRENT'], value('b', 'two')],
      ],
      slots: { a: retired(id(1)), b: live(id(2), 'two') },
    })
    for (const step of steps) expect(await run(step)).toEqual({ outcome: 'done' })
    expect([secret.holder('AWSCURRENT'), secret.holder('DRAINING')]).toEqual([token, id(2)])
  })
})

describe('finishSecret', () => {
  it('never takes DRAINING from a version whose user is not the one that was replaced', async () => {
    const { run, engine, secret, code } = asked()
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await run(step)
    secret.putByHand(value('b', 'x'))
    const byHand = secret.holder('AWSCURRENT') ?? ''
    secret.moveLabel('AWSCURRENT', { from: byHand, to: id(1) })
    secret.moveLabel('DRAINING', { to: byHand })
    const otherUser = withAdapter(engine, ({ principal }) => ({
      principal: (credential) => (credential.password === 'x' ? 'c' : principal(credential)),
    }))
    expect(await code(run('finishSecret', otherUser))).toBe('DRAIN_IN_PROGRESS')
    expect([secret.holder('DRAINING'), secret.holder('AWSCURRENT')]).toEqual([byHand, id(1)])
  })
})
