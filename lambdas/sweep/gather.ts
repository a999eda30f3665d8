import { OverlapError } from '../rotation/errors.ts'
import { isOvertaken } from '../rotation/plan.ts'
import { type SecretDescription, type SecretStore, versionWith } from '../rotation/secret-store.ts'
import { dueOf } from './due.ts'
import { lookIsDue } from './look-due.ts'
import { nextAction, PATIENCE_MS } from './next-action.ts'
import { orphanOf } from './orphan.ts'
import { overdueOf } from './overdue.ts'
import { type Sight, sightOf } from './sight.ts'
import type { Retire } from './visiting.ts'
import { answer, type Watching } from './watch.ts'

/** Everything that a decision about one secret turns on; what costs a further call is asked for only when it matters. */
export async function gather(watching: Watching, retire: Retire, secret: SecretDescription): Promise<Sight> {
  const { store, deployment, now } = watching
  const sight = await withAge(store, sightOf(secret, deployment, now()))
  const known =
    nextAction(sight).do === 'request'
      ? await withTrial(store, sight)
      : await withPending(store, retire, sight)
  return withAnswers(watching, retire, withWatch(watching, known))
}

function withWatch({ memory, deployment }: Watching, sight: Sight): Sight {
  const { secret, now } = sight
  const version = versionWith(secret, 'DRAINING')
  if (version === undefined) return sight
  const lookDue = lookIsDue(memory.of(secret.arn, version), deployment.sampleEverySeconds, now)
  return { ...sight, lookDue }
}

/** Each answer is to a question that its own sight leads to, and no question comes twice. */
async function withAnswers(watching: Watching, retire: Retire, sight: Sight): Promise<Sight> {
  const next = nextAction(sight)
  if (next.do !== 'ask') return sight
  return withAnswers(watching, retire, { ...sight, ...(await answer(watching, sight, retire, next)) })
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

/**
 * Was this run's rotation begun before? Its version then exists, with a label or without. Throws `LABELS_MOVED` where it was begun only now, by another pass: what
 * is seen here is older than that, and neither given up nor missed.
 */
async function withTrial(store: SecretStore, sight: Sight): Promise<Sight> {
  const due = dueOf(sight)
  if (!due.due || sight.run === undefined) return sight
  const begun = (await store.createdDates(sight.secret.arn)).get(due.token)
  if (begun !== undefined && sight.now - begun.getTime() < PATIENCE_MS)
    throw new OverlapError('LABELS_MOVED', `another pass has asked for version ${due.token} meanwhile`)
  return { ...sight, run: { ...sight.run, tried: begun !== undefined } }
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
  // What drains is waited for in any case; on AWSCURRENT the label says that something is about to.
  const draining = versionWith(secret, 'DRAINING')
  const goesNow = draining === undefined || draining === current || pendingOvertaken || isLate
  const pendingOrphan =
    age >= PATIENCE_MS && goesNow ? await orphanOf(retire, sight, known.version) : undefined
  const orphaned = pendingOrphan === undefined ? {} : { pendingOrphan }
  if (!pendingOvertaken && !isLate && !isSilent) return { ...sight, ...orphaned, pendingOvertaken }
  // A question that is not answered changes nothing; the retire function's own log says why.
  const peeked = await retire({
    action: 'peek',
    secretId: secret.arn,
    versionId: known.version,
    evenIfUsed: false,
  }).catch(() => undefined)
  return { ...sight, ...orphaned, pendingDispensable: peeked?.outcome === 'dispensable', pendingOvertaken }
}

/** Then nothing is given up, and nobody need be asked whether it could be. */
function mayOnlyWait({ secret, policy, hold }: Sight): boolean {
  return hold !== undefined || (policy.mode === 'observe' && versionWith(secret, 'DRAINING') !== undefined)
}
