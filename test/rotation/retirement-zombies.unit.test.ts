import { describe, expect, it } from 'vitest'
import type { Process } from '../fakes/process.ts'
import { MINUTE_MS, type World } from '../fakes/world.ts'
import { NOW, OLD } from './draining.ts'
import { asked, on, rest, rollBackByHand, type Stage } from './out-of-use.ts'

/** What is paused before each of its calls, and goes on later. */
const paused: readonly {
  readonly what: string
  readonly stage: Stage
  readonly before?: (played: World) => void
  readonly begin: (played: World) => Process
}[] = [
  { what: 'a pass that disables', stage: 'drained', begin: (played) => played.sweep() },
  { what: 'a pass that removes', stage: 'quarantined', begin: (played) => played.sweep() },
  {
    what: 'a pass that revokes what leaked',
    stage: 'drained',
    before: (played) => played.leak(OLD),
    begin: (played) => played.sweep(),
  },
  {
    what: 'putting back what is disabled',
    stage: 'disabled',
    begin: (played) => played.retire(asked('enable')),
  },
  {
    what: 'restoring what was made AWSCURRENT by hand',
    stage: 'disabled',
    before: rollBackByHand,
    begin: (played) => played.retire(asked('restore')),
  },
  { what: 'a rollback', stage: 'drained', begin: (played) => played.rollback({ to: OLD }) },
  { what: 'a rollback to what is disabled', stage: 'disabled', begin: (played) => played.rollback({}) },
  {
    what: 'a rollback before the end of a quarantine',
    stage: 'quarantined',
    begin: (played) => played.rollback({}),
  },
]

/** What happens meanwhile. */
const meanwhile: readonly { readonly event: string; readonly happen: (played: World) => Promise<unknown> }[] =
  [
    {
      event: 'a rotation',
      happen: async (played) => {
        played.secret.rotate()
        await played.attempt()
        await played.sweep().run()
        return played.attempt()
      },
    },
    { event: 'a rollback', happen: (played) => played.rollback({}).run() },
    { event: 'a rollback to the older one', happen: (played) => played.rollback({ to: OLD }).run() },
    {
      event: 'a rollback, and one back again',
      happen: async (played) => {
        await played.rollback({ to: OLD }).run()
        return played.rollback({ to: NOW }).run()
      },
    },
    {
      event: 'a promotion by hand',
      happen: async ({ secret, excuse }) => {
        const [from, to] = [secret.holder('AWSCURRENT'), secret.holder('AWSPREVIOUS')]
        if (from !== undefined && to !== undefined) secret.moveLabel('AWSCURRENT', { from, to })
        excuse()
      },
    },
    { event: 'another pass', happen: (played) => played.sweep().run() },
    {
      event: 'that it leaked',
      happen: async (played) => {
        played.leak(OLD)
        await played.sweep().run()
        played.clock.now += 11 * MINUTE_MS
        return played.sweep().run()
      },
    },
    {
      event: 'a pass that finds that the clients are still there',
      happen: async (played) => {
        if (played.target.slot('a').password !== undefined) played.target.sessions.add('a')
        await played.sweep().run()
        played.target.sessions.clear()
      },
    },
  ]

describe.each(paused)('$what that is paused', ({ stage, before, begin }) => {
  it.each(meanwhile)(
    'and goes on after $event hurts nobody',
    async ({ happen }) => {
      let reached = true
      for (let k = 0; reached; k++) {
        const played = await on(stage)
        before?.(played)
        const process = begin(played)
        reached = (await process.run(k)) === 'parked'
        played.clock.now += MINUTE_MS
        await happen(played)
        played.clock.now += MINUTE_MS
        if (reached) await process.run()
        for (const loose of played.loose.splice(0)) await loose.run()
        expect([k, played.violations]).toEqual([k, []])
        const { secret, target, current } = played
        // What leaked and was promoted is for a person to replace.
        if (!target.works(current()) && played.owed()) await played.visit().run()
        if (target.works(current())) expect([k, await rest(played), played.violations]).toEqual([k, true, []])
        else expect(secret.holder('AWSCURRENT')).toBe(OLD)
      }
    },
    60_000,
  )
})
