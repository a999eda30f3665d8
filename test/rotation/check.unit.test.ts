import { describe, expect, it } from 'vitest'
import type { CredentialAdapter } from '../../lambdas/adapters/adapter.ts'
import { type Check, check } from '../../lambdas/rotation/check.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Hold, holdOf } from '../../lambdas/rotation/hold.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { giveUpCommand } from '../../lambdas/rotation/way-out.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import type { Credential } from '../fakes/two-slot-server.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

const CURRENT = 'version-1-'.padEnd(32, '0')
const value = JSON.stringify({ host: 'db', user: 'a', password: 'one' })

/** A secret that nothing speaks against, enforced, and what a row says differently. */
function checked(different: Partial<SecretDescription> = {}, tags: Readonly<Record<string, string>> = {}) {
  const secret = fakeSecret(() => 0, [[['AWSCURRENT'], value]])
  const target = twoSlotTarget(() => 0, { a: { password: 'one', stamp: undefined } })
  const store = secret.storeFor(directly)
  const written: string[] = []
  const described = async () => ({
    ...(await store.describe(SECRET_ARN)),
    tags: new Map(Object.entries({ 'overlap:mode': 'enforce', ...tags })),
    ...different,
  })
  const checking: Check<Credential> = {
    store: {
      ...store,
      describe: described,
      write: async () => void written.push('write'),
      moveLabel: async () => void written.push('moveLabel'),
    },
    adapterFor: () => target.adapterFor(directly),
    holdOf: () => undefined,
    deployment: 'green',
  }
  const run = (change: Partial<Check<Credential>> = {}) => check({ ...checking, ...change }, SECRET_ARN)
  const refusing = (error: Error): Partial<Check<Credential>> => ({
    adapterFor: (): CredentialAdapter<Credential> => ({
      ...target.adapterFor(directly),
      preflight: () => Promise.reject(error),
    }),
  })
  return { secret, target, store: checking.store, run, refusing, written }
}

describe('check', () => {
  it('is ready when nothing would block a rotation, and writes nothing', async () => {
    const { run, written, target } = checked()
    const before = target.slot('a')
    expect(await run()).toEqual({ outcome: 'ready' })
    expect([written, target.slot('a'), target.slot('b').stamp]).toEqual([[], before, undefined])
  })

  it.each([
    { what: 'is scheduled for deletion', different: { deleted: true }, code: 'SECRET_DELETED' },
    { what: 'belongs to RDS', different: { owningService: 'rds' }, code: 'MANAGED_SECRET' },
    { what: 'has no AWSCURRENT', different: { versions: new Map() }, code: 'NO_CURRENT_VERSION' },
  ])('is blocked for a secret that $what, before the target is asked', async ({ different, code }) => {
    const { run, refusing } = checked(different)
    const never = refusing(new OverlapError('UNREACHABLE', 'asked'))
    expect(await run(never)).toMatchObject({ outcome: 'blocked', code })
  })

  it.each([
    { tag: 'overlap:drain', value: 'long' },
    { tag: 'overlap:mode', value: 'perhaps' },
    { tag: 'overlap:max-age', value: '0d' },
  ])('is blocked by the tag $tag when nobody can read it, and names it', async ({ tag, value: text }) => {
    const { run } = checked({}, { [tag]: text })
    expect(await run()).toMatchObject({
      outcome: 'blocked',
      code: 'POLICY_INVALID',
      message: expect.stringContaining(tag),
    })
  })

  it('is blocked by what the adapter refuses, with the statement that helps', async () => {
    const { run, refusing } = checked()
    const statement = 'GRANT app TO admin WITH ADMIN OPTION'
    const lacking = new OverlapError('ADMIN_LACKS_RIGHT', `lacks a right. Run ${statement}`, {
      detail: { statement },
    })
    expect(await run(refusing(lacking))).toEqual({
      outcome: 'blocked',
      code: 'ADMIN_LACKS_RIGHT',
      message: lacking.message,
      run: statement,
    })
  })

  it('of a user who is to be made says by which command', async () => {
    const { run, refusing } = checked()
    const command = 'npm run overlap -- provision app/db --deployment green'
    expect(await run(refusing(new OverlapError('USER_MISSING', 'no role a yet')))).toEqual({
      outcome: 'blocked',
      code: 'USER_MISSING',
      message: `no role a yet. Run: ${command}`,
      run: command,
    })
  })

  it.each(['UNREACHABLE', 'CURRENT_REFUSED', 'DRAIN_IN_PROGRESS'] as const)(
    'is blocked by %s, too: what keeps it from knowing is an answer',
    async (code) => {
      const { run, refusing } = checked()
      expect(await run(refusing(new OverlapError(code, 'x')))).toEqual({
        outcome: 'blocked',
        code,
        message: 'x',
      })
    },
  )

  it.each(['describe', 'read'] as const)('is blocked when Secrets Manager refuses to %s', async (call) => {
    const { run, store } = checked()
    const failing = {
      ...store,
      [call]: () => Promise.reject(new OverlapError('SECRETS_MANAGER_FAILED', 'x')),
    }
    expect(await run({ store: failing })).toMatchObject({
      outcome: 'blocked',
      code: 'SECRETS_MANAGER_FAILED',
    })
  })

  it('is blocked when AWSCURRENT has no value', async () => {
    const { run, store } = checked()
    const empty = { ...store, read: async () => undefined }
    expect(await run({ store: empty })).toMatchObject({ outcome: 'blocked', code: 'NO_CURRENT_VERSION' })
  })

  it('says last that rotation is turned off, with the command that turns it on', async () => {
    const { run, refusing } = checked({ rotationEnabled: false })
    expect(await run()).toMatchObject({
      outcome: 'blocked',
      code: 'ROTATION_DISABLED',
      run: `aws secretsmanager rotate-secret --secret-id ${SECRET_ARN} --no-rotate-immediately`,
    })
    expect(await run(refusing(new OverlapError('PARTNER_TAKEN', 'x')))).toMatchObject({
      code: 'PARTNER_TAKEN',
    })
  })

  it('lets a defect of ours be one', async () => {
    const { run, refusing } = checked()
    await expect(run(refusing(new TypeError('x is undefined')))).rejects.toThrow(TypeError)
  })

  it('takes DRAINING on AWSCURRENT, which the sweep puts right, for no reason', async () => {
    const { run } = checked({ versions: new Map([[CURRENT, ['AWSCURRENT', 'DRAINING']]]) })
    expect(await run()).toEqual({ outcome: 'ready' })
  })
})

describe('a check while a rotation waits', () => {
  const store = async ({ secret }: ReturnType<typeof checked>, secretString: string) => {
    secret.rotate()
    const versionId = secret.holder('AWSPENDING') ?? ''
    await secret.storeFor(directly).write('', {
      versionId,
      secretString,
      labels: ['AWSPENDING'],
      rotationToken: undefined,
    })
    return versionId
  }
  const next = JSON.stringify({ host: 'db', user: 'b', password: 'two' })
  const neverFinishes = (code: string, versionId: string) => ({
    outcome: 'blocked',
    code,
    message: expect.stringContaining('can never finish'),
    run: giveUpCommand(SECRET_ARN, versionId),
  })

  it.each([
    {
      when: 'has made nothing yet',
      made: undefined,
      says: /waits: version \S+ has the label AWSPENDING and no/,
    },
    {
      when: 'has made its credential',
      made: next,
      says: /is under way: version \S+ has the label AWSPENDING and its/,
    },
  ])('asks the target about that one, which $when', async ({ made, says }) => {
    const subject = checked()
    const versionId = made === undefined ? subject.secret.rotate() : await store(subject, made)
    const asked: unknown[] = []
    const listening: Partial<Check<Credential>> = {
      adapterFor: () => ({
        ...subject.target.adapterFor(directly),
        preflight: async (_current, waiting) => void asked.push(waiting),
      }),
    }
    expect(await subject.run(listening)).toEqual({
      outcome: 'ready',
      information: [expect.stringMatching(says)],
    })
    expect(asked).toEqual([made === undefined ? undefined : { versionId, credential: JSON.parse(made) }])
  })

  it.each([
    { what: 'another target', made: next.replace('"db"', '"elsewhere"') },
    { what: 'another port', made: next.replace('"db"', '"db","port":1') },
    { what: 'the very user of AWSCURRENT', made: next.replace('"b"', '"a"') },
  ])('is blocked for ever by one that names $what, and says how to give it up', async ({ made }) => {
    const subject = checked()
    const versionId = await store(subject, made)
    expect(await subject.run()).toMatchObject(neverFinishes('TARGET_CHANGED', versionId))
  })

  it('is blocked for ever by one that the target will never take', async () => {
    const subject = checked()
    const versionId = await store(subject, next)
    const refused = subject.refusing(new OverlapError('TARGET_CHANGED', 'made for another partner'))
    expect(await subject.run(refused)).toMatchObject(neverFinishes('TARGET_CHANGED', versionId))
  })

  it('is blocked for ever by one that somebody overtook, or that was published before', async () => {
    const subject = checked()
    const versionId = await store(subject, next)
    const created = async () =>
      new Map([
        [versionId, new Date(1)],
        [CURRENT, new Date(2)],
      ])
    const overtaken = { store: { ...subject.store, createdDates: created } }
    expect(await subject.run(overtaken)).toMatchObject(neverFinishes('STALE_TOKEN', versionId))
    subject.secret.moveLabel('AWSCURRENT', { from: CURRENT, to: versionId })
    subject.secret.moveLabel('AWSCURRENT', { from: versionId, to: CURRENT })
    expect(await subject.run()).toMatchObject(neverFinishes('STALE_TOKEN', versionId))
  })

  it('says so also when rotation is turned off', async () => {
    const subject = checked({ rotationEnabled: false })
    const versionId = await store(subject, next.replace('"db"', '"elsewhere"'))
    expect(await subject.run()).toMatchObject(neverFinishes('TARGET_CHANGED', versionId))
  })
})

describe('the information of a check', () => {
  const hold: Hold = { until: Date.parse('2026-12-27T00:00:00Z'), reason: 'year-end close', by: 'hold' }

  it('is that nothing is disabled in observe mode', async () => {
    const { run } = checked({}, { 'overlap:mode': 'observe' })
    expect(await run()).toEqual({
      outcome: 'ready',
      information: [expect.stringContaining('overlap:mode=enforce')],
    })
  })

  it.each([
    { on: 'a hold', found: hold, says: /on hold until 2026-12-27T00:00:00.000Z: year-end close/ },
    {
      on: 'a freeze',
      found: { ...hold, by: 'freeze' } as const,
      says: /deployment is frozen until 2026-12-27/,
    },
  ])('is $on, which does not make it less ready', async ({ found, says }) => {
    const { run } = checked()
    expect(await run({ holdOf: () => found })).toEqual({
      outcome: 'ready',
      information: [expect.stringMatching(says)],
    })
  })

  it('goes with a refusal as well', async () => {
    const { run, refusing } = checked()
    const refused = { ...refusing(new OverlapError('UNREACHABLE', 'x')), holdOf: () => hold }
    expect(await run(refused)).toMatchObject({
      outcome: 'blocked',
      code: 'UNREACHABLE',
      information: [expect.stringContaining('year-end close')],
    })
  })

  it('is that a rotation waits', async () => {
    const { run, secret } = checked()
    secret.rotate()
    expect(await run()).toMatchObject({
      information: [expect.stringContaining(`${secret.holder('AWSPENDING')} has the label AWSPENDING`)],
    })
  })

  it('cannot be had of a hold that nobody can read, which blocks every rotation', async () => {
    const { run } = checked({}, { 'overlap:hold': 'next week' })
    const reading = { holdOf: ({ tags }: SecretDescription) => holdOf(tags, [], 0) }
    expect(await run(reading)).toMatchObject({ outcome: 'blocked', code: 'POLICY_INVALID' })
  })
})
