import fc from 'fast-check'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import { type EventOfAnyKind, ofAnyKind } from './events-of-any-kind.ts'
import type { Start } from './starts.ts'
import { schedules } from './sweep-process.ts'

/** What befalls a target of two slots, or whoever uses it. */
const ofTwoSlots = [
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('a person stores a new password'), other: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person edits the strategy') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('a client connects'), user: fc.constantFrom('a', 'b') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all clients leave') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person stores the value of AWSPREVIOUS') }) },
] as const
type Random = (typeof ofTwoSlots)[number]['arbitrary'] extends fc.Arbitrary<infer E> ? E : never

/** Only ever written down: nothing but its owner can make up for it. */
interface PasswordChanged {
  readonly do: 'a person changes the password at the target'
  readonly user: 'a' | 'b'
}

export type Event = EventOfAnyKind | Random | PasswordChanged

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
  events: fc.array(fc.oneof(...ofAnyKind, ...ofTwoSlots), { maxLength: 60, size: 'max' }),
})
