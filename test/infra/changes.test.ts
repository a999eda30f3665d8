import { Stack } from 'aws-cdk-lib'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { describe, expect, it } from 'vitest'
import type { EnvironmentConfig } from '../../infra/deployment.ts'
import { OverlapNetwork } from '../../infra/network.ts'
import { Overlap } from '../../infra/overlap.ts'
import { RotatedSecret } from '../../infra/rotated-secret.ts'
import {
  environment,
  newApp,
  type Resource,
  resourcesOf,
  secretArn,
  stubCode,
  templatesIn,
  templatesOf,
  withDatabase,
} from './deployed.ts'

const app = { name: 'shop/app', arn: secretArn('shop/app'), owner: 'team-shop' }
const reports = { name: 'shop/reports', newUser: 'reports', owner: 'team-reports' }
const shopOf = (fields: EnvironmentConfig) => resourcesOf(templatesOf(fields).get('Overlap-test-shop'))
const both = shopOf(withDatabase({ secrets: [app, reports] }))

/** What CloudFormation would delete: what is in the first template and not in the second. */
function removed(before: readonly Resource[], after: readonly Resource[]): Resource[] {
  return before.filter(({ id }) => !after.some((each) => each.id === id))
}

describe('synthesis', () => {
  it('gives the same template every time', () => {
    const once = [...templatesOf(environment)].map(([name, template]) => [name, template.toJSON()])
    const again = [...templatesOf(environment)].map(([name, template]) => [name, template.toJSON()])
    expect(again).toEqual(once)
  })
})

describe('a secret that is taken out of the file', () => {
  it.each([
    ['that existed before', [reports], 3],
    ['that was made', [app], 3],
  ])('%s stays, and stays in rotation', (_, secrets, count) => {
    const gone = removed(both, shopOf(withDatabase({ secrets })))
    expect(gone).toHaveLength(count)
    for (const resource of gone)
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  })

  it('leaves the others as they are', () => {
    const left = shopOf(withDatabase({ secrets: [reports] }))
    expect(left).toEqual(both.filter(({ id }) => left.some((each) => each.id === id)))
  })
})

describe('a secret that is listed elsewhere in the same database', () => {
  it('is the same resources', () => {
    const turned = shopOf(withDatabase({ secrets: [reports, app] }))
    const byId = (one: Resource, other: Resource) => (one.id < other.id ? -1 : 1)
    expect(turned.toSorted(byId)).toEqual(both.toSorted(byId))
  })
})

describe('a secret that moves to another database', () => {
  it('keeps its rotation in the stack that it leaves, and is adopted in the other', () => {
    const { shop } = environment.databases
    if (!shop) throw new Error('there is no shop')
    const after = templatesOf({
      ...environment,
      databases: { shop: { ...shop, secrets: [reports] }, 'shop-2': { ...shop, secrets: [app] } },
    })
    const gone = removed(both, resourcesOf(after.get('Overlap-test-shop')))
    expect(gone.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain', 'Retain'])
    const types = resourcesOf(after.get('Overlap-test-shop-2')).map(({ Type }) => Type)
    expect(types).toEqual([
      'Custom::OverlapTags',
      'AWS::SecretsManager::RotationSchedule',
      'Custom::OverlapCheck',
    ])
  })
})

describe('a construct that moves in its stack', () => {
  /** The same secrets at another place of the tree. */
  function built(place: (stack: Stack) => Construct): readonly Resource[] {
    const app = newApp()
    const stack = new Stack(app, 'Own')
    const overlap = new Overlap(stack, 'Overlap', { code: stubCode() })
    const database = new OverlapNetwork(overlap, 'main').postgres({
      adminSecret: Secret.fromSecretCompleteArn(stack, 'Admin', secretArn('shop/admin')),
      host: 'shop.example.com',
    })
    const secret = Secret.fromSecretCompleteArn(stack, 'App', secretArn('shop/app'))
    const scope = place(stack)
    new RotatedSecret(scope, 'App2', { database, secret, owner: 'team-shop' })
    new RotatedSecret(scope, 'Reports', {
      database,
      secretName: 'shop/reports',
      newUser: 'reports',
      owner: 'team-shop',
    })
    return resourcesOf(templatesIn(app).get('Own'))
  }

  it('is the same resources: nothing is made, deleted, or turned off on the way', () => {
    const before = built((stack) => stack)
    const after = built((stack) => new Construct(stack, 'Shop'))
    expect(removed(before, after)).toEqual([])
    expect(removed(after, before)).toEqual([])
  })
})

describe('the generated value of a secret', () => {
  const secretOf = (fields: EnvironmentConfig) =>
    shopOf(fields).find(({ Type }) => Type === 'AWS::SecretsManager::Secret')
  const before = secretOf(withDatabase({ secrets: [reports] }))

  it.each([
    ['another database', withDatabase({ secrets: [reports], dbname: 'other' })],
    ['another server', withDatabase({ secrets: [reports], host: 'other.example.com' })],
    ['another port', withDatabase({ secrets: [reports], port: 6432 })],
    ['another user', withDatabase({ secrets: [{ ...reports, newUser: 'other' }] })],
    ['another admin', withDatabase({ secrets: [reports], adminSecretArn: secretArn('shop/other') })],
  ])('is never generated anew in place: %s fails for its name', (_, fields) => {
    const after = secretOf(fields)
    expect(after?.Properties.Name).toBe(before?.Properties.Name)
    expect(after?.id).not.toBe(before?.id)
  })

  it.each([
    ['its policy', withDatabase({ secrets: [{ ...reports, owner: 'team-other' }] })],
    [
      'its key',
      withDatabase({
        secrets: [
          {
            ...reports,
            keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef',
          },
        ],
      }),
    ],
    ['a replica', withDatabase({ secrets: [reports], replicas: ['replica.example.com:5432'] })],
  ])('is not touched by a change of %s', (_, fields) => {
    const after = secretOf(fields)
    expect(after?.id).toBe(before?.id)
    expect(after?.Properties.GenerateSecretString).toEqual(before?.Properties.GenerateSecretString)
  })
})

describe('a deployment that gets another name', () => {
  const custom = (resources: readonly Resource[]) =>
    resources.filter(({ Type }) => Type.startsWith('Custom::'))
  const after = shopOf({ ...withDatabase({ secrets: [app, reports] }), deploymentName: 'other' })

  it('asks its functions by resources of its own, since a custom resource cannot change its function', () => {
    expect(custom(after)).toHaveLength(3)
    for (const { id, Properties } of custom(after)) {
      expect(Properties.ServiceToken).toContain(':other-adopt-provider')
      expect(both.find((each) => each.id === id)).toBeUndefined()
    }
    for (const resource of removed(both, after)) expect(resource.DeletionPolicy).toBe('Retain')
  })

  it('takes secrets and rotations over as they are', () => {
    const kept = (resources: readonly Resource[]) =>
      resources.filter(({ Type }) => !Type.startsWith('Custom::')).map(({ id }) => id)
    expect(kept(after)).toEqual(kept(both))
  })
})

describe('an adopter that takes the place of another', { timeout: 180_000 }, () => {
  it('gets a resource of its own, since a custom resource cannot change its function', () => {
    const secrets = Array.from({ length: 900 }, (_, n) => {
      const name = `shop/a-service-with-a-name-of-usual-length-${n}`
      return { name, arn: secretArn(name), owner: 'team-shop' }
    })
    const inDatabases = (all: typeof secrets) => {
      const { shop } = environment.databases
      if (!shop) throw new Error('there is no shop')
      const chunks = Array.from({ length: Math.ceil(all.length / 150) }, (_, n) =>
        all.slice(n * 150, n * 150 + 150),
      )
      return Object.fromEntries(chunks.map((chunk, n) => [`shop-${n}`, { ...shop, secrets: chunk }]))
    }
    const tagsOf = (all: typeof secrets) =>
      new Map(
        [...templatesOf({ ...environment, databases: inDatabases(all) }).values()]
          .flatMap((template) => resourcesOf(template, 'Custom::OverlapTags'))
          .map(({ id, Properties }) => [id, Properties.ServiceToken]),
      )
    const before = tagsOf(secrets)
    const after = tagsOf(secrets.slice(420))
    expect(new Set(before.values()).size).toBe(2)
    expect(new Set(after.values()).size).toBe(1)
    for (const [id, serviceToken] of after) if (before.has(id)) expect(before.get(id)).toBe(serviceToken)
  })
})
