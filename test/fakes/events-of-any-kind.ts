import fc from 'fast-check'
import { steps } from '../../lambdas/rotation/event.ts'
import type { Label } from '../../lambdas/rotation/secret-store.ts'
import { blows } from './process.ts'
import { schedules } from './sweep-process.ts'

export const calls = fc.integer({ min: 1, max: 12 })
export const blow = fc.option(fc.record({ at: calls, how: fc.constantFrom(...blows) }), {
  nil: undefined,
  freq: 4,
})
export const which = fc.nat({ max: 9 })

/** What befalls a secret, whatever its kind. */
export const ofAnyKind = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('the service tries the rotation'), blow }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('a rotation is asked for') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('a step is delivered'),
      step: fc.constantFrom(...steps),
      token: fc.nat({ max: 3 }),
      calls,
      blow,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('the sweep runs'), calls, blow }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('the sweep runs to its end'), blow }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('the sweep hears of a label'), calls, blow }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('a paused function goes on'), which, calls }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a paused function dies'), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('time passes'),
      minutes: fc.constantFrom<number>(1, 4, 11, 30, 61, 125, 1500),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person takes AWSPENDING away') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person cancels the rotation') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person rolls back') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person rolls back and forward') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person edits a tag') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a person puts it on hold'),
      hours: fc.constantFrom<number>(1, 5, 30, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person releases it') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a person edits the schedule'),
      schedule: fc.constantFrom(...schedules.keys(), undefined),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a person edits the mode'),
      mode: fc.constantFrom('observe', 'enforce'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('a person asks for a rollback'),
      to: fc.constantFrom('the version that drains', 'AWSPREVIOUS', 'any'),
      which,
      calls,
      blow,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a version is told to have leaked'),
      label: fc.constantFrom<Label>('AWSCURRENT', 'AWSPREVIOUS', 'DRAINING'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person asks for a repair'), calls, blow }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('a retire function is asked'),
      action: fc.constantFrom('enable', 'restore', 'inspect'),
      which,
      calls,
      blow,
    }),
  },
] as const

type Random = (typeof ofAnyKind)[number]['arbitrary'] extends fc.Arbitrary<infer E> ? E : never

/** Written down alone: what nobody but the sweep asks, and when it has found out that it may. */
type WrittenDown =
  | { readonly do: 'a retire function is told to'; readonly action: 'disable' | 'remove' }
  | { readonly do: 'the tag of what leaked gets lost' }

/** As it is drawn at random; one that is written down may name the call that a function is paused before. */
export type Written<R> = R extends { calls: number } ? Omit<R, 'calls'> & { calls: number | string } : R

export type EventOfAnyKind = Written<Random> | WrittenDown
