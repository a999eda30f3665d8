import { describe, expect, it } from 'vitest'
import { sweepWiring } from '../../lambdas/aws/sweep-wiring.ts'
import { parseConsumer } from '../../lambdas/rollout/consumer.ts'

const environment = {
  AWS_REGION: 'us-east-1',
  OVERLAP_FUNCTIONS: '[]',
  OVERLAP_JOURNAL: '/overlap/overlap/journal',
  OVERLAP_ROLLOUTS: JSON.stringify({
    ecs: 'arn:aws:lambda:us-east-1:123456789012:function:overlap-rollout',
    'kubernetes:eks-shop':
      'arn:aws:lambda:us-east-1:123456789012:function:overlap-rollout-kubernetes-eks-shop',
  }),
}
const signal = () => new AbortController().signal

describe('whom the sweep asks', () => {
  it.each([
    { consumer: 'ecs:shop/api', isReached: true },
    { consumer: 'kubernetes:eks-shop/web/deployment/api', isReached: true },
    { consumer: 'kubernetes:eks-other/web/deployment/api', isReached: false },
    { consumer: 'lambda:orders', isReached: false },
    { consumer: 'manual:batch', isReached: false },
  ])('is the function that reaches $consumer, where there is one: $isReached', ({ consumer, isReached }) => {
    const rollout = sweepWiring(environment).rolloutFor(parseConsumer(consumer), signal)
    expect(rollout !== undefined).toBe(isReached)
  })

  it.each([undefined, ''])('has a journal, and is not made without one (%o)', (journal) => {
    expect(() => sweepWiring({ ...environment, OVERLAP_JOURNAL: journal })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: 'OVERLAP_JOURNAL is missing: it must name the log group of the journal',
      }),
    )
  })
})
