import type { CredentialAdapter } from '../adapters/adapter.ts'
import { callSignal, type RemainingTime } from './deadline.ts'
import { rotate } from './engine.ts'
import { parseRotationEvent, type RotationEvent } from './event.ts'
import type { Lineage } from './lineage.ts'
import { observed, type Telemetry } from './observed.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

export interface RotationFunction<C> {
  readonly kind: string
  readonly telemetry: Telemetry
  readonly lineage: Lineage
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly storeFor: (signal: () => AbortSignal) => SecretStore
  readonly adapterFor: (secret: SecretDescription, context: RemainingTime) => CredentialAdapter<C>
}

/** A rotation function as Secrets Manager invokes it: resolves when the step is done, rejects with OverlapError when it is not. */
export function rotationHandler<C>(wiring: RotationFunction<C>) {
  const { kind, telemetry, lineage } = wiring
  const readEvent = async (input: unknown): Promise<RotationEvent> => {
    try {
      return parseRotationEvent(input)
    } catch (error) {
      return observed<never>(telemetry, { kind, step: 'event', secret: '', version: '' }, () =>
        Promise.reject(error),
      )
    }
  }
  return async (input: unknown, context: RemainingTime): Promise<void> => {
    const event = await readEvent(input)
    const engine = {
      store: wiring.storeFor(() => callSignal(context)),
      adapterFor: (secret: SecretDescription) => wiring.adapterFor(secret, context),
      lineage,
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    }
    await observed(telemetry, { kind, step: event.step, secret: event.secretId, version: event.token }, () =>
      rotate(engine, event),
    )
  }
}
