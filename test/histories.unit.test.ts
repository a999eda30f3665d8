import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Event, type History, history } from './fakes/events.ts'
import { play, recover } from './fakes/play.ts'
import { directly } from './fakes/process.ts'
import { settle } from './fakes/settle.ts'
import { LOST_VERSION } from './fakes/starts.ts'
import { ABANDON_MS } from './fakes/sweep-process.ts'
import { type TwoSlotSabotage, world } from './fakes/world.ts'
import {
  ask,
  deliver,
  drainPasses,
  editStrategy,
  goOn,
  quarantinePasses,
  rollBack,
  sweepPass,
  sweepUpTo,
  untilDisabled,
} from './fakes/written-events.ts'

describe('whatever happens to a secret', () => {
  it('its current credential works, no draining one dies early, and it comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (chosen) => {
        const played = await play(chosen)
        expect(played.violations).toEqual([])
        await recover(played)
      }),
      { numRuns: Number(process.env.HISTORIES ?? 400) },
    )
  }, 600_000)
})

describe('a rotation that can never finish', () => {
  const untilApplied = [ask, deliver('createSecret'), deliver('setSecret')]
  it.each<{ when: string; history: History }>([
    {
      when: 'was not applied',
      history: { start: 'steady', events: [ask, deliver('createSecret'), editStrategy] },
    },
    { when: 'was applied', history: { start: 'steady', events: [...untilApplied, editStrategy] } },
    {
      when: 'was applied to the partner’s first slot',
      history: { start: 'fresh', events: [...untilApplied, editStrategy] },
    },
    {
      when: 'was cancelled',
      history: {
        start: 'steady',
        events: [...untilApplied, editStrategy, { do: 'a person cancels the rotation' }],
      },
    },
  ])('and $when is given up after a day, and what it applied drains', async ({ history: chosen }) => {
    const played = await play(chosen)
    const { secret, clock } = played
    const stuck = secret.holder('AWSPENDING')
    const askedAt = clock.now
    const given = () => secret.holder('AWSPENDING') !== stuck
    expect(await settle(played, given, 60)).toBe(true)
    expect(clock.now - askedAt).toBeGreaterThanOrEqual(ABANDON_MS)
    await recover(played)
    expect(played.target.slot('a').stamp?.version).not.toBe(stuck)
    expect(played.target.slot('b').stamp?.version).not.toBe(stuck)
  })

  it.each([
    { applied: true, outcome: 'stays, since it may be the only password that works' },
    { applied: false, outcome: 'is given up, since AWSCURRENT works' },
  ])('and names the very user of AWSCURRENT $outcome', async ({ applied }) => {
    const played = await play({ start: 'draining', events: [ask, rollBack] })
    const { secret, target } = played
    const versionId = secret.holder('AWSPENDING') ?? ''
    const store = secret.storeFor(directly)
    const password = target.newPassword()
    const secretString = JSON.stringify({ ...played.current(), password })
    await store.write('', { versionId, secretString, labels: ['AWSPENDING'], rotationToken: undefined })
    if (applied) target.setPassword(played.current().user, password)
    await settle(played, () => false, 60)
    expect(secret.holder('AWSPENDING')).toBe(applied ? versionId : undefined)
  })
})

describe('a rollback to what a retirement was disabling when it died', () => {
  const events = [
    sweepPass,
    drainPasses,
    sweepUpTo('COMMIT and record'),
    { do: 'a paused function dies', which: 0 } as const,
    { do: 'time passes', minutes: 1 } as const,
    rollBack,
    sweepPass,
  ]

  it('works again after the next pass', async () => {
    const { target, current, violations } = await play({ start: 'draining', events })
    expect([target.works(current()), violations]).toEqual([true, []])
  })

  it('would not, if the sweep did not restore it', async () => {
    const powerless: TwoSlotSabotage = { retirer: (retirer) => ({ ...retirer, enable: async () => false }) }
    const { target, current } = await play({ start: 'draining', events }, powerless)
    expect(target.works(current())).toBe(false)
  })
})

describe('a rollback to what a retirement frees in that very moment', () => {
  const events = [...untilDisabled, quarantinePasses, sweepUpTo('COMMIT and free'), rollBack, goOn]

  it('works again at once', async () => {
    const { target, current, violations } = await play({ start: 'draining', events })
    expect([target.works(current()), violations]).toEqual([true, []])
  })

  it('would not, if the retirement did not look again', async () => {
    const powerless: TwoSlotSabotage = { retirer: (retirer) => ({ ...retirer, enable: async () => false }) }
    const { target, current } = await play({ start: 'draining', events }, powerless)
    expect(target.works(current())).toBe(false)
  })
})

describe('a value that somebody stored by hand, of what is disabled', () => {
  const stored: Event = { do: 'a person stores the value of AWSPREVIOUS' }
  const events = [...untilDisabled, stored]

  it('works after the next pass', async () => {
    const { target, current, violations } = await play({ start: 'draining', events: [...events, sweepPass] })
    expect([target.works(current()), violations]).toEqual([true, []])
  })

  it('does not before', async () => {
    const { target, current } = await play({ start: 'draining', events })
    expect(target.works(current())).toBe(false)
  })
})

describe('a slot that is held by a version that is gone', () => {
  it('is freed by what SLOT_UNACCOUNTED says', async () => {
    const played = world({}, 'lostVersion')
    const { secret } = played
    secret.rotate()
    const refused = played.deliver('createSecret', secret.holder('AWSPENDING') ?? '', played.coldStart())
    await refused.run()
    expect(refused.failure()).toMatchObject({ code: 'SLOT_UNACCOUNTED' })
    const secretString = JSON.stringify({ ...played.current(), user: 'a', password: 'any' })
    await secret.storeFor(directly).write('', {
      versionId: LOST_VERSION,
      secretString,
      labels: ['DRAINING'],
      rotationToken: undefined,
    })
    played.excuse('a')
    await recover(played)
  })
})
