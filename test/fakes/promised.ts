import type { Sighting } from '../../lambdas/adapters/adapter.ts'
import { leakedVersions } from '../../lambdas/rotation/leaked.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import type { FakeSecret } from './secret.ts'

/** Who watches that what is promised of a secret and its target holds after every call of any function. */
export interface Promises {
  /** What did not hold, each with its moment. */
  readonly violations: string[]
  note(what: string): void
  /** After every call. */
  check(): void
  /** After an edit by hand: what it broke is its own doing. */
  excuse(): void
  /** AWSCURRENT moves, or moved, after the last check of whoever holds the lock: `settleUndo` tells when that is undone. */
  movedUnseen(): void
  startUndo(of: object): void
  /** A function that was cut off before it could undo leaves the edit broken; one that was not has undone it. */
  settleUndo(end: 'in time' | 'cut off', of?: object): void
  seen(version: string, sightings: readonly Sighting[]): void
  lastSeen(version: string): number | undefined
  proven(version: string): void
  leaked(version: string): void
  /** Does it hold what leaked, under an id that nobody has told of? */
  holdsLeaked(version: string): boolean
  mode(mode: Mode): void
  /** Until when; released without. Milliseconds. */
  hold(until: number | undefined): void
  /** Was it put on hold before then, and is it still? Who looked before that could not know. */
  onHoldSince(then: number): boolean
}

export interface Times {
  /** Milliseconds. */
  readonly drain: number
  readonly quarantine: number
  readonly leakDrain: number
}

/** What the promises of any kind turn on. Moments in milliseconds. */
export interface Watch extends Promises {
  /** When a version last stopped being AWSCURRENT. */
  replacedAt(version: string): number | undefined
  /** When it first did: between two passes nobody sees what leaked come back for a moment, and it does not wait for that. */
  firstReplacedAt(version: string): number | undefined
  provenAt(version: string): number | undefined
  /** Has a person edited by hand after then, or had AWSCURRENT moved? */
  editedSince(then: number): boolean
  observedSince(then: number): boolean
  /** What a version holds that leaked, as it is called by `called`, and since when that is told. */
  leakOf(called: string): number | undefined
  /** The version that is AWSCURRENT and does not work by its person's own doing. */
  excused(): string | undefined
  excuseCurrent(): void
  /** A retirement took away what a person promoted in that moment: `settleUndo` tells when that is undone. */
  beginUndo(): void
}

export interface Watched {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  /** What tells the credential of a version from every other one; undefined: it has no value. */
  readonly called: (version: string | undefined) => string | undefined
  readonly works: (version: string | undefined) => boolean
  /** Does the target know that what AWSCURRENT holds leaked? Then nobody makes it work. */
  readonly isDeadForGood: () => boolean
  /** When it was used, as sightings tell. */
  readonly usedAt: (sightings: readonly Sighting[]) => number
  /** What else must hold after every call. */
  readonly alsoCheck: () => void
}

export function watch({ clock, secret, called, works, isDeadForGood, usedAt, alsoCheck }: Watched): Watch {
  const violations: string[] = []
  const note = (what: string) => violations.push(`${new Date(clock.now).toISOString()} ${what}`)

  const replacedAt = new Map<string, number>()
  const firstReplacedAt = new Map<string, number>()
  const provenAt = new Map<string, number>()
  const seenAt = new Map<string, number>()
  const leaks = new Map<string, { readonly called: string; readonly at: number }>()
  let lastCurrent = secret.holder('AWSCURRENT')
  for (const id of secret.versionIds()) if (id !== lastCurrent) replacedAt.set(id, clock.now)
  let excused: string | undefined
  let held: { readonly from: number; readonly until: number } | undefined
  let observedFrom = Number.POSITIVE_INFINITY
  let editedAt = 0
  let undoing = false
  /** Rollbacks that moved AWSCURRENT to what did not work. */
  const movedLate = new Set<object>()

  const current = () => secret.holder('AWSCURRENT')
  const excuseCurrent = () => {
    if (!works(current())) excused = current()
  }
  const follow = () => {
    const holder = current()
    if (lastCurrent !== undefined && holder !== lastCurrent) {
      if (!replacedAt.has(lastCurrent)) firstReplacedAt.set(lastCurrent, clock.now)
      replacedAt.set(lastCurrent, clock.now)
    }
    lastCurrent = holder
  }
  const check = () => {
    clock.now += 1
    follow()
    if (undoing || movedLate.size > 0) return
    if (works(current())) excused = undefined
    else if (current() !== excused) note(`the credential of AWSCURRENT ${lastCurrent} does not work`)
    alsoCheck()
  }

  return {
    violations,
    note,
    check,
    replacedAt: (version) => replacedAt.get(version),
    firstReplacedAt: (version) => firstReplacedAt.get(version),
    provenAt: (version) => provenAt.get(version),
    editedSince: (then) => editedAt > then,
    observedSince: (then) => observedFrom < then,
    onHoldSince: (then) => held !== undefined && held.from < then && clock.now < held.until,
    leakOf: (name) => [...leaks.values()].find((leak) => leak.called === name)?.at,
    excused: () => excused,
    excuseCurrent,
    excuse: () => {
      editedAt = clock.now
      clock.now += 1
      follow()
      excused = works(current()) ? undefined : lastCurrent
    },
    movedUnseen: () => {
      editedAt = clock.now
      clock.now += 1
    },
    beginUndo: () => {
      undoing = true
    },
    startUndo: (of) => {
      movedLate.add(of)
    },
    settleUndo: (end, of) => {
      if (of === undefined ? !undoing : !movedLate.delete(of)) return
      if (of === undefined) undoing = false
      // What leaked is not put back: whoever promoted it is told.
      if (end === 'cut off' || isDeadForGood()) excuseCurrent()
      check()
    },
    seen: (version, sightings) => {
      seenAt.set(version, usedAt(sightings))
    },
    lastSeen: (version) => seenAt.get(version),
    proven: (version) => {
      provenAt.set(version, clock.now)
    },
    leaked: (version) => {
      const name = called(version)
      // Who tells of it once more tells nothing new.
      if (name !== undefined && !leaks.has(version)) leaks.set(version, { called: name, at: clock.now })
      clock.now += 1
    },
    holdsLeaked: (version) =>
      !leaks.has(version) && [...leaks.values()].some((leak) => leak.called === called(version)),
    mode: (mode) => {
      observedFrom = mode === 'enforce' ? Number.POSITIVE_INFINITY : Math.min(observedFrom, clock.now)
    },
    hold: (until) => {
      held = until === undefined ? undefined : { from: clock.now, until }
    },
  }
}

export function isCurrentLeaked({ tags, versions }: Pick<SecretDescription, 'tags' | 'versions'>): boolean {
  return leakedVersions(tags, versions).some((id) => versions.get(id)?.includes('AWSCURRENT'))
}
