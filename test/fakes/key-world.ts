import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { retirementDefaults } from '../sweep/watched.ts'
import { type Functions, functionsAround } from './functions.ts'
import type { KeyPlaceTraits } from './key-place.ts'
import { keyPromises } from './key-promises.ts'
import { type FakeKey, type KeyServer, keyServer, type ServedKey } from './key-server.ts'
import { begin, type KeyStart } from './key-starts.ts'
import { type KeySabotage, type KeyTarget, keyTarget } from './key-target.ts'
import { type People, peopleAround } from './people.ts'
import type { Call } from './process.ts'
import { type FakeSecret, fakeSecret } from './secret.ts'

const MINUTE_MS = 60_000
/** Longer than what nobody holds is left alone for. */
const LAG_MS = 90 * MINUTE_MS
/** The drain that the secret's tags ask for, with what a use may be told late. */
const DRAIN_MS = 210 * MINUTE_MS
/** Long enough to hear of every use before it. */
const QUARANTINE_MS = 120 * MINUTE_MS

/** What a place that keeps keys is like. */
export interface KeyTraits extends Pick<KeyPlaceTraits, 'records' | 'disables' | 'tellsLastUse'> {
  readonly mostKeys: number
  /** How long it takes until a key is known everywhere. */
  readonly propagationMs: number
}

/** One secret, the keys of its target, its functions and the clock, with everything that `keyPromises` says watched. */
export interface KeyWorld extends Functions, People {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly server: KeyServer
  readonly violations: string[]
  current(): FakeKey
  works(): boolean
  /** Was AWSCURRENT's key taken out of use by a retirement, and did it not leak? Then the sweep owes it a restoration. */
  owed(): boolean
  holdsLeaked(version: string): boolean
  isLeaked(): boolean
  /**
   * Keys that an engineer made, or put back, and that no version with a label holds; and those that were used, and that the version for which they were minted does not hold any more. That they
   * are a person's to delete says FOREIGN_KEY.
   */
  engineers(): readonly FakeKey[]
  /**
   * Where the place tells of no uses: those that were minted for a version whose value is gone and that does not wait, and that no version holds. FOREIGN_KEY says so of them as well.
   */
  leftToAPerson(): readonly FakeKey[]
  /** Call after an edit by hand: what it broke is its own doing. */
  excuse(): void
  /** Somebody uses a key where it works. */
  use(key: FakeKey): void
}

export function keyWorld(traits: KeyTraits, start: KeyStart, sabotage: KeySabotage = {}): KeyWorld {
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const now = () => clock.now
  let promised: ReturnType<typeof keyPromises> | undefined
  const server = keyServer({
    now,
    mostKeys: traits.mostKeys,
    lagMs: LAG_MS,
    propagationMs: traits.propagationMs,
    onChange: (change) => promised?.onChange(change),
  })
  const { versions, retired } = begin(server, start, { records: traits.records, now })
  clock.now += 24 * 60 * MINUTE_MS
  const kept = fakeSecret(now, versions)
  const target: KeyTarget = keyTarget(clock, server, traits, sabotage)
  const secret: FakeSecret = { ...kept, storeFor: (call) => kept.storeFor(seeingLabels(call)) }
  promised = keyPromises({
    clock,
    secret,
    server: () => server,
    knows: target.knows,
    disables: traits.disables,
    tellsLastUse: traits.tellsLastUse,
    times: {
      lag: LAG_MS,
      propagation: traits.propagationMs,
      drain: DRAIN_MS,
      quarantine: QUARANTINE_MS,
      leakDrain: retirementDefaults.leakDrainSeconds * 1000,
    },
  })
  const { holdsLeaked, excuse, used, violations, isLeaked, isEngineers } = promised
  secret.tag('overlap:kind', 'http-api-key')
  secret.tag('overlap:drain', `${(DRAIN_MS - LAG_MS) / MINUTE_MS}m`)
  secret.tag('overlap:lag', `${LAG_MS / MINUTE_MS}m`)
  secret.tag('overlap:quarantine', `${QUARANTINE_MS / MINUTE_MS}m`)
  secret.tag('overlap:mode', 'enforce')
  if (retired !== undefined)
    secret.tag(STATE_TAG, encodeState({ drain: { version: retired, since: clock.now - DRAIN_MS } }))

  const current = (): FakeKey => JSON.parse(secret.value(secret.holder('AWSCURRENT') ?? '') ?? '{}')
  const works = () => server.works(current())
  const isHeld = (by: Iterable<string>, { keyId }: ServedKey) =>
    [...by].some((version) => secret.value(version)?.includes(keyId))
  /** For which it was minted. */
  const versionOf = ({ account, keyId, name }: ServedKey) =>
    server.tags(account).get(keyId)?.versionId ?? name.split(' ')[2] ?? ''
  return {
    ...functionsAround({ clock, secret, target, promised, sabotage, works }),
    ...peopleAround(clock, secret, promised),
    clock,
    secret,
    server,
    violations,
    current,
    works,
    holdsLeaked,
    excuse,
    isLeaked: () => isLeaked(current().keyId),
    engineers: () =>
      server
        .keys()
        .filter(
          (key) =>
            !isHeld(secret.describe().versions.keys(), key) &&
            (isEngineers(key.keyId) ||
              (server.trueLastUse(key.keyId) !== undefined && !isHeld([versionOf(key)], key))),
        ),
    leftToAPerson: () => {
      if (traits.tellsLastUse) return []
      const isThere = (version: string) =>
        secret.value(version) !== undefined || version === secret.holder('AWSPENDING')
      return server
        .keys()
        .filter(
          (key) =>
            !isHeld(secret.describe().versions.keys(), key) &&
            versionOf(key) !== '' &&
            !isThere(versionOf(key)),
        )
    },
    owed: () => {
      const { account, keyId } = current()
      const { state } = server.tags(account).get(keyId) ?? {}
      const isOut = server.keys(account).some((key) => key.keyId === keyId && !key.active)
      return isOut && (state === 'disabling' || state === 'disabled') && !isLeaked(keyId)
    },
    use: (key) => {
      if (server.use(key)) used(key.keyId)
    },
  }

  function seeingLabels(call: Call): Call {
    return (name, effect) =>
      call(name, () => {
        if (name === 'DescribeSecret') target.sawLabels(call)
        return effect()
      })
  }
}
