import { describe, expect, it } from 'vitest'
import { readConsumer } from '../../infra/consumers.ts'
import { parseConsumer } from '../../lambdas/rollout/consumer.ts'

/* A deployment may not take what its functions refuse, nor refuse what they take; and infra imports nothing of them. */

const taken = [
  'ecs:shop/api',
  'ecs:Shop_1/api-2',
  `ecs:${'c'.repeat(255)}/${'s'.repeat(255)}`,
  'lambda:orders',
  'lambda:orders:live',
  'lambda:Orders_1:7',
  'kubernetes:shop/web/deployment/api',
  'kubernetes:shop/web/statefulset/db.1',
  'kubernetes:shop_2/web/daemonset/logs@db-credentials',
  'event:billing',
  'event:Billing_1.eu-west',
  'manual:etl',
]
const refused = [
  '',
  'ecs',
  'ecs:',
  'ecs:api',
  'ecs:shop/api/more',
  'ecs:shop/api ',
  ' ecs:shop/api',
  'ecs:shop/a*',
  `ecs:shop/${'s'.repeat(256)}`,
  'ECS:shop/api',
  'lambda:',
  'lambda:orders:',
  'lambda:orders:live:1',
  'lambda:arn:aws:lambda:eu-west-1:111122223333:function:orders',
  `lambda:${'x'.repeat(65)}`,
  'lambda:*',
  'kubernetes:shop/deployment/api',
  'kubernetes:shop/web/job/api',
  'kubernetes:shop/web/Deployment/api',
  'kubernetes:shop/Web/deployment/api',
  'kubernetes:shop/web/deployment/api@',
  'kubernetes:shop/web/deployment/api@a@b',
  'event:',
  'event:a/b',
  `manual:${'x'.repeat(101)}`,
  'manual:a b',
  'docker:api',
]

describe('a consumer', () => {
  it.each(taken)('is taken by the functions, and by the deployment as the same: %s', (text) => {
    const read = readConsumer(text)
    expect(parseConsumer(text)).toMatchObject({ ...read })
    expect(read).toBeDefined()
  })

  it.each(refused)('is refused by both: %j', (text) => {
    expect(() => parseConsumer(text)).toThrow('overlap:consumers')
    expect(readConsumer(text)).toBeUndefined()
  })
})
