import { describe, expect, it } from 'vitest'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { MINUTE_MS, type World, world } from '../fakes/world.ts'

/** A rotation, finished and rolled back; its function is still warm. */
async function rolledBack() {
  const played = world({}, 'steady')
  const { secret } = played
  const before = secret.holder('AWSCURRENT') ?? ''
  secret.rotate()
  const token = secret.holder('AWSPENDING') ?? ''
  const warm = played.coldStart()
  const deliver = async (step: Step, upTo?: number) => {
    const delivery = played.deliver(step, token, warm)
    await delivery.run(upTo)
    return delivery
  }
  for (const step of steps) await deliver(step)
  expect(secret.holder('AWSCURRENT')).toBe(token)
  await played.rollback({ to: before, from: token }).run()
  expect(secret.holder('AWSCURRENT')).toBe(before)
  return { played, before, token, deliver }
}

const codeOf = (failure: unknown) => (failure as { code?: string } | undefined)?.code

describe('a rotation that was rolled back', () => {
  it.each(steps)('does not come back by a late %s, though its function remembers it', async (step) => {
    const { played, before, deliver } = await rolledBack()
    const late = await deliver(step)
    expect(codeOf(late.failure())).toBe('STALE_TOKEN')
    expect([played.secret.holder('AWSCURRENT'), played.violations]).toEqual([before, []])
  })

  it('is given up, its credential drains, and the next rotation takes its slot', async () => {
    const { played, before, token } = await rolledBack()
    const { secret } = played
    expect(secret.holder('DRAINING')).toBe(token)
    await played.sweep().run()
    expect(secret.holder('AWSPENDING')).toBeUndefined()
    await passes(played, 12)
    expect(secret.holder('DRAINING')).toBeUndefined()
    secret.rotate()
    expect(await played.attempt()).toBe('rotated')
    expect([secret.holder('DRAINING'), played.violations]).toEqual([before, []])
  })
})

describe('a rotation that is under way when somebody rolls back to what it replaces', () => {
  /** Every call but the last of finishSecret, which moves AWSCURRENT itself: what was sent is not taken back. */
  it.each(steps)('and is paused in %s publishes nothing over that', async (step) => {
    let reached = true
    for (let k = 0; reached; k++) {
      const played = world({}, 'steady')
      const { secret } = played
      secret.rotate()
      const token = secret.holder('AWSPENDING') ?? ''
      const warm = played.coldStart()
      for (const earlier of steps.slice(0, steps.indexOf(step)))
        await played.deliver(earlier, token, warm).run()
      const before = secret.holder('AWSCURRENT') ?? ''
      const calls: string[] = []
      const paused = played.deliver(step, token, warm, (name) => {
        calls.push(name)
        return undefined
      })
      reached = (await paused.run(k)) === 'parked'
      const isLast =
        step === 'finishSecret' && calls.filter((name) => name === 'UpdateSecretVersionStage').length > 0
      if (!reached || isLast) break
      // Another delivery finishes it, and somebody goes back.
      for (const again of steps) await played.deliver(again, token, played.coldStart()).run()
      await played.rollback({ to: before }).run()
      expect(secret.holder('AWSCURRENT')).toBe(before)
      await paused.run()
      expect([k, secret.holder('AWSCURRENT'), played.violations]).toEqual([k, before, []])
    }
  })

  it('waits for its slot as before, and finishes when what was rolled back from is gone', async () => {
    const played = world({}, 'draining')
    const { secret } = played
    secret.rotate()
    const token = secret.holder('AWSPENDING') ?? ''
    expect(await played.attempt()).toBe('failed')
    await played.rollback({}).run()
    const before = secret.holder('AWSCURRENT')
    for (const step of steps) {
      await played.deliver(step, token, played.coldStart()).run()
      expect(secret.holder('AWSCURRENT')).toBe(before)
    }
    await passes(played, 14)
    expect([secret.holder('AWSCURRENT'), played.violations]).toEqual([token, []])
  })
})

async function passes(played: World, count: number): Promise<void> {
  for (let pass = 0; pass < count; pass++) {
    if (played.secret.takeTry()) await played.attempt()
    await played.sweep().run()
    played.clock.now += 30 * MINUTE_MS
  }
}
