import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { type LambdaHost, startLambdaHost } from '../../../sandbox/lambda/host.ts'

/* What Lambda does with functions that it is not asked to run, through the AWS SDK, which must not be kinder than Lambda. */

const started: LambdaHost[] = []
afterEach(async () => {
  for (const host of started.splice(0)) await host.close()
})

const START = Date.parse('2026-03-01T03:00:00.250Z')
const mailer = { FunctionName: 'mailer' }

async function account() {
  const clock = movableClock(START)
  const host = await startLambdaHost({ clock })
  started.push(host)
  const anew: string[] = []
  host.managed.seed({
    name: 'mailer',
    variables: { STAGE: 'production' },
    aliases: ['live'],
    onStarted: (qualifier) => anew.push(qualifier),
  })
  anew.length = 0
  const client = new LambdaClient({
    endpoint: host.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  })
  const configuration = (Qualifier?: string, FunctionName = 'mailer') =>
    client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }))
  const update = (change: object = {}) =>
    client.send(new UpdateFunctionConfigurationCommand({ ...mailer, ...change }))
  const publish = (more: object = {}) => client.send(new PublishVersionCommand({ ...mailer, ...more }))
  return { clock, host, client, anew, configuration, update, publish }
}

describe('a function that is managed', () => {
  it('is found by name and by ARN, with its versions and aliases', async () => {
    const { configuration, host } = await account()
    for (const [qualifier, version] of [
      [undefined, '$LATEST'],
      ['$LATEST', '$LATEST'],
      ['1', '1'],
      ['live', '1'],
    ])
      expect(await configuration(qualifier, host.arn('mailer'))).toMatchObject({
        FunctionName: 'mailer',
        Version: version,
        LastModified: '2026-03-01T03:00:00.250+0000',
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Environment: { Variables: { STAGE: 'production' } },
      })
    await expect(configuration('7')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(configuration(undefined, 'other')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('is changed for a while, during which it is neither changed again nor published, and starts anew then', async () => {
    const { clock, update, configuration, publish, anew } = await account()
    clock.advance(1_000)
    const changed = await update({ Environment: { Variables: { STAGE: 'test' } } })
    expect(changed).toMatchObject({
      LastUpdateStatus: 'InProgress',
      LastModified: '2026-03-01T03:00:01.250+0000',
      Environment: { Variables: { STAGE: 'test' } },
    })
    for (const again of [update({ Timeout: 9 }), publish()])
      await expect(again).rejects.toMatchObject({ name: 'ResourceConflictException' })
    expect(anew).toEqual([])
    clock.advance(5_000)
    const settled = await configuration()
    expect(settled.LastUpdateStatus).toBe('Successful')
    expect(settled.RevisionId).not.toBe(changed.RevisionId)
    expect(anew).toEqual(['$LATEST'])
    expect((await configuration('live')).Environment?.Variables).toEqual({ STAGE: 'production' })
  })

  it('fails to change where that was asked for, and nothing starts anew', async () => {
    const { clock, host, update, configuration, anew } = await account()
    host.managed.setFailing('mailer', true)
    await update({ Timeout: 9 })
    clock.advance(5_000)
    expect(await configuration()).toMatchObject({
      LastUpdateStatus: 'Failed',
      LastUpdateStatusReasonCode: 'DisabledKMSKey',
    })
    expect(anew).toEqual([])
  })

  it('is changed only as the revision that is named', async () => {
    const { client, configuration, update, publish } = await account()
    const RevisionId = 'another'
    const alias = new UpdateAliasCommand({ ...mailer, Name: 'live', FunctionVersion: '1', RevisionId })
    for (const refused of [update({ RevisionId }), publish({ RevisionId }), client.send(alias)])
      await expect(refused).rejects.toMatchObject({ name: 'PreconditionFailedException' })
    await update({ RevisionId: (await configuration()).RevisionId })
  })

  it('has as many variables as fit, and is told which do not', async () => {
    const { update } = await account()
    await expect(update({ Environment: { Variables: { BIG: 'x'.repeat(4_090) } } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('String measured: {"BIG":"xxx'),
    })
  })

  it('is refused what the sandbox does not play, by name', async () => {
    const { update } = await account()
    await expect(update({ Role: 'arn:role' })).rejects.toMatchObject({
      message: expect.stringContaining('Role'),
    })
  })
})

describe('a version', () => {
  it('is published once for each state of $LATEST, and takes a while to be active', async () => {
    const { clock, update, publish, configuration } = await account()
    expect((await publish()).Version).toBe('1')
    await update({ Timeout: 9 })
    clock.advance(5_000)
    expect(await publish()).toMatchObject({ Version: '2', State: 'Pending', Timeout: 9 })
    clock.advance(5_000)
    expect(await publish()).toMatchObject({ Version: '2', State: 'Active' })
    expect(await configuration('1')).toMatchObject({ Timeout: 3 })
  })

  it('is published only with the code that is named', async () => {
    const { publish, host, clock, configuration } = await account()
    const { CodeSha256 } = await configuration()
    host.managed.deployCode('mailer', 'other')
    clock.advance(5_000)
    await expect(publish({ CodeSha256 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  })
})

describe('an alias', () => {
  it('leads to another version when it is told to, which starts anew', async () => {
    const { clock, client, update, publish, configuration, anew } = await account()
    await update({ Timeout: 9 })
    clock.advance(5_000)
    await publish()
    clock.advance(5_000)
    anew.length = 0
    const before = await client.send(new GetAliasCommand({ ...mailer, Name: 'live' }))
    const pointed = await client.send(
      new UpdateAliasCommand({
        ...mailer,
        Name: 'live',
        FunctionVersion: '2',
        RevisionId: before.RevisionId,
      }),
    )
    expect([before.FunctionVersion, pointed.FunctionVersion]).toEqual(['1', '2'])
    expect(pointed.RevisionId).not.toBe(before.RevisionId)
    expect((await configuration('live')).Version).toBe('2')
    expect(anew).toEqual(['live'])
  })

  it('leads to no version that is not there, and is not there by another name', async () => {
    const { client } = await account()
    for (const command of [
      new UpdateAliasCommand({ ...mailer, Name: 'live', FunctionVersion: '7' }),
      new UpdateAliasCommand({ ...mailer, Name: 'gone', FunctionVersion: '1' }),
    ])
      await expect(client.send(command)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('shares calls between versions', async () => {
    const { client } = await account()
    const RoutingConfig = { AdditionalVersionWeights: { 1: 0.5 } }
    await client.send(new UpdateAliasCommand({ ...mailer, Name: 'live', RoutingConfig }))
    expect(await client.send(new GetAliasCommand({ ...mailer, Name: 'live' }))).toMatchObject({
      RoutingConfig,
    })
  })

  it('has environments that are kept ready, or none', async () => {
    const { client, host } = await account()
    const ask = () =>
      client.send(new GetProvisionedConcurrencyConfigCommand({ ...mailer, Qualifier: 'live' }))
    await expect(ask()).rejects.toMatchObject({ name: 'ProvisionedConcurrencyConfigNotFoundException' })
    host.managed.setProvisioned('mailer', 'live', 'IN_PROGRESS')
    expect(await ask()).toMatchObject({ Status: 'IN_PROGRESS' })
  })
})
