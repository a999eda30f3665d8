import { isOlder, isOvertaken } from '../rotation/plan.ts'
import type { RetireRequest, RetireResult } from '../rotation/retire-request.ts'
import type { SecretDescription, SecretStore } from '../rotation/secret-store.ts'
import { versionWith } from '../rotation/secret-store.ts'
import { dueOf } from './due.ts'
import type { ListedSecret } from './listed-secret.ts'
import { nextAction, PATIENCE_MS } from './next-action.ts'
import { overdueOf } from './overdue.ts'
import { type Deployment, type Sight, sightOf } from './sight.ts'
import type { SweepState } from './state.ts'

/** What the sweep alone asks of Secrets Manager. */
export interface SecretCatalog {
  /** Every secret of the account and Region, whoever rotates it. A listing may be minutes late, so nothing is decided on it. */
  list(): AsyncIterable<ListedSecret>
  saveState(secretId: string, state: SweepState): Promise<void>
  /**
   * Asks for a rotation whose version is to have this id. One that is incomplete is tried again by the service, which counts as success. What the
   * service answers to a token whose rotation has finished is not documented; it is never another rotation.
   */
  requestRotation(secretId: string, token: string): Promise<void>
}

/** The retire function that goes with a rotation function. Rejects with OverlapError carrying the code that the function reported. */
export type Retire = (request: RetireRequest) => Promise<RetireResult>

/** Everything that a decision about one secret turns on; what costs a further call is asked for only when it matters. */
export async function gather(
  store: SecretStore,
  retire: Retire,
  deployment: Deployment,
  secret: SecretDescription,
  now: number,
): Promise<Sight> {
  const sight = await withAge(store, sightOf(secret, deployment, now))
  return nextAction(sight).do === 'request' ? withTrial(store, sight) : withPending(store, retire, sight)
}

/**
 * While rotation is turned off, the service tells nobody when it last took place; then AWSCURRENT's own date stands for it
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html).
 */
async function withAge(store: SecretStore, sight: Sight): Promise<Sight> {
  const { secret } = sight
  if (secret.rotationEnabled || secret.lastRotated !== undefined) return sight
  if (overdueOf(sight, false) === undefined) return sight
  const created = await store.createdDates(secret.arn)
  const lastRotated = created.get(versionWith(secret, 'AWSCURRENT') ?? '')
  return { ...sight, secret: { ...secret, lastRotated } }
}

/** Was this run's rotation begun before? Its version then exists, with a label or without. */
async function withTrial(store: SecretStore, sight: Sight): Promise<Sight> {
  const due = dueOf(sight)
  if (!due.due || sight.run === undefined) return sight
  const created = await store.createdDates(sight.secret.arn)
  return { ...sight, run: { ...sight.run, tried: created.has(due.token) } }
}

async function withPending(store: SecretStore, retire: Retire, sight: Sight): Promise<Sight> {
  const { secret, state, now } = sight
  const current = versionWith(secret, 'AWSCURRENT')
  const pending = versionWith(secret, 'AWSPENDING')
  const known =
    pending !== undefined && pending !== current && state.pending?.version === pending
      ? state.pending
      : undefined
  if (!known || current === undefined) return sight

  const pendingOvertaken = isOvertaken(known.version, current, await store.createdDates(secret.arn))
  const age = now - known.since
  const isLate = age >= PATIENCE_MS && age >= sight.abandonSeconds * 1000 && !mayOnlyWait(sight)
  // Cancelled, its own function says nothing any more of consumers that it may have left behind.
  const isSilent = age >= PATIENCE_MS && !secret.rotationEnabled
  if (!pendingOvertaken && !isLate && !isSilent) return { ...sight, pendingOvertaken }
  // A question that is not answered changes nothing; the retire function's own log says why.
  const peeked = await retire({
    action: 'peek',
    secretId: secret.arn,
    versionId: known.version,
    evenIfUsed: false,
  }).catch(() => undefined)
  return { ...sight, pendingDispensable: peeked?.outcome === 'dispensable', pendingOvertaken }
}

/**
 * Did a person move AWSCURRENT back to an older version? A rotation and a new value never do. Asked when a label has moved; the version that drains is
 * AWSPREVIOUS after every rotation, which tells without a call.
 */
export async function isRolledBack(store: SecretStore, secret: SecretDescription): Promise<boolean> {
  const [current, previous] = [versionWith(secret, 'AWSCURRENT'), versionWith(secret, 'AWSPREVIOUS')]
  if (current === undefined || previous === undefined || previous === versionWith(secret, 'DRAINING'))
    return false
  return isOlder(current, previous, await store.createdDates(secret.arn))
}

/** Then nothing is given up, and nobody need be asked whether it could be. */
function mayOnlyWait({ secret, policy, hold }: Sight): boolean {
  return hold !== undefined || (policy.mode === 'observe' && versionWith(secret, 'DRAINING') !== undefined)
}
