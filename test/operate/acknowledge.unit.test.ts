import { describe, expect, it } from 'vitest'
import { acknowledge } from '../../lambdas/operate/acknowledge.ts'
import { ACKNOWLEDGED_TAG, acknowledgedFor } from '../../lambdas/rollout/acknowledged.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { type Call, processOf } from '../fakes/process.ts'
import { draining, NOW, OLD, REPLACED } from './draining.ts'

/** As the tag has the drain of OLD. */
const BEGUN = (REPLACED / 1000).toString(36)
const CONSUMERS = 'ecs:shop/api event:billing manual:mainframe'

function consumed(tags: Readonly<Record<string, string>> = {}) {
  const world = draining({ 'overlap:consumers': CONSUMERS, ...tags })
  const run = (consumer: string, version?: string, call?: Call) => {
    const { operating, subject } = world.by(call)
    return acknowledge(operating, subject, {
      action: 'acknowledge',
      target: { secret: 'app/db' },
      consumer,
      version,
      by: 'billing',
    })
  }
  return { ...world, run }
}

describe('acknowledge', () => {
  it.each([undefined, NOW])('of version %s writes the name down, and keeps the word', async (version) => {
    const { run, tag, records } = consumed()
    expect(await run('event:billing', version)).toMatchObject({
      outcome: 'acknowledged',
      information: [`event:billing runs version ${NOW}`],
    })
    expect(await run('manual:mainframe', version)).toMatchObject({ outcome: 'acknowledged' })
    expect(tag(ACKNOWLEDGED_TAG)).toBe(`${NOW} ${BEGUN} event:billing manual:mainframe`)
    expect(records).toMatchObject([
      { event: 'acknowledged', version: NOW, by: 'billing', names: ['event:billing'] },
      { event: 'acknowledged', version: NOW, names: ['manual:mainframe'] },
    ])
  })

  it('again writes nothing, since the drain counts from every change of the secret', async () => {
    const { run, secret, clock, records } = consumed()
    await run('event:billing')
    const { lastChanged } = secret.describe()
    clock.now += 60_000
    expect(await run('event:billing')).toMatchObject({
      information: [expect.stringMatching(/known already/)],
    })
    expect([secret.describe().lastChanged, records.length]).toEqual([lastChanged, 1])
  })

  it('takes the place of what was said of another version, and of who is declared no more', async () => {
    const { run, tag } = consumed({ [ACKNOWLEDGED_TAG]: `${OLD} event:billing manual:mainframe` })
    await run('event:billing')
    expect(tag(ACKNOWLEDGED_TAG)).toBe(`${NOW} ${BEGUN} event:billing`)
    const left = consumed({ [ACKNOWLEDGED_TAG]: `${NOW} ${BEGUN} event:gone` })
    await left.run('event:billing')
    expect(left.tag(ACKNOWLEDGED_TAG)).toBe(`${NOW} ${BEGUN} event:billing`)
  })

  it('does not count what was said before the version was rolled back and returned', async () => {
    const before = (REPLACED / 1000 - 3600).toString(36)
    for (const said of [`${NOW} ${before}`, NOW]) {
      const { run, tag, records } = consumed({ [ACKNOWLEDGED_TAG]: `${said} event:billing manual:mainframe` })
      await run('event:billing')
      expect([tag(ACKNOWLEDGED_TAG), records.length]).toEqual([`${NOW} ${BEGUN} event:billing`, 1])
    }
  })

  it.each([
    ['nothing', {}],
    ['only the drain of what is AWSCURRENT again', { drain: { version: NOW, since: REPLACED } }],
  ])('is to be said again where the sweep has written %s', async (_, state) => {
    const { run, tag } = consumed({ [STATE_TAG]: encodeState(state) })
    expect(await run('event:billing')).toMatchObject({
      information: [`event:billing runs version ${NOW}`, expect.stringContaining('acknowledge again')],
    })
    expect(tag(ACKNOWLEDGED_TAG)).toBe(`${NOW} event:billing`)
  })

  it.each([
    ['event:other', /^(?!.*(billing|mainframe)).*it names no event:other$/],
    ['ecs:shop/api', /acknowledges by itself/],
    ['billing', /event:NAME or manual:NAME/],
  ])('of %s is refused, and names no other consumer', async (consumer, says) => {
    const { run, tag } = consumed()
    await expect(run(consumer)).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringMatching(says),
    })
    expect(tag(ACKNOWLEDGED_TAG)).toBeUndefined()
  })

  it('of another version than AWSCURRENT is refused: that consumer has to read the secret again', async () => {
    const { run, tag } = consumed()
    await expect(run('event:billing', OLD)).rejects.toMatchObject({
      code: 'LABELS_MOVED',
      message: expect.stringMatching(/read the secret again/),
    })
    expect(tag(ACKNOWLEDGED_TAG)).toBeUndefined()
  })

  it('is not taken for the new version when AWSCURRENT moves in between', async () => {
    const world = consumed()
    const racing: Call = async (name, effect) => {
      if (name === 'TagResource') world.rollBack()
      return effect()
    }
    await expect(world.run('event:billing', NOW, racing)).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    expect(acknowledgedFor(world.tag(ACKNOWLEDGED_TAG), OLD, undefined)).toEqual([])
  })

  it('of two at once is there for both, whichever begins first and by how much', async () => {
    for (let ahead = 0; ahead <= 6; ahead++) {
      const { run, tag } = consumed()
      const one = processOf((call) => run('event:billing', undefined, call))
      const other = processOf((call) => run('manual:mainframe', undefined, call))
      // Both have read before either writes.
      await other.run(0)
      await one.run(ahead)
      while ([one, other].some((process) => process.state() !== 'ended'))
        for (const process of [other, one]) await process.run(1)
      expect([one.failure(), other.failure()]).toEqual([undefined, undefined])
      const there = acknowledgedFor(tag(ACKNOWLEDGED_TAG), NOW, REPLACED)
      expect([...there].sort(), `${ahead}`).toEqual(['event:billing', 'manual:mainframe'])
    }
  })

  it('gives up where others write time and again', async () => {
    const world = consumed()
    const racing: Call = async (name, effect) => {
      const answer = effect()
      if (name === 'TagResource') world.secret.tag(ACKNOWLEDGED_TAG, `${NOW} ${BEGUN} manual:mainframe`)
      return answer
    }
    await expect(world.run('event:billing', undefined, racing)).rejects.toMatchObject({
      code: 'LABELS_MOVED',
      message: expect.stringMatching(/Ask again/),
    })
  })

  it('of more than a tag holds is refused, and says what to do', async () => {
    const names = ['a', 'b'].map((name) => `event:${name.repeat(100)}`)
    const { run } = consumed({ 'overlap:consumers': names.join(' ') })
    await run(`${names[0]}`)
    await expect(run(`${names[1]}`)).resolves.toBeDefined()
    const long = consumed({ 'overlap:consumers': [...names, `manual:${'c'.repeat(30)}`].join(' ') })
    for (const name of names) await long.run(name)
    await expect(long.run(`manual:${'c'.repeat(30)}`)).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringMatching(/shorter names/),
    })
  })

  it('is done, whatever becomes of the journal', async () => {
    const { by } = consumed()
    const { operating, subject } = by()
    const record = () => Promise.reject(new OverlapError('JOURNAL_FAILED', 'throttled'))
    const request = {
      action: 'acknowledge',
      target: { secret: 'app/db' },
      consumer: 'event:billing',
      version: undefined,
      by: undefined,
    } as const
    expect(
      await acknowledge({ ...operating, watcher: { ...operating.watcher, record } }, subject, request),
    ).toMatchObject({ outcome: 'acknowledged' })
  })
})
