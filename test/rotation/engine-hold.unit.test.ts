import { describe, expect, it } from 'vitest'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { isDeferred, type OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { type Freeze, formatHold, HOLD_TAG, holdOf } from '../../lambdas/rotation/hold.ts'
import { LEAKED_TAG, withLeaked } from '../../lambdas/rotation/leaked.ts'
import { lineage } from '../../lambdas/rotation/lineage.ts'
import { directly } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from './secret.ts'

const NOW = Date.parse('2026-12-20T12:00:00Z')
const HOUR_MS = 3_600_000

/** A rotation that somebody asked for, and whatever holds it up. */
function asked(freezes: readonly Freeze[] = [], deployment = 'overlap') {
  const clock = { now: NOW }
  const now = () => clock.now
  const secret = fakeSecret(now, [
    [['AWSCURRENT'], JSON.stringify({ host: 'db', user: 'a', password: 'one' })],
  ])
  const target = twoSlotTarget(now, { a: { password: 'one', stamp: undefined } })
  secret.rotate()
  const token = secret.holder('AWSPENDING') ?? ''
  const calls: string[] = []
  const engine = {
    store: secret.storeFor((name, effect) => {
      calls.push(name)
      return directly(name, effect)
    }),
    adapterFor: () => target.adapterFor(directly),
    lineage: lineage(now),
    deployment,
    holdOf: ({ tags }: { tags: ReadonlyMap<string, string> }) => holdOf(tags, freezes, now()),
    sleep: async () => {},
  }
  const run = (step: Step) => rotate(engine, { step, secretId: SECRET_ARN, token, rotationToken: undefined })
  const refusal = (step: Step) =>
    run(step).then(
      () => undefined,
      (error: OverlapError) => error,
    )
  const hold = (hours: number) =>
    secret.tag(HOLD_TAG, formatHold({ until: clock.now + hours * HOUR_MS, reason: 'year-end close' }))
  return { clock, secret, target, token, calls, run, refusal, hold }
}

describe('a rotation on hold', () => {
  it('is refused before anything is made, with until when, why, and how to let it begin', async () => {
    const { refusal, hold, secret, token, calls, target } = asked()
    hold(1)
    const refused = await refusal('createSecret')
    expect(refused).toMatchObject({ code: 'ON_HOLD', detail: { until: '2026-12-20T13:00:00.000Z' } })
    expect(refused?.message).toContain('on hold until 2026-12-20T13:00:00.000Z: year-end close')
    expect(refused?.message).toMatch(/npm run overlap -- release app\/db$/)
    expect(secret.value(token)).toBeUndefined()
    expect(target.slot('b').password).toBeUndefined()
    expect(calls).not.toContain('PutSecretValue')
    expect(refused && isDeferred(refused)).toBe(true)
  })

  it('is released in the deployment that it is of', async () => {
    const { refusal, hold } = asked([], 'prod')
    hold(1)
    expect((await refusal('createSecret'))?.message).toMatch(/ release app\/db --deployment prod$/)
  })

  it('is refused in a freeze, and told that there is nothing to release', async () => {
    const { refusal } = asked([{ from: NOW, until: NOW + HOUR_MS, reason: 'code freeze' }])
    const refused = await refusal('createSecret')
    expect(refused).toMatchObject({ code: 'ON_HOLD' })
    expect(refused?.message).toContain('frozen until 2026-12-20T13:00:00.000Z: code freeze')
    expect(refused?.message).not.toContain('release')
  })

  it.each(['on hold', 'in a freeze', 'with a hold that nobody can read'])(
    'begins %s when AWSCURRENT leaked',
    async (when) => {
      const { run, refusal, hold, secret, token } = asked(
        when === 'in a freeze' ? [{ from: NOW, until: NOW + HOUR_MS, reason: 'code freeze' }] : [],
      )
      if (when === 'on hold') hold(1)
      if (when.includes('read')) secret.tag(HOLD_TAG, 'until further notice')
      secret.tag(LEAKED_TAG, withLeaked(undefined, 'version-9'))
      expect((await refusal('createSecret'))?.code).toBe(when.includes('read') ? 'POLICY_INVALID' : 'ON_HOLD')
      secret.tag(LEAKED_TAG, withLeaked('version-9', secret.holder('AWSCURRENT') ?? ''))
      await run('createSecret')
      expect(secret.value(token)).toBeDefined()
    },
  )

  it('begins when the hold is over', async () => {
    const { run, refusal, hold, secret, token, clock } = asked()
    hold(1)
    await refusal('createSecret')
    clock.now += HOUR_MS
    for (const step of steps) await run(step)
    expect(secret.holder('AWSCURRENT')).toBe(token)
  })

  it('begins when it is released', async () => {
    const { run, refusal, hold, secret } = asked()
    hold(1)
    await refusal('createSecret')
    secret.tag(HOLD_TAG, undefined)
    expect(await run('createSecret')).toEqual({ outcome: 'done' })
  })

  it('goes on where its value is stored already: the target may accept it', async () => {
    const { run, hold, secret, token } = asked()
    await run('createSecret')
    hold(1)
    expect(await run('createSecret')).toEqual({ outcome: 'nothing', reason: 'ALREADY_CREATED' })
    for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const) await run(step)
    expect(secret.holder('AWSCURRENT')).toBe(token)
  })

  it('is refused where the hold cannot be read: whoever wrote it meant to stop something', async () => {
    const { refusal, secret, token } = asked()
    secret.tag(HOLD_TAG, 'until the audit is over')
    expect(await refusal('createSecret')).toMatchObject({ code: 'POLICY_INVALID' })
    expect(secret.value(token)).toBeUndefined()
  })

  it('may be tested all the same: a lone testSecret writes nothing', async () => {
    const { run, hold } = asked()
    hold(1)
    expect(await run('testSecret')).toEqual({ outcome: 'preflight' })
  })
})
