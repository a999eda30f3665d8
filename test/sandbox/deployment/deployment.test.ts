import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Resource, readAssembly, type Stack } from '../../../sandbox/assembly/assembly.ts'
import { assemblyOf } from '../../../sandbox/assembly/synthesize.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'

// Whoever comes first synthesizes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let runFolder: string
let stacks: readonly Stack[]
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
  runFolder = mkdtempSync(path.join(tmpdir(), 'overlap-deployment-'))
  stacks = readAssembly(await assemblyOf('sandbox/overlap.config.ts', { temporaryRoot: tmpdir(), runFolder }))
})

afterAll(async () => {
  await sandbox.stop()
  rmSync(runFolder, { recursive: true })
})

/** Properties as the template has them, intrinsics and all. */
// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any form, and is looked at here as one would by eye.
type Raw = any

const allOf = (type: string): readonly Raw[] =>
  stacks
    .flatMap(({ resources }): Resource[] => Object.values(resources))
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties)

const templateFunctions = () =>
  allOf('AWS::Lambda::Function').filter(({ Handler }) => Handler === 'index.handler')

describe('a function that was deployed', () => {
  const added = [
    'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
    'AWS_ENDPOINT_URL_ECS',
    'AWS_ENDPOINT_URL_EKS',
    'AWS_ENDPOINT_URL_EVENTBRIDGE',
    'AWS_ENDPOINT_URL_IAM',
    'AWS_ENDPOINT_URL_LAMBDA',
    'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    'AWS_ENDPOINT_URL_SNS',
    'AWS_ENDPOINT_URL_STS',
    'OVERLAP_CA_FILE',
  ]

  it('is configured to the letter as the template has it', () => {
    const deployed = sandbox.lambda.definitions().map((definition) => ({
      name: definition.name,
      handler: definition.handler,
      timeoutSeconds: definition.timeoutSeconds,
      memoryMb: definition.memoryMb,
      asset: path.basename(path.dirname(definition.bundle)).replace('asset.', ''),
      file: path.basename(definition.bundle),
    }))
    const written = templateFunctions().map(({ FunctionName, Handler, Timeout, MemorySize, Code }) => ({
      name: FunctionName,
      handler: Handler,
      timeoutSeconds: Timeout,
      memoryMb: MemorySize,
      asset: Code.S3Key.replace('.zip', ''),
      file: 'index.js',
    }))
    const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)

    expect(written).toHaveLength(16)
    expect(deployed.toSorted(byName)).toEqual(written.toSorted(byName))
  })

  it('has the variables of the template, with the servers where they are, and what finds the services: nothing else', () => {
    const { host, port, replica } = sandbox.postgres
    for (const { FunctionName, Environment } of templateFunctions()) {
      const written: Record<string, unknown> = Environment.Variables
      const found = sandbox.lambda.definitions().find(({ name }) => name === FunctionName)?.environment ?? {}

      expect(Object.keys(found).toSorted()).toEqual([...Object.keys(written), ...added].toSorted())
      for (const [name, value] of Object.entries(written))
        if (typeof value === 'string' && name !== 'OVERLAP_PROVIDER')
          expect(found[name]).toBe(
            value
              .replace('postgres.sandbox:5432', `${host}:${port}`)
              .replace('replica.sandbox:5432', `localhost:${replica?.port}`),
          )
    }
  })

  it('finds the provider of keys where it is, and trusts whom it has its certificate from', () => {
    const { port, ca } = sandbox.provider
    const written = templateFunctions().filter(
      ({ Environment }) => 'OVERLAP_PROVIDER' in Environment.Variables,
    )
    expect(written).toHaveLength(2)
    for (const { FunctionName, Environment } of written) {
      const found = sandbox.lambda.definitions().find(({ name }) => name === FunctionName)
      const here = Environment.Variables.OVERLAP_PROVIDER.replaceAll('mail.sandbox:443', `localhost:${port}`)
      const { definition, ...others } = JSON.parse(here)
      expect(JSON.parse(found?.environment.OVERLAP_PROVIDER ?? '')).toEqual({
        ...others,
        definition: { ...definition, ca },
      })
    }
  })

  it('writes to the log group that the template gives it', () => {
    const groups = sandbox.lambda.definitions().map(({ logGroup }) => logGroup)
    expect(new Set(groups).size).toBe(16)
    for (const group of groups) expect(group).toMatch(/^Overlap-sandbox-\w+-[A-Z0-9]{12}$/)
  })
})

describe('what else was deployed', () => {
  it('schedules: expression, time zone, target, retries', () => {
    const written = allOf('AWS::Scheduler::Schedule').map(
      ({ Name, ScheduleExpression, ScheduleExpressionTimezone, Target }) => ({
        name: Name,
        expression: ScheduleExpression,
        timezone: ScheduleExpressionTimezone ?? 'UTC',
        target: Target.Arn,
        input: Target.Input,
        retry: {
          attempts: Target.RetryPolicy.MaximumRetryAttempts,
          maximumAgeSeconds: Target.RetryPolicy.MaximumEventAgeInSeconds,
        },
      }),
    )
    expect(written).toHaveLength(4)
    expect(sandbox.scheduler.list()).toEqual(
      expect.arrayContaining(written.map((schedule) => expect.objectContaining(schedule))),
    )
    expect(sandbox.scheduler.list()).toHaveLength(4)
  })

  it('alarms: every one, by name', () => {
    const written = allOf('AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName)
    const deployed = sandbox.cloudwatch.alarms().map(({ definition }) => definition.name)
    expect(deployed.toSorted()).toEqual(written.toSorted())
  })

  it('tags and rotation of a secret that was there before', async () => {
    const [{ Tags }] = allOf('Custom::OverlapTags')
    const [rotation] = allOf('AWS::SecretsManager::RotationSchedule')
    const found = await sandbox.client.send(new DescribeSecretCommand({ SecretId: sandbox.secret }))
    const tags = Object.fromEntries((found.Tags ?? []).map(({ Key, Value }) => [Key, Value]))

    expect(tags).toEqual({ ...Tags, 'overlap:state': expect.stringContaining('v=1 plan=') })
    expect(rotation.SecretId).toBe(sandbox.secret)
    expect(found).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN: rotation.RotationLambdaARN,
      RotationRules: rotation.RotationRules,
    })
    expect(found.LastRotatedDate).toBeUndefined()
  })

  it('a secret that is new, with its tags and a password as long as the template asks for', async () => {
    const [{ Name, Tags, GenerateSecretString }] = allOf('AWS::SecretsManager::Secret')
    const found = await sandbox.client.send(new DescribeSecretCommand({ SecretId: Name }))

    expect(found.Tags).toEqual(expect.arrayContaining(Tags))
    expect(GenerateSecretString.GenerateStringKey).toBe('password')
  })
})
