import fc from 'fast-check'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import type { Label } from '../../lambdas/rotation/secret-store.ts'
import { type EventOfAnyKind, ofAnyKind, which } from './events-of-any-kind.ts'
import { type KeyStart, keyStarts } from './key-starts.ts'
import type { KeyTraits } from './key-world.ts'
import { blows } from './process.ts'
import { schedules } from './sweep-process.ts'

/** What befalls keys, or whoever uses them. */
const ofKeys = [
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('a rotation is hit while it mints'),
      at: fc.constantFrom('write intent', 'mint key', 'record key', 'PutSecretValue'),
      how: fc.constantFrom(...blows),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('a consumer uses the key'),
      of: fc.constantFrom<Label>('AWSCURRENT', 'AWSPREVIOUS', 'DRAINING'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('an engineer makes a key') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('an engineer uses a key that no version holds') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('an engineer takes a key out of use'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('an engineer puts a key back'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('an engineer deletes a key'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person stores a key made by hand') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person stores the value of AWSPREVIOUS') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('a person stores AWSCURRENT’s own key again') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person stores what drains again, unchanged') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('the service deletes what has no label') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('seconds pass'),
      seconds: fc.constantFrom<number>(1, 3, 6, 12, 40),
    }),
  },
] as const
type Random = (typeof ofKeys)[number]['arbitrary'] extends fc.Arbitrary<infer E> ? E : never

export type KeyEvent = EventOfAnyKind | Random

export interface KeyHistory {
  readonly traits: KeyTraits
  readonly start: KeyStart
  /** A schedule that the sweep has seen for long. */
  readonly schedule?: string | undefined
  /** Default enforce. */
  readonly mode?: Mode
  readonly events: readonly KeyEvent[]
}

/** What a place is like, and how many keys it may have room for. */
const places = [
  /** IAM. */
  [{ records: 'tags', disables: true, tellsLastUse: true }, [2, 2, 2, 3]],
  /** Providers. */
  [{ records: 'names', disables: true, tellsLastUse: true }, [2, 2, 2, 3]],
  [{ records: 'names', disables: false, tellsLastUse: true }, [2, 2, 2, 3]],
  /** As SendGrid is. */
  [{ records: 'names', disables: false, tellsLastUse: false }, [10]],
  [{ records: 'names', disables: true, tellsLastUse: false }, [2, 10]],
] as const satisfies readonly [Partial<KeyTraits>, readonly number[]][]

const traits: fc.Arbitrary<KeyTraits> = fc
  .record({ place: fc.constantFrom(...places), propagationMs: fc.constantFrom(0, 8_000) })
  .chain(({ place: [place, room], propagationMs }) =>
    fc.constantFrom<number>(...room).map((mostKeys) => ({ ...place, mostKeys, propagationMs })),
  )

/** At random. */
export const keyHistory: fc.Arbitrary<KeyHistory> = fc.record({
  traits,
  start: fc.constantFrom(...keyStarts),
  schedule: fc.constantFrom(...schedules.keys(), undefined),
  mode: fc.constantFrom<Mode>('enforce', 'enforce', 'enforce', 'observe'),
  events: fc.array(fc.oneof(...ofAnyKind, ...ofKeys), { maxLength: 60, size: 'max' }),
})
