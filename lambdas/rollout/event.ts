import { nameInArn } from '../rotation/secret-name.ts'
import { acknowledgeCommand } from '../rotation/way-out.ts'
import { type Consumer, consumerName } from './consumer.ts'
import type { Rollout } from './rollout.ts'

/** The `detail` of the event `Overlap Rollout Requested`. */
export interface RolloutRequested {
  /** ARN. */
  readonly secret: string
  /** The version that is AWSCURRENT. */
  readonly versionId: string
  /** As the tag `overlap:consumers` names it. */
  readonly consumer: string
}

/** Rejects with OverlapError when it is not certain that the event bus took it. */
export type Tell = (event: RolloutRequested) => Promise<void>

/**
 * Consumers that nobody here can reach: in other accounts, on other machines. They are told by an event, and acknowledge when they run the version. That is written on
 * the secret, which whoever asks reads first; so here it is always `absent`, and each call of `start` tells them once more.
 */
export function eventRollout(
  tell: Tell,
  deployment: string,
): Rollout<Extract<Consumer, { readonly kind: 'event' }>> {
  return {
    async start(consumer, { secretId, versionId }) {
      await tell({ secret: secretId, versionId, consumer: consumerName(consumer) })
      return undefined
    },
    async progress(consumer, { secretId }) {
      const secret = { name: nameInArn(secretId) ?? '', arn: secretId }
      const command = acknowledgeCommand(secret, consumerName(consumer), deployment)
      return { state: 'absent', detail: `told by an event; acknowledges with: ${command}` }
    },
  }
}
