import type { Label } from '../../lambdas/rotation/secret-store.ts'
import type { Slot, User } from './two-slot-server.ts'

const value = (user: User, password: string) => JSON.stringify({ host: 'db', user, password })
const [idOfFirst, idOfSecond] = ['version-1-', 'version-2-'].map((id) => id.padEnd(32, '0')) as [
  string,
  string,
]
export const LOST_VERSION = 'lost-version-'.padEnd(32, '0')
const rotatedOnce = {
  a: { password: undefined, stamp: { version: idOfFirst, state: 'retired' } },
  b: { password: 'two', stamp: { version: idOfSecond, state: 'live' } },
} as const

/** Where a history may start. */
export const starts = {
  /** Never rotated. */
  fresh: {
    slots: { a: { password: 'one', stamp: undefined } },
    versions: [[['AWSCURRENT'], value('a', 'one')]],
  },
  /** Rotated once, and the first credential is retired, as the sweep's tag remembers. */
  steady: {
    slots: rotatedOnce,
    retired: idOfFirst,
    versions: [
      [['AWSCURRENT'], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
  },
  /** As `steady`, but the retire function died before it lifted the label. */
  labelLeftBehind: {
    slots: rotatedOnce,
    versions: [
      [['AWSCURRENT', 'DRAINING'], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
  },
  /** Rotated once, and the first credential still works. */
  draining: {
    slots: { ...rotatedOnce, a: { password: 'one', stamp: { version: idOfFirst, state: 'live' } } },
    versions: [
      [['AWSCURRENT', 'DRAINING'], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
  },
  /** Rotated once; then the version in the other slot was deleted, though that is live. */
  lostVersion: {
    slots: { ...rotatedOnce, a: { password: 'lost', stamp: { version: LOST_VERSION, state: 'live' } } },
    versions: [
      [['AWSCURRENT'], value('a', 'one')],
      [['AWSCURRENT'], value('b', 'two')],
    ],
  },
} satisfies Record<
  string,
  {
    readonly slots: Readonly<Partial<Record<User, Slot>>>
    readonly retired?: string
    readonly versions: readonly (readonly [labels: readonly Label[], value: string])[]
  }
>
export type Start = keyof typeof starts
