/** The functions of a deployment, each as a process, around one secret and its target. */
import type { CredentialAdapter, CredentialRetirer, HeldValues } from '../../lambdas/adapters/adapter.ts'
import { rememberingValues } from '../../lambdas/aws/value-memory.ts'
import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import { rotate } from '../../lambdas/rotation/engine.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { type Step, steps } from '../../lambdas/rotation/event.ts'
import { heldValues } from '../../lambdas/rotation/held-values.ts'
import { holdOf } from '../../lambdas/rotation/hold.ts'
import { type Lineage, lineage } from '../../lambdas/rotation/lineage.ts'
import { repair } from '../../lambdas/rotation/repair.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { rollback } from '../../lambdas/rotation/rollback.ts'
import type { SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import type { Wanted } from '../../lambdas/rotation/way-back.ts'
import { type Sweep, sweep, sweepOne } from '../../lambdas/sweep/sweep.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { type Call, type Process, type ProcessOptions, processOf, type Strike } from './process.ts'
import { isCurrentLeaked, type Promises } from './promised.ts'
import type { FakeSecret } from './secret.ts'
import { sweepProcess } from './sweep-process.ts'

/** What outlives one invocation of a rotation function. */
export interface WarmFunction {
  readonly lineage: Lineage
  readonly storeFor: (call: Call) => SecretStore
}

/** A guard taken away, to see the promises broken without it. */
export interface Sabotage<C> {
  readonly lineage?: (now: () => number) => Lineage
  readonly adapter?: (adapter: CredentialAdapter<C>) => CredentialAdapter<C>
  readonly retirer?: (retirer: CredentialRetirer<C>) => CredentialRetirer<C>
  readonly store?: (store: SecretStore) => SecretStore
}

/** What the target of a kind gives a process. */
export interface Target<C> {
  adapterFor(call: Call, held: HeldValues): CredentialAdapter<C>
  retirerFor(call: Call, held: HeldValues): CredentialRetirer<C>
  /** Of a process that died: its connections break. */
  disconnect(call: Call): void
}

export interface Surroundings<C> {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly target: Target<C>
  readonly promised: Promises
  readonly sabotage: Sabotage<C>
  /** Does what AWSCURRENT holds work? */
  readonly works: () => boolean
}

export interface Functions {
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
}

export function functionsAround<C>(surroundings: Surroundings<C>): Functions {
  const { clock, secret, target, promised, sabotage, works } = surroundings
  const now = () => clock.now
  const loose: Process[] = []
  const records: EvidenceRecord[] = []
  const { note, check, settleUndo } = promised

  const optionsWith = (strike?: Strike): ProcessOptions => ({
    after: check,
    killed: target.disconnect,
    ...(strike === undefined ? {} : { strike }),
  })
  const storeFor = (call: Call) => (sabotage.store ?? same)(secret.storeFor(call))
  const adapterFor = (call: Call, store: SecretStore) =>
    (sabotage.adapter ?? same)(target.adapterFor(call, heldValues(store, secret.describe())))
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
      const store = storeFor(call)
      const held = heldValues(store, secret.describe())
      const retirer = (sabotage.retirer ?? same)(target.retirerFor(call, held))
      try {
        const result = await honest(retire({ store, retirerFor: () => retirer }, request))
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
  const sweeping = (run: (given: Sweep) => Promise<unknown>, strike?: Strike): Process => {
    const asked = (request: RetireRequest) => retireProcess(request, strike)
    const given = { clock, secret, promised, storeFor, loose, retire: asked }
    return sweepProcess(given, records, run, optionsWith(strike))
  }

  /** AWSCURRENT may move after the lock was lost, and then to what was disabled meanwhile: that is mended, or undone, before the rollback ends. */
  const rollbackProcess = (wanted: Wanted, strike?: Strike): Process => {
    let moving = false
    const undo = {}
    return processOf<unknown>(
      async (call) => {
        const store = storeFor(call)
        const adapter = adapterFor(call, store)
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
          if (moving && !works()) promised.startUndo(undo)
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
      const store = storeFor(call)
      const adapter = adapterFor(call, store)
      return honest(repair({ store, adapterFor: () => adapter }, SECRET_ARN))
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
      const store = warm.storeFor(call)
      const adapter = adapterFor(call, store)
      const engine = {
        store: watched(store),
        adapterFor: () => adapter,
        lineage: warm.lineage,
        deployment: 'overlap',
        holdOf: ({ tags }: SecretDescription) => holdOf(tags, [], clock.now),
        sleep: async () => {},
      }
      return honest(rotate(engine, { step, secretId: SECRET_ARN, token, rotationToken: undefined }))
    }, optionsWith(strike))

  return {
    loose,
    retire: retireProcess,
    rollback: rollbackProcess,
    repair: repairProcess,
    coldStart,
    deliver,
    sweep: (strike) => sweeping(sweep, strike),
    visit: (strike) => sweeping((given) => sweepOne(given, SECRET_ARN), strike),
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

/** It says that AWSCURRENT works again, or never will. */
function isUndone(error: unknown): boolean {
  return error instanceof OverlapError && (error.code === 'PRINCIPAL_IN_USE' || error.code === 'LEAKED')
}

const same = <T>(given: T): T => given
