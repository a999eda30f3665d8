import { isLeaked } from '../../lambdas/rotation/leaked.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { retirementDefaults } from '../sweep/watched.ts'
import { type Functions, functionsAround, type Sabotage } from './functions.ts'
import { type People, peopleAround } from './people.ts'
import { promises } from './promises.ts'
import { type FakeSecret, fakeSecret } from './secret.ts'
import { type Start, starts } from './starts.ts'
import type { Credential, Laxity, User } from './two-slot-server.ts'
import { type TwoSlotTarget, twoSlotTarget } from './two-slot-target.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
/** The drain that the secret's tag asks for. */
export const DRAIN_MS = 2 * HOUR_MS
/** The quarantine that it asks for. */
export const QUARANTINE_MS = HOUR_MS

/** A guard taken away, to see the invariants fail without it. */
export interface TwoSlotSabotage extends Sabotage<Credential> {
  readonly target?: Laxity
}

/** One secret, its target of two slots, its functions and the clock, with everything that `promises` says watched. */
export interface World extends Functions, People {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly target: TwoSlotTarget
  /** What did not hold, each with its moment. */
  readonly violations: string[]
  /** Does it hold what leaked, under an id that nobody has told of? */
  holdsLeaked(version: string): boolean
  current(): Credential
  /** Is AWSCURRENT's slot recorded as out of use, for this very version or the one that drains with the same password? Then the sweep owes it a restoration. */
  owed(): boolean
  /** Call after an edit by hand, naming the user whose password it changed: what it broke is its own doing. */
  excuse(user?: User): void
  /** Call after a value was stored by hand that does not work: nobody keeps it valid. */
  disown(version: string): void
}

export function world(sabotage: TwoSlotSabotage = {}, start: Start = 'fresh'): World {
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const now = () => clock.now
  const { slots, versions, ...rest } = starts[start]
  const secret = fakeSecret(now, versions)
  const promised = promises(clock, secret, () => target, {
    drain: DRAIN_MS,
    quarantine: QUARANTINE_MS,
    leakDrain: retirementDefaults.leakDrainSeconds * 1000,
  })
  const target: TwoSlotTarget = twoSlotTarget(now, slots, promised.onChange, sabotage.target)
  secret.tag('overlap:drain', `${DRAIN_MS / MINUTE_MS}m`)
  secret.tag('overlap:quarantine', `${QUARANTINE_MS / MINUTE_MS}m`)
  secret.tag('overlap:mode', 'enforce')
  if ('retired' in rest)
    secret.tag(STATE_TAG, encodeState({ drain: { version: rest.retired, since: clock.now - DRAIN_MS } }))

  const current = (): Credential => JSON.parse(secret.value(secret.holder('AWSCURRENT') ?? '') ?? '{}')
  const works = () => target.works(current())
  return {
    ...functionsAround({ clock, secret, target, promised, sabotage, works }),
    ...peopleAround(clock, secret, promised),
    clock,
    secret,
    target,
    violations: promised.violations,
    current,
    owed: () => {
      const [holder, { user, password }] = [secret.holder('AWSCURRENT') ?? '', current()]
      const { stamp } = target.slot(user)
      if (stamp === undefined || stamp.state === 'live' || stamp.state === 'leaked') return false
      if ([holder, stamp.version].some((version) => isLeaked(secret.describe(), version))) return false
      if (stamp.version === holder) return true
      const held = secret.value(stamp.version)
      return (
        stamp.version === secret.holder('DRAINING') &&
        held !== undefined &&
        JSON.parse(held).password === password
      )
    },
    excuse: promised.excuse,
    disown: promised.disown,
    holdsLeaked: promised.holdsLeaked,
  }
}
