import type { CredentialAdapter, CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { rememberingValues } from '../../lambdas/aws/value-memory.ts'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { formatHold, HOLD_TAG, holdOf } from '../../lambdas/rotation/hold.ts'
import { type Lineage, lineage } from '../../lambdas/rotation/lineage.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import type { SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { type Sweep, sweep, sweepOne } from '../../lambdas/sweep/sweep.ts'
import type { SecretCatalog } from '../../lambdas/sweep/visiting.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { listed } from '../sweep/listed.ts'
import { retirementDefaults, unwatched } from '../sweep/watched.ts'
import { noCensus } from './census.ts'
import { type Blow, type Call, type Process, type ProcessOptions, processOf } from './process.ts'
import { type FakeSecret, fakeSecret } from './secret.ts'
import { type Start, starts } from './starts.ts'
import { silentTelemetry } from './telemetry.ts'
import type { Change, Credential, Laxity, User } from './two-slot-server.ts'
import { type TwoSlotTarget, twoSlotTarget } from './two-slot-target.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
/** The drain that the secret's tag asks for. */
export const DRAIN_MS = 2 * HOUR_MS
/** The quarantine that it asks for. */
export const QUARANTINE_MS = HOUR_MS
/** After which a rotation that does not finish is given up. */
export const ABANDON_MS = 24 * HOUR_MS
/** The schedules of the deployment. No secret has one unless its tag says so. */
export const schedules = new Map([
  ['daily', scheduleOf({ cron: '0 3 * * ? *', timezone: 'UTC' })],
  ['twice-a-day', scheduleOf({ cron: '30 2,14 * * ? *', timezone: 'Europe/Berlin' })],
])
const ROTATION_FUNCTION = secretWith({}).rotationFunction ?? ''

export type Strike = (name: string) => Blow | undefined

/** What outlives one invocation of a rotation function. */
export interface WarmFunction {
  readonly lineage: Lineage
  readonly storeFor: (call: Call) => SecretStore
}

/** A guard taken away, to see the invariants fail without it. */
export interface Sabotage {
  readonly lineage?: (now: () => number) => Lineage
  readonly adapter?: (adapter: CredentialAdapter<Credential>) => CredentialAdapter<Credential>
  readonly retirer?: (retirer: CredentialRetirer<Credential>) => CredentialRetirer<Credential>
  readonly store?: (store: SecretStore) => SecretStore
  readonly target?: Laxity
}

/**
 * One secret, its target, its functions and the clock, with what must hold after every call of any of them:
 *
 * - the credential of AWSCURRENT works,
 * - a credential is overwritten only in a slot that is not live,
 * - nothing that AWSCURRENT or AWSPENDING names is disabled,
 * - nothing is disabled before its drain has passed since it last was AWSCURRENT,
 * - nothing is disabled, and no value is made, while the secret is on hold,
 * - nothing is disabled that is only to be observed,
 * - the sweep asks for no rotation that it has seen cancelled or on hold, and for no new one that has no slot,
 * - what is retired comes back for AWSCURRENT alone,
 * - what is DRAINING or AWSPREVIOUS and not recorded as retired works.
 *
 * A person who edits by hand can break these alone; what is excused for that reason is in `excuse` and nowhere else.
 */
export interface World {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly target: TwoSlotTarget
  /** What did not hold, each with its moment. */
  readonly violations: string[]
  /** Retire functions whose sweep died or heard no answer: they go on by themselves. */
  readonly loose: Process[]
  /** A step, delivered to a function that remembers what it saw of earlier ones. */
  deliver(step: Step, token: string, warm: WarmFunction, strike?: Strike): Process
  coldStart(): WarmFunction
  sweep(strike?: Strike): Process
  /** What the event about a label that moved sets off. */
  visit(strike?: Strike): Process
  /** The whole rotation as the service tries it once, if one is waiting. */
  attempt(strike?: Strike): Promise<'rotated' | 'failed' | 'nothing waits'>
  current(): Credential
  /** Is AWSCURRENT's slot recorded as disabled, or being disabled, for this very version? Then the sweep owes it a restoration. */
  owed(): boolean
  /** Puts the secret on hold; without hours, releases it. */
  hold(hours?: number): void
  mode(mode: Mode): void
  /** Call after an edit by hand, naming the user whose password it changed: what it broke is its own doing. */
  excuse(user?: User): void
}

export function world(sabotage: Sabotage = {}, start: Start = 'fresh'): World {
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const now = () => clock.now
  const violations: string[] = []
  const loose: Process[] = []
  const note = (what: string) => violations.push(`${new Date(clock.now).toISOString()} ${what}`)

  const onChange = (change: Change) => {
    const { user, before, version } = change
    const named = (label: 'AWSCURRENT' | 'AWSPENDING') => {
      const holder = secret.holder(label)
      const value = holder === undefined ? undefined : secret.value(holder)
      return value !== undefined && JSON.parse(value).user === user
    }
    if (change.by === 'set') {
      // A late delivery may set the very value that another one has published: nothing changes by that.
      const overwritten = named('AWSCURRENT') && ![excused, version].includes(secret.holder('AWSCURRENT'))
      if (overwritten && editedAt <= change.since) note(`set overwrote ${user}, which AWSCURRENT names`)
      if (before.stamp?.state === 'live' && before.stamp.version !== version)
        note(`set overwrote ${user}, which is live for ${before.stamp.version}`)
    }
    if (change.by === 'disable') {
      // Between the last check and the commit a person may promote what is being retired: that is undone at once.
      if (editedAt > change.since) undoing = true
      else if (named('AWSCURRENT') || named('AWSPENDING'))
        note(`disabled ${user}, which a live version names`)
      if (onHoldSince(change.since)) note(`disabled ${user} on hold`)
      if (observedFrom < change.since) note(`disabled ${user}, which was only to be observed`)
      const replaced = replacedAt.get(version)
      if (editedAt <= change.since && replaced !== undefined && clock.now - replaced < DRAIN_MS)
        note(`disabled ${user} ${(clock.now - replaced) / MINUTE_MS} minutes after ${version} was replaced`)
    }
    // A person's password that lands between the last check and the commit is lost: nobody but its author knows of it.
    if (change.by !== 'disable' && editedAt > change.since && !target.works(current()))
      excused = secret.holder('AWSCURRENT')
    if (
      change.by === 'enable' &&
      before.stamp?.state === 'retired' &&
      !named('AWSCURRENT') &&
      editedAt <= change.since
    )
      note(`${user} was retired and is valid again, though AWSCURRENT does not name it`)
  }

  const { slots, versions, ...rest } = starts[start]
  const target = twoSlotTarget(now, slots, onChange, sabotage.target)
  const secret = fakeSecret(now, versions)
  secret.tag('overlap:drain', `${DRAIN_MS / MINUTE_MS}m`)
  secret.tag('overlap:quarantine', `${QUARANTINE_MS / MINUTE_MS}m`)
  secret.tag('overlap:mode', 'enforce')
  if ('retired' in rest)
    secret.tag(STATE_TAG, encodeState({ drain: { version: rest.retired, since: clock.now - DRAIN_MS } }))

  /** When a version last stopped being AWSCURRENT. */
  const replacedAt = new Map<string, number>()
  let lastCurrent = secret.holder('AWSCURRENT')
  for (const id of secret.versionIds()) if (id !== lastCurrent) replacedAt.set(id, clock.now)
  let excused: string | undefined
  const overwrittenByHand = new Set<string>()
  let held: { readonly from: number; readonly until: number } | undefined
  let observedFrom = Number.POSITIVE_INFINITY
  /** Was it put on hold before then, and is it still? Who looked before that could not know. */
  const onHoldSince = (then: number) => held !== undefined && held.from < then && clock.now < held.until
  let editedAt = 0
  let undoing = false

  const current = (): Credential => JSON.parse(secret.value(secret.holder('AWSCURRENT') ?? '') ?? '{}')
  const follow = () => {
    const holder = secret.holder('AWSCURRENT')
    if (lastCurrent !== undefined && holder !== lastCurrent) replacedAt.set(lastCurrent, clock.now)
    lastCurrent = holder
  }
  const check = () => {
    clock.now += 1
    follow()
    if (undoing) return
    if (target.works(current())) excused = undefined
    else if (secret.holder('AWSCURRENT') !== excused)
      note(`the credential of AWSCURRENT ${lastCurrent} does not work`)
    for (const label of ['DRAINING', 'AWSPREVIOUS'] as const) {
      const holder = secret.holder(label) ?? ''
      const credential: Credential | null = JSON.parse(secret.value(holder) ?? 'null')
      if (credential === null || overwrittenByHand.has(holder) || target.works(credential)) continue
      const { stamp } = target.slot(credential.user)
      if (stamp === undefined || (stamp.version === holder && stamp.state === 'live'))
        note(`the credential of ${label} ${holder} does not work and is not retired`)
    }
  }
  const excuse = (user?: User) => {
    for (const id of secret.versionIds())
      if (
        user !== undefined &&
        id !== secret.holder('AWSCURRENT') &&
        secret.value(id)?.includes(`"user":"${user}"`) === true
      )
        overwrittenByHand.add(id)
    editedAt = clock.now
    clock.now += 1
    follow()
    excused = target.works(current()) ? undefined : lastCurrent
  }

  const optionsWith = (strike?: Strike): ProcessOptions => ({
    after: check,
    killed: target.disconnect,
    ...(strike === undefined ? {} : { strike }),
  })
  const storeFor = (call: Call) => (sabotage.store ?? same)(secret.storeFor(call))
  const honest = async <R>(work: Promise<R>): Promise<R> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof OverlapError)) note(`unexpected: ${error}`)
      throw error
    }
  }

  const retireProcess = (request: RetireRequest, strike?: Strike): Process<RetireResult> => {
    const main = async (call: Call) => {
      const retirer = (sabotage.retirer ?? same)(target.retirerFor(call))
      try {
        const result = await honest(retire({ store: storeFor(call), retirerFor: () => retirer }, request))
        settleUndo('in time')
        return result
      } catch (error) {
        settleUndo(error instanceof OverlapError && error.code === 'PRINCIPAL_IN_USE' ? 'in time' : 'cut off')
        throw error
      }
    }
    return processOf(main, {
      ...optionsWith(strike),
      killed: (call) => {
        target.disconnect(call)
        settleUndo('cut off')
      },
    })
  }
  /** A function that was cut off before it could undo leaves the edit broken; one that was not has undone it. */
  const settleUndo = (end: 'in time' | 'cut off') => {
    if (!undoing) return
    undoing = false
    if (end === 'cut off' && !target.works(current())) excused = secret.holder('AWSCURRENT')
    check()
  }

  const catalogFor = (call: Call, seen: () => SecretDescription | undefined): SecretCatalog => ({
    async *list() {
      yield listed(await call('ListSecrets', secret.describe))
    },
    saveState: (_secretId, state) =>
      call('TagResource', () => {
        secret.tag(STATE_TAG, encodeState(state))
      }),
    requestRotation: (_secretId, token) => {
      const { rotationEnabled = false, tags = new Map(), versions = new Map() } = seen() ?? {}
      if (!rotationEnabled) note(`asked for ${token}, which was cancelled`)
      if (holdOf(tags, [], clock.now)) note(`asked for ${token} on hold`)
      const isNew = !secret.versionIds().includes(token)
      if (isNew && [...versions.values()].flat().includes('DRAINING'))
        note(`asked for ${token}, for which there is no slot`)
      return call('RotateSecret', () => secret.rotate(token))
    },
  })

  const sweepProcess = (run: (given: Sweep) => Promise<unknown>, strike?: Strike): Process => {
    const main = async (call: Call): Promise<unknown> => {
      let seen: SecretDescription | undefined
      const store = storeFor(call)
      const describe = async (secretId: string) => {
        seen = await store.describe(secretId)
        return seen
      }
      const invokeRetire = async (request: RetireRequest): Promise<RetireResult> => {
        const invoked = retireProcess(request, strike)
        await call('Invoke', () => loose.push(invoked))
        loose.splice(loose.indexOf(invoked), 1)
        return invoked.answer(self)
      }
      return run({
        store: { ...store, describe },
        catalog: catalogFor(call, () => seen),
        census: noCensus,
        retirers: new Map([[ROTATION_FUNCTION, invokeRetire]]),
        ...unwatched(now, call),
        deployment: {
          ...retirementDefaults,
          drainFloorSeconds: 3600,
          abandonSeconds: ABANDON_MS / 1000,
          schedules,
          freezes: [],
        },
        telemetry: silentTelemetry,
        requestsPerMinute: 60,
        now,
        sleep: async () => {},
        remaining: () => Number.POSITIVE_INFINITY,
      })
    }
    const self: Process = processOf<unknown>(main, optionsWith(strike))
    return self
  }

  const coldStart = (): WarmFunction => ({
    lineage: (sabotage.lineage ?? lineage)(now),
    storeFor: rememberingValues(now, storeFor),
  })
  const watched = (store: SecretStore): SecretStore => {
    let lookedAt = 0
    return {
      ...store,
      describe: (secretId) => {
        lookedAt = clock.now
        return store.describe(secretId)
      },
      write: (secretId, version) => {
        if (onHoldSince(lookedAt)) note(`made a value for ${version.versionId} on hold`)
        return store.write(secretId, version)
      },
    }
  }
  const deliver = (step: Step, token: string, warm: WarmFunction, strike?: Strike) =>
    processOf((call) => {
      const adapter = (sabotage.adapter ?? same)(target.adapterFor(call))
      const engine = {
        store: watched(warm.storeFor(call)),
        adapterFor: () => adapter,
        lineage: warm.lineage,
        deployment: 'overlap',
        holdOf: ({ tags }: SecretDescription) => holdOf(tags, [], clock.now),
        sleep: async () => {},
      }
      return honest(rotate(engine, { step, secretId: SECRET_ARN, token, rotationToken: undefined }))
    }, optionsWith(strike))

  return {
    clock,
    secret,
    target,
    violations,
    loose,
    current,
    owed: () => {
      const { stamp } = target.slot(current().user)
      return stamp !== undefined && stamp.version === secret.holder('AWSCURRENT') && stamp.state !== 'live'
    },
    excuse,
    hold: (hours) => {
      held = hours === undefined ? undefined : { from: clock.now, until: clock.now + hours * HOUR_MS }
      secret.tag(HOLD_TAG, held && formatHold({ until: held.until, reason: 'a test' }))
      clock.now += 1
    },
    mode: (mode) => {
      if (mode === 'enforce') observedFrom = Number.POSITIVE_INFINITY
      else observedFrom = Math.min(observedFrom, clock.now)
      secret.tag('overlap:mode', mode)
      clock.now += 1
    },
    coldStart,
    deliver,
    sweep: (strike) => sweepProcess(sweep, strike),
    visit: (strike) => sweepProcess((given) => sweepOne(given, SECRET_ARN), strike),
    async attempt(strike) {
      const token = secret.holder('AWSPENDING')
      if (token === undefined) return 'nothing waits'
      const warm = coldStart()
      for (const step of steps) {
        const delivery = deliver(step, token, warm, strike)
        const stop = await delivery.run()
        if (stop !== 'ended' || delivery.failure() !== undefined) return 'failed'
      }
      secret.rotated(token)
      return 'rotated'
    },
  }
}

const same = <T>(given: T): T => given
