import { describe, expect, it } from 'vitest'
import { parseConsumer } from '../../lambdas/rollout/consumer.ts'
import { rolloutsVariable } from '../../lambdas/rollout/environment.ts'

const functions = { ecs: 'arn:e', lambda: 'arn:l', event: 'arn:v', 'kubernetes:eks-shop': 'arn:k' }
const lookup = rolloutsVariable({ OVERLAP_ROLLOUTS: JSON.stringify(functions) })

describe('the rollout functions of a deployment', () => {
  it.each([
    ['ecs:shop/api', 'arn:e'],
    ['lambda:mailer:live', 'arn:l'],
    ['event:billing', 'arn:v'],
    ['kubernetes:eks-shop/shop/deployment/web', 'arn:k'],
    ['kubernetes:other/shop/deployment/web', undefined],
    ['manual:mainframe', undefined],
  ])('%s is rolled out by %s', (consumer, arn) => {
    expect(lookup(parseConsumer(consumer))).toBe(arn)
  })

  it('are none where nothing names them', () => {
    expect(rolloutsVariable({})(parseConsumer('ecs:shop/api'))).toBeUndefined()
  })

  it.each([
    '{',
    '[]',
    'null',
    '{"ecs":7}',
    '{"ecs":"function"}',
    '{"manual":"arn:m"}',
    '{"kubernetes":"arn:k"}',
    '{"toString":"arn:k"}',
  ])('%s is refused by name', (text) => {
    expect(() => rolloutsVariable({ OVERLAP_ROLLOUTS: text })).toThrow(/^OVERLAP_ROLLOUTS must be JSON/)
  })

  it('do not come from what every object has', () => {
    expect(rolloutsVariable({ OVERLAP_ROLLOUTS: '{}' })(parseConsumer('ecs:shop/api'))).toBeUndefined()
  })
})
