import { isOvertaken } from '../rotation/plan.ts'
import { parsePolicy } from '../rotation/policy.ts'
import type { RetireRequest, RetireResult } from '../rotation/retire.ts'
import type { SecretStore } from '../rotation/secret-store.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'
import { PATIENCE_MS, type Sight } from './next-action.ts'
import { type SweepState, stateOf } from './state.ts'

/** A secret that a listing nominates. Listings lag by up to five minutes, so nothing is decided on this. */
export interface Nominee {
  /** ARN. */
  readonly secretId: string
  readonly rotationFunction: string
}

/** What the sweep alone asks of Secrets Manager. */
export interface SecretCatalog {
  /** Secrets that are rotated by one of these functions and carry DRAINING or AWSPENDING somewhere. */
  nominees(rotationFunctions: ReadonlySet<string>): AsyncIterable<Nominee>
  saveState(secretId: string, state: SweepState): Promise<void>
  /** Asks for a rotation; one that is incomplete is tried again by the service, which counts as success. */
  requestRotation(secretId: string): Promise<void>
}

/** The retire function that goes with a rotation function. Rejects with OverlapError carrying the code that the function reported. */
export type Retire = (request: RetireRequest) => Promise<RetireResult>

export interface Deployment {
  /** Seconds; no tag shortens a drain below it. */
  readonly drainFloorSeconds: number
  /** Seconds after which an AWSPENDING that did not become AWSCURRENT is taken away. */
  readonly abandonSeconds: number
}

/** Everything that a decision about one secret turns on; what costs a further call is asked for only when it matters. */
export async function gather(
  store: SecretStore,
  retire: Retire,
  deployment: Deployment,
  secret: SecretDescription,
  now: number,
): Promise<Sight> {
  const policy = parsePolicy(secret.tags, deployment.drainFloorSeconds)
  const state = stateOf(secret)
  const base = { secret, policy, state, now, abandonSeconds: deployment.abandonSeconds }
  const current = versionWith(secret, 'AWSCURRENT')
  const pending = versionWith(secret, 'AWSPENDING')
  const known =
    pending !== undefined && pending !== current && state.pending?.version === pending
      ? state.pending
      : undefined
  if (!known || current === undefined)
    return { ...base, pendingDispensable: undefined, pendingOvertaken: undefined }

  const pendingOvertaken = isOvertaken(known.version, current, await store.createdDates(secret.arn))
  const age = now - known.since
  if (age < PATIENCE_MS || age < deployment.abandonSeconds * 1000)
    return { ...base, pendingDispensable: undefined, pendingOvertaken }
  // A question that is not answered changes nothing; the retire function's own log says why.
  const peeked = await retire({
    action: 'peek',
    secretId: secret.arn,
    versionId: known.version,
    evenIfUsed: false,
  }).catch(() => undefined)
  const pendingDispensable = peeked?.outcome === 'peeked' ? peeked.dispensable : undefined
  return { ...base, pendingDispensable, pendingOvertaken }
}
