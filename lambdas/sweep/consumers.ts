import { ACKNOWLEDGED_TAG, acknowledgedFor } from '../rollout/acknowledged.ts'
import { type Consumer, consumerName } from '../rollout/consumer.ts'
import type { Goal, RolloutRequest } from '../rollout/rollout.ts'
import { OverlapError } from '../rotation/errors.ts'
import { isOlder } from '../rotation/plan.ts'
import { type SecretStore, versionWith } from '../rotation/secret-store.ts'
import { acknowledgeCommand } from '../rotation/way-out.ts'
import type { Remembered } from './memory.ts'
import type { Sight, Standing } from './sight.ts'
import type { Visiting } from './visiting.ts'

type Asking = Pick<Visiting, 'rollouts' | 'memory' | 'deployment' | 'telemetry' | 'now'> & {
  readonly store: Pick<SecretStore, 'createdDates'>
}

/**
 * How far each declared consumer is on its way to AWSCURRENT's version; with `advance`, those that nothing brings there are begun. One that cannot be asked is
 * `unknown`, and keeps the others from nothing.
 */
export async function standingsOf(
  asking: Asking,
  sight: Sight,
  version: string,
  action: RolloutRequest['action'],
): Promise<readonly Standing[]> {
  const { secret, policy, state } = sight
  const current = versionWith(secret, 'AWSCURRENT')
  if (current === undefined)
    return policy.consumers.map((consumer) => ({ name: consumerName(consumer), state: 'unknown' }))
  const there = new Set(acknowledgedFor(secret.tags.get(ACKNOWLEDGED_TAG), current, state.drain?.since))
  const asked = policy.consumers.filter(
    (consumer) =>
      consumer.kind !== 'manual' && consumer.kind !== 'unreadable' && !there.has(consumerName(consumer)),
  )
  const goal = asked.length === 0 ? undefined : await goalOf(asking, sight, current, version)
  const remembered = asking.memory.of(secret.arn, version)
  return Promise.all(
    policy.consumers.map(async (consumer): Promise<Standing> => {
      const name = consumerName(consumer)
      if (consumer.kind === 'unreadable') return { name, state: 'failed', detail: correction(consumer) }
      if (there.has(name)) return { name, state: 'done' }
      const detail = `it has not acknowledged that it runs version ${current}. When it does, run: ${acknowledgeCommand(secret, name, asking.deployment.name)}`
      if (consumer.kind === 'manual' || goal === undefined) return { name, state: 'running', detail }
      if (consumer.kind !== 'event') return { name, ...(await ask(asking, consumer, goal, action)) }
      const told = action === 'advance' ? await tell(asking, consumer, goal, remembered) : undefined
      return told ?? { name, state: 'running', detail }
    }),
  )
}

function correction({ expected }: Extract<Consumer, { readonly kind: 'unreadable' }>): string {
  return `nobody knows what it is: correct it in the tag overlap:consumers, where the secret is configured, to the form ${expected}`
}

/**
 * Labels that move wake a pass within seconds, and a rotation ends within seconds of the move. What is synced by then was mostly synced after it.
 */
const WOKEN_WITHIN_MS = 30_000

/**
 * A value that was stored by hand since is newer than the drain: nothing that began before it can hold it. Nor can anything that was written before the rotation
 * ended which made it AWSCURRENT, as long as it may have waited for its slot before, nor before a rollback, however long that version has existed.
 */
async function goalOf(
  { store }: Asking,
  { secret, state, now }: Sight,
  current: string,
  replaced: string,
): Promise<Goal> {
  const since = state.drain?.since ?? now
  const dates = await store.createdDates(secret.arn)
  const stored = dates.get(current)?.getTime() ?? since
  const rotated = (secret.lastRotated?.getTime() ?? Number.NEGATIVE_INFINITY) - WOKEN_WITHIN_MS
  const created = rotated <= since ? Math.max(stored, rotated) : stored
  const goal = { secretId: secret.arn, versionId: current, since: Math.max(since, stored) }
  return isOlder(current, replaced, dates)
    ? { ...goal, created: Math.max(created, since - WOKEN_WITHIN_MS), rolledBack: replaced }
    : { ...goal, created }
}

async function ask(
  { rollouts, telemetry }: Asking,
  consumer: Consumer,
  goal: Goal,
  action: RolloutRequest['action'],
): Promise<Omit<Standing, 'name'>> {
  const name = consumerName(consumer)
  const rollout = rollouts(consumer)
  if (rollout === undefined)
    return {
      state: 'failed',
      detail:
        'no function of this deployment reaches it: declare it where the deployment is configured, and deploy',
    }
  try {
    return await rollout({ ...goal, action, consumer: name })
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    telemetry.logger.warn(`rollout: ${name} could not be asked`, {
      kind: 'sweep',
      step: 'rollout',
      secret: goal.secretId,
      version: goal.versionId,
      outcome: 'unknown',
      reason: error.code,
      error: error.message,
    })
    return { state: 'unknown', detail: error.message }
  }
}

/** An event may get lost, and so may an acknowledgement. */
const TELL_AGAIN_MS = 3600_000

/** What came of it, where that is not known to have been told. */
async function tell(
  asking: Asking,
  consumer: Consumer,
  goal: Goal,
  { told }: Remembered,
): Promise<Standing | undefined> {
  const name = consumerName(consumer)
  const key = `${goal.versionId} ${name}`
  if (asking.now() - (told.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return undefined
  const answer = await ask(asking, consumer, goal, 'advance')
  if (answer.state === 'unknown' || answer.state === 'failed') return { name, ...answer }
  told.set(key, asking.now())
  return undefined
}
