import type { CredentialAdapter, CredentialRetirer } from '../../lambdas/adapters/adapter.ts'
import { rememberingValues } from '../../lambdas/aws/value-memory.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { formatHold, HOLD_TAG, holdOf } from '../../lambdas/rotation/hold.ts'
import { isLeaked, LEAKED_TAG, leakedVersions, withLeaked } from '../../lambdas/rotation/leaked.ts'
import { type Lineage, lineage } from '../../lambdas/rotation/lineage.ts'
import type { Mode } from '../../lambdas/rotation/policy.ts'
import { repair } from '../../lambdas/rotation/repair.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { rollback } from '../../lambdas/rotation/rollback.ts'
import type { SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import type { Wanted } from '../../lambdas/rotation/way-back.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import { type Sweep, sweep, sweepOne } from '../../lambdas/sweep/sweep.ts'
import type { SecretCatalog } from '../../lambdas/sweep/visiting.ts'
import { SECRET_ARN, secretWith } from '../rotation/secret.ts'
import { listed } from '../sweep/listed.ts'
import { clockWatcher, retirementDefaults, unwatched } from '../sweep/watched.ts'
import { noCensus } from './census.ts'
import { type Blow, type Call, type Process, type ProcessOptions, processOf } from './process.ts'
import { promises } from './promises.ts'
import { type FakeSecret, fakeSecret } from './secret.ts'
import { type Start, starts } from './starts.ts'
import { silentTelemetry } from './telemetry.ts'
import type { Credential, Laxity, User } from './two-slot-server.ts'
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

/** One secret, its target, its functions and the clock, with everything that `Promises` says watched. */
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
  /** What the sweep asks of the retire function. */
  retire(request: RetireRequest, strike?: Strike): Process<RetireResult>
  rollback(wanted: Wanted, strike?: Strike): Process
  repair(strike?: Strike): Process
  /** Tells that a version leaked. */
  leak(version: string): void
  /** Does it hold what leaked, under an id that nobody has told of? */
  holdsLeaked(version: string): boolean
  current(): Credential
  /** Is AWSCURRENT's slot recorded as out of use, for this very version or the one that drains with the same password? Then the sweep owes it a restoration. */
  owed(): boolean
  /** Puts the secret on hold; without hours, releases it. */
  hold(hours?: number): void
  mode(mode: Mode): void
  /** Call after an edit by hand, naming the user whose password it changed: what it broke is its own doing. */
  excuse(user?: User): void
  /** Call after a value was stored by hand that does not work: nobody keeps it valid. */
  disown(version: string): void
}

export function world(sabotage: Sabotage = {}, start: Start = 'fresh'): World {
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const now = () => clock.now
  const loose: Process[] = []
  const records: EvidenceRecord[] = []
  const { slots, versions, ...rest } = starts[start]
  const secret = fakeSecret(now, versions)
  const promised = promises(clock, secret, () => target, {
    drain: DRAIN_MS,
    quarantine: QUARANTINE_MS,
    leakDrain: retirementDefaults.leakDrainSeconds * 1000,
  })
  const { note, check, settleUndo } = promised
  const target: TwoSlotTarget = twoSlotTarget(now, slots, promised.onChange, sabotage.target)
  secret.tag('overlap:drain', `${DRAIN_MS / MINUTE_MS}m`)
  secret.tag('overlap:quarantine', `${QUARANTINE_MS / MINUTE_MS}m`)
  secret.tag('overlap:mode', 'enforce')
  if ('retired' in rest)
    secret.tag(STATE_TAG, encodeState({ drain: { version: rest.retired, since: clock.now - DRAIN_MS } }))

  const current = (): Credential => JSON.parse(secret.value(secret.holder('AWSCURRENT') ?? '') ?? '{}')
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
        settleUndo(isUndone(error) ? 'in time' : 'cut off')
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
      // What leaked does not wait.
      if (holdOf(tags, [], clock.now) && !isCurrentLeaked({ tags, versions }))
        note(`asked for ${token} on hold`)
      const isNew = !secret.versionIds().includes(token)
      if (isNew && [...versions.values()].flat().includes('DRAINING'))
        note(`asked for ${token}, for which there is no slot`)
      return call('RotateSecret', () => secret.rotate(token))
    },
  })

  /** Proves by the clock, unless a look saw somebody. */
  const watcherFor = (call: Call): Watcher => {
    const watcher = clockWatcher(now, records, call)
    return {
      ...watcher,
      note: async (secretId, version, look) => {
        await watcher.note(secretId, version, look)
        if ('sightings' in look && look.sightings.length > 0) promised.seen(version)
      },
      prove: async (question) => {
        const proven = await watcher.prove(question)
        const { versionId, from, until } = question
        promised.proven(versionId)
        const at = promised.lastSeen(versionId)
        if (at === undefined || at < from || at > until) return proven
        const sighting = { endpoint: 'db:5432', application: 'reports', address: '', since: '' }
        return { ...proven, lastUse: { at, sighting }, uses: [{ at, sighting }] }
      },
    }
  }

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
        watcher: watcherFor(call),
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

  /** AWSCURRENT may move after the lock was lost, and then to what was disabled meanwhile: that is mended, or undone, before the rollback ends. */
  const rollbackProcess = (wanted: Wanted, strike?: Strike): Process => {
    let moving = false
    const undo = {}
    return processOf<unknown>(
      async (call) => {
        const store = storeFor(call)
        const adapter = (sabotage.adapter ?? same)(target.adapterFor(call))
        const moveLabel: SecretStore['moveLabel'] = (secretId, label, move) => {
          moving = label === 'AWSCURRENT'
          return store.moveLabel(secretId, label, move)
        }
        const asked = { store: { ...store, moveLabel }, adapterFor: () => adapter }
        try {
          const result = await honest(rollback(asked, SECRET_ARN, wanted))
          settleUndo('in time', undo)
          return result
        } catch (error) {
          settleUndo('cut off', undo)
          throw error
        }
      },
      {
        ...optionsWith(strike),
        after: () => {
          if (moving && !target.works(current())) promised.startUndo(undo)
          if (moving) promised.movedUnseen()
          moving = false
          check()
        },
        killed: (call) => {
          target.disconnect(call)
          settleUndo('cut off', undo)
        },
      },
    )
  }
  const repairProcess = (strike?: Strike): Process =>
    processOf<unknown>((call) => {
      const adapter = (sabotage.adapter ?? same)(target.adapterFor(call))
      return honest(repair({ store: storeFor(call), adapterFor: () => adapter }, SECRET_ARN))
    }, optionsWith(strike))

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
        if (promised.onHoldSince(lookedAt) && !isCurrentLeaked(secret.describe()))
          note(`made a value for ${version.versionId} on hold`)
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
    violations: promised.violations,
    loose,
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
    hold: (hours) => {
      const until = hours === undefined ? undefined : clock.now + hours * HOUR_MS
      promised.hold(until)
      secret.tag(HOLD_TAG, until === undefined ? undefined : formatHold({ until, reason: 'a test' }))
      clock.now += 1
    },
    mode: (mode) => {
      promised.mode(mode)
      secret.tag('overlap:mode', mode)
      clock.now += 1
    },
    leak: (version) => {
      secret.tag(LEAKED_TAG, withLeaked(secret.describe().tags.get(LEAKED_TAG), version))
      promised.leaked(version)
    },
    holdsLeaked: promised.holdsLeaked,
    retire: retireProcess,
    rollback: rollbackProcess,
    repair: repairProcess,
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

function isCurrentLeaked({ tags, versions }: Pick<SecretDescription, 'tags' | 'versions'>): boolean {
  return leakedVersions(tags, versions).some((id) => versions.get(id)?.includes('AWSCURRENT'))
}

/** It says that AWSCURRENT works again, or never will. */
function isUndone(error: unknown): boolean {
  return error instanceof OverlapError && (error.code === 'PRINCIPAL_IN_USE' || error.code === 'LEAKED')
}

const same = <T>(given: T): T => given
