import { describe, expect, it } from 'vitest'
import { secretFacts } from '../../lambdas/aws/secret-facts.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

describe('what a description says', () => {
  it.each([
    [
      { Name: 'shop/app', Tags: [{ Key: 'overlap:owner', Value: 'team-shop' }] },
      { name: 'shop/app', owner: 'team-shop' },
    ],
    [
      { Name: 'shop/app', Tags: [{ Key: 'owner', Value: 'x' }] },
      { name: 'shop/app', owner: undefined },
    ],
    [{ Name: 'shop/app' }, { name: 'shop/app', owner: undefined }],
    [
      { Name: 'shop/app', Tags: [{ Key: 'overlap:owner', Value: '' }] },
      { name: 'shop/app', owner: undefined },
    ],
  ])('of %j is %j', async (described, facts) => {
    const { client, sent } = secretsManagerAnswering({ DescribeSecretCommand: () => described })
    const secrets = secretFacts(client, () => new AbortController().signal)
    expect(await secrets.facts(SECRET_ARN)).toEqual(facts)
    expect(sent).toEqual([{ command: 'DescribeSecretCommand', input: { SecretId: SECRET_ARN } }])
  })
})
