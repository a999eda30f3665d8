import type { CredentialAdapter, HeldValues } from '../adapters/adapter.ts'
import { answered } from './answered.ts'
import type { Repaired, RolledBack } from './asked-rotation.ts'
import { type Check, type CheckResult, check } from './check.ts'
import { callSignal, type RemainingTime } from './deadline.ts'
import { rotate } from './engine.ts'
import { deploymentOf, type Environment, freezesVariable } from './environment.ts'
import { type DirectRequest, parseRotationRequest, type RotationEvent } from './event.ts'
import { heldValues } from './held-values.ts'
import { holdOf } from './hold.ts'
import type { Lineage } from './lineage.ts'
import { observed, type Telemetry } from './observed.ts'
import { type Provisioned, provision } from './provision.ts'
import { repair } from './repair.ts'
import { rollback } from './rollback.ts'
import { type SecretWithPast, withPast } from './rotated-before.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

export interface RotationFunction<C> {
  readonly kind: string
  readonly telemetry: Telemetry
  readonly lineage: Lineage
  /** Holds `OVERLAP_FREEZES`. */
  readonly environment: Environment
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly storeFor: (signal: () => AbortSignal) => SecretStore
  readonly adapterFor: (
    secret: SecretWithPast,
    context: RemainingTime,
    held: HeldValues,
  ) => CredentialAdapter<C>
}

type Answer = CheckResult | Provisioned | RolledBack | Repaired

/**
 * A rotation function as Secrets Manager invokes it: resolves when the step is done, rejects with OverlapError when it is not. It answers, too, what people and
 * deployments ask of it.
 */
export function rotationHandler<C>(wiring: RotationFunction<C>) {
  const { kind, telemetry, lineage } = wiring
  const freezes = freezesVariable(wiring.environment)
  const deployment = deploymentOf(wiring.environment, `rotate-${kind}`)
  const readRequest = async (input: unknown): Promise<RotationEvent | DirectRequest> => {
    try {
      return parseRotationRequest(input)
    } catch (error) {
      return observed<never>(telemetry, { kind, step: 'event', secret: '', version: '' }, () =>
        Promise.reject(error),
      )
    }
  }
  return async (input: unknown, context: RemainingTime): Promise<Answer | undefined> => {
    const request = await readRequest(input)
    const store = wiring.storeFor(() => callSignal(context))
    const engine = {
      store,
      adapterFor: (secret: SecretDescription) =>
        wiring.adapterFor(withPast(secret), context, heldValues(store, secret)),
      lineage,
      deployment,
      holdOf: ({ tags }: SecretDescription) => holdOf(tags, freezes, telemetry.now()),
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    }
    if ('action' in request) return answer(wiring, engine, request)
    const { step, secretId, token } = request
    await observed(telemetry, { kind, step, secret: secretId, version: token }, () => rotate(engine, request))
    return undefined
  }
}

function answer<C>(
  { kind, telemetry }: RotationFunction<C>,
  asked: Check<C>,
  request: DirectRequest,
): Promise<Answer> {
  const { action, secretId } = request
  const version = (request.action === 'rollback' ? request.to : undefined) ?? ''
  return answered<Answer>(telemetry, { kind, step: action, secret: secretId, version }, () => {
    switch (request.action) {
      case 'check':
        return check(asked, secretId)
      case 'provision':
        return provision(asked, secretId)
      case 'rollback':
        return rollback(asked, secretId, request)
      case 'repair':
        return repair(asked, secretId)
    }
  })
}
