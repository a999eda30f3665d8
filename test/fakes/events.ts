import fc from 'fast-check'
import { steps } from '../../lambdas/rotation/event.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import type { Label } from '../../lambdas/rotation/secret-store.ts'
import { blows } from './process.ts'
import type { Start } from './starts.ts'
import { schedules } from './world.ts'

const calls = fc.integer({ min: 1, max: 12 })
const blow = fc.option(fc.record({ at: calls, how: fc.constantFrom(...blows) }), { nil: undefined, freq: 4 })
const which = fc.nat({ max: 9 })

const event = fc.oneof(
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
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('a person stores a new password'), other: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person takes AWSPENDING away') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person cancels the rotation') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person rolls back') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person rolls back and forward') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person edits the strategy') }) },
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
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('a client connects'), user: fc.constantFrom('a', 'b') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all clients leave') }) },
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
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person stores the value of AWSPREVIOUS') }) },
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
)
/** Only ever written down: nothing but its owner can make up for it. */
interface PasswordChanged {
  readonly do: 'a person changes the password at the target'
  readonly user: 'a' | 'b'
}
/** Written down as well: what nobody but the sweep asks, and when it has found out that it may. */
type WrittenDown =
  | PasswordChanged
  | { readonly do: 'a retire function is told to'; readonly action: 'disable' | 'remove' }
  | { readonly do: 'the tag of what leaked gets lost' }
type Random = typeof event extends fc.Arbitrary<infer E> ? E : never
/** As they are drawn at random; one that is written down may name the call that a function is paused before. */
export type Event = Random extends infer R
  ? R extends { calls: number }
    ? Omit<R, 'calls'> & { calls: number | string }
    : R | WrittenDown
  : never

export interface History {
  readonly start: Start
  /** A schedule that the sweep has seen for long. */
  readonly schedule?: string | undefined
  /** Default enforce. */
  readonly mode?: Mode
  readonly events: readonly Event[]
}

/** At random. */
export const history: fc.Arbitrary<History> = fc.record({
  start: fc.constantFrom<Start>('fresh', 'steady', 'labelLeftBehind', 'draining'),
  schedule: fc.constantFrom(...schedules.keys(), undefined),
  mode: fc.constantFrom<Mode>('enforce', 'enforce', 'enforce', 'observe'),
  events: fc.array(event, { maxLength: 60, size: 'max' }),
})
