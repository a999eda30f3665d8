import type { CredentialRetirer, HeldValues } from '../adapters/adapter.ts'
import { answered } from './answered.ts'
import { callSignal, type RemainingTime } from './deadline.ts'
import { heldValues } from './held-values.ts'
import { observed, type Telemetry } from './observed.ts'
import { byOwnClock } from './own-clock.ts'
import { retire } from './retire.ts'
import { parseRetireRequest, type RetireRequest, type RetireResult } from './retire-request.ts'
import { type SecretWithPast, withPast } from './rotated-before.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

export interface RetireFunction<C> {
  readonly kind: string
  readonly telemetry: Telemetry
  readonly storeFor: (signal: () => AbortSignal) => SecretStore
  readonly retirerFor: (
    secret: SecretWithPast,
    context: RemainingTime,
    held: HeldValues,
  ) => CredentialRetirer<C>
}

/** A retire function as the sweep invokes it: rejects with OverlapError when the credential was not retired, and then it still works. */
export function retireHandler<C>({ kind, telemetry, storeFor, retirerFor }: RetireFunction<C>) {
  const readRequest = async (input: unknown): Promise<RetireRequest> => {
    try {
      return parseRetireRequest(input)
    } catch (error) {
      return observed<never>(telemetry, { kind, step: 'event', secret: '', version: '' }, () =>
        Promise.reject(error),
      )
    }
  }
  return async (input: unknown, context: RemainingTime): Promise<RetireResult> => {
    const request = await readRequest(input)
    const store = storeFor(() => callSignal(context))
    const retirement = {
      store,
      retirerFor: (secret: SecretDescription) =>
        retirerFor(withPast(secret), context, heldValues(store, secret)),
    }
    const work = { kind, step: request.action, secret: request.secretId, version: request.versionId }
    // Somebody waits for it; everything else is the sweep's.
    const run = request.action === 'leave' ? answered : observed
    return run(telemetry, work, async () => {
      const result = await retire(retirement, byOwnClock(request, telemetry.now()))
      return result.outcome === 'disabled' ? { ...result, at: telemetry.now() } : result
    })
  }
}
