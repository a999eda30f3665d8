import { describe, expect, it } from 'vitest'
import { environment, functionArn, resourcesOf, secretArn, templatesOf, theOne } from './deployed.ts'

/**
 * What the controls SecretsManager.1 to .5 of Security Hub ask of a secret and a template can say; that it is rotated, and read, shows when it runs.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html
 */
const resources = resourcesOf(templatesOf(environment).get('Overlap-test-shop'))
const made = theOne(resources, ({ Type }) => Type === 'AWS::SecretsManager::Secret')
const rotationOf = (secretId: string) =>
  theOne(
    resources,
    ({ Type, Properties }) =>
      Type === 'AWS::SecretsManager::RotationSchedule' && Properties.SecretId === secretId,
  ).Properties
/** Of SecretsManager.4 where nothing else was asked for. */
const MAX_DAYS_SINCE_ROTATION = 90

const adopted = theOne(resources, ({ Type }) => Type === 'Custom::OverlapTags').Properties
const madeTags = Object.fromEntries(
  made.Properties.Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]),
)

/** One that is enforced is made; one that exists is only observed until somebody says otherwise. */
describe.each([
  ['that exists', secretArn('shop/app'), adopted.Tags, 'team-shop', 'observe'],
  ['that is made', `<${made.id}>`, madeTags, 'team-reports', 'enforce'],
])('by default a secret %s', (_, secretId, tags, owner, mode) => {
  it('has automatic rotation turned on, by a function (SecretsManager.1)', () => {
    expect(rotationOf(secretId)).toMatchObject({
      RotationLambdaARN: functionArn('overlap-rotate-postgres-main'),
      RotationRules: { AutomaticallyAfterDays: expect.any(Number) },
    })
  })

  it(`is rotated weekly, and by Secrets Manager itself before the days are over that others may ask for (SecretsManager.2 and .4${
    mode === 'observe'
      ? ', but both fail 90 days after the one rotation that mode observe has room for: until it is enforced'
      : ''
  })`, () => {
    expect(tags['overlap:mode']).toBe(mode)
    expect(tags['overlap:schedule']).toBe('weekly')
    const days = rotationOf(secretId).RotationRules.AutomaticallyAfterDays
    expect(days).toBeGreaterThan(7)
    expect(days).toBeLessThanOrEqual(MAX_DAYS_SINCE_ROTATION)
  })

  it('has tags that are not of AWS, among them its owner (SecretsManager.5)', () => {
    expect(tags['overlap:owner']).toBe(owner)
    expect(Object.keys(tags).filter((key) => key.startsWith('aws:'))).toEqual([])
  })
})

it('is the adopted secret whose tags are written', () => {
  expect(adopted.SecretId).toBe(secretArn('shop/app'))
})
