import { InvalidRequestException, type SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { secretCatalog } from '../../lambdas/aws/secret-catalog.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

type Answers = Parameters<typeof secretsManagerAnswering>[0]

function catalogAnswering(answers: Answers) {
  const { client, sent } = secretsManagerAnswering(answers)
  return { catalog: secretCatalog(client, () => new AbortController().signal), sent }
}

const ours = 'arn:function:ours'
const draining = { one: ['AWSCURRENT'], two: ['AWSPREVIOUS', 'DRAINING'] }

async function nominated(...pages: (readonly SecretListEntry[])[]) {
  const { catalog, sent } = catalogAnswering({
    ListSecretsCommand: ({ NextToken }) => {
      const at = NextToken === undefined ? 0 : Number(NextToken)
      return {
        SecretList: [...(pages[at] ?? [])],
        ...(at + 1 < pages.length ? { NextToken: String(at + 1) } : {}),
      }
    },
  })
  const names: string[] = []
  for await (const { secretId } of catalog.nominees(new Set([ours]))) names.push(secretId)
  return { names, sent }
}

describe('nominees', () => {
  it('come from every page, an empty one included', async () => {
    const entry = (ARN: string) => ({ ARN, RotationLambdaARN: ours, SecretVersionsToStages: draining })
    const { names, sent } = await nominated([entry('a')], [], [entry('b'), entry('c')])
    expect(names).toEqual(['a', 'b', 'c'])
    expect(sent).toHaveLength(3)
  })

  it('are asked for page by page: what is not wanted is not fetched', async () => {
    const { catalog, sent } = catalogAnswering({
      ListSecretsCommand: () => ({
        SecretList: [{ ARN: 'a', RotationLambdaARN: ours, SecretVersionsToStages: draining }],
        NextToken: 'more',
      }),
    })
    for await (const _ of catalog.nominees(new Set([ours]))) break
    expect(sent).toHaveLength(1)
  })

  it.each([
    { what: 'drains', stages: draining, wanted: true },
    { what: 'has a rotation under way', stages: { one: ['AWSCURRENT'], two: ['AWSPENDING'] }, wanted: true },
    { what: 'has DRAINING on AWSCURRENT', stages: { one: ['AWSCURRENT', 'DRAINING'] }, wanted: true },
    {
      what: 'has AWSPENDING left on AWSCURRENT',
      stages: { one: ['AWSCURRENT', 'AWSPENDING'] },
      wanted: false,
    },
    { what: 'is at rest', stages: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS'] }, wanted: false },
    { what: 'has no version', stages: undefined, wanted: false },
  ])('a secret that $what: $wanted', async ({ stages, wanted }) => {
    const { names } = await nominated([
      { ARN: 'a', RotationLambdaARN: ours, ...(stages ? { SecretVersionsToStages: stages } : {}) },
    ])
    expect(names).toEqual(wanted ? ['a'] : [])
  })

  it.each([
    { what: 'another deployment’s function', entry: { ARN: 'a', RotationLambdaARN: 'arn:function:theirs' } },
    { what: 'no function', entry: { ARN: 'a' } },
  ])('a secret with $what is nobody’s business here', async ({ entry }) => {
    expect((await nominated([{ ...entry, SecretVersionsToStages: draining }])).names).toEqual([])
  })

  it('that cannot be listed end the pass with an error, not as "there are none"', async () => {
    const { catalog } = catalogAnswering({
      ListSecretsCommand: () => {
        throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' })
      },
    })
    await expect(
      catalog
        .nominees(new Set([ours]))
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
    })
  })
})

describe('saveState', () => {
  it('writes the one tag that is the sweep’s', async () => {
    const { catalog, sent } = catalogAnswering({ TagResourceCommand: () => ({}) })
    await catalog.saveState(SECRET_ARN, { drain: { version: 'old', since: 0 } })
    expect(sent).toEqual([
      {
        command: 'TagResourceCommand',
        input: {
          SecretId: SECRET_ARN,
          Tags: [{ Key: 'overlap:state', Value: 'v=1 draining=old since=1970-01-01T00:00:00.000Z' }],
        },
      },
    ])
  })
})

describe('requestRotation', () => {
  it('asks the service, which keeps schedule and function as they are', async () => {
    const { catalog, sent } = catalogAnswering({ RotateSecretCommand: () => ({}) })
    await catalog.requestRotation(SECRET_ARN)
    expect(sent.map(({ command }) => command)).toEqual(['RotateSecretCommand'])
    expect(sent[0]?.input).toMatchObject({ SecretId: SECRET_ARN })
    expect(sent[0]?.input).not.toHaveProperty('RotationRules')
  })

  const refusal = (message: string) => () => {
    throw new InvalidRequestException({ message, $metadata: {} })
  }

  it('is content when the service says that it tries an incomplete rotation again', async () => {
    const { catalog } = catalogAnswering({
      RotateSecretCommand: refusal("A previous rotation isn't complete. That rotation will be reattempted."),
    })
    await expect(catalog.requestRotation(SECRET_ARN)).resolves.toBeUndefined()
  })

  it('fails on any other refusal', async () => {
    const { catalog } = catalogAnswering({
      RotateSecretCommand: refusal('No Lambda rotation function ARN is associated with this secret.'),
    })
    await expect(catalog.requestRotation(SECRET_ARN)).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
    })
  })
})
