import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import {
  BatchGetSecretValueCommand,
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type FilterNameStringType,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  SecretsManagerClient,
  SecretsManagerServiceException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type MovableClock, movableClock } from '../../sandbox/clock.ts'
import {
  type FunctionInvoker,
  type SecretsManager,
  type SecretsManagerOptions,
  type ServiceEvent,
  startSecretsManager,
} from '../../sandbox/secrets-manager/server.ts'

/*
 * What Secrets Manager promises, asked through the AWS SDK. Every rule that the rotation engine leans on has a test here, so that the
 * sandbox cannot be kinder than the service.
 */

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:rotate'
const START = Date.parse('2026-03-02T10:30:00Z')
const HOUR = 3600 * 1000
const DAY = 24 * HOUR

type Step = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
interface StepEvent {
  readonly Step: Step
  readonly SecretId: string
  readonly ClientRequestToken: string
  readonly RotationToken: string
}
type StepHandler = (event: StepEvent) => Promise<void>

/** A rotation function that does its work through the SDK, as a real one does, and whose steps a test may replace. */
class RotationFunction implements FunctionInvoker {
  readonly events: StepEvent[] = []
  readonly replaced = new Map<Step, StepHandler>()
  client: SecretsManagerClient | undefined

  exists(functionArn: string): boolean {
    return functionArn === FUNCTION
  }

  async invoke(_functionArn: string, payload: unknown): ReturnType<FunctionInvoker['invoke']> {
    const event = payload as StepEvent
    this.events.push(event)
    try {
      await (this.replaced.get(event.Step) ?? this.usual(event.Step))(event)
      return { ok: true, payload: null }
    } catch (error) {
      return error instanceof Error
        ? { ok: false, errorType: error.name, errorMessage: error.message }
        : { ok: false, errorType: 'Error', errorMessage: String(error) }
    }
  }

  usual(step: Step): StepHandler {
    return async (event) => {
      const client = this.client
      if (!client) throw new Error('the endpoint is not up')
      if (step === 'createSecret')
        await client.send(
          new PutSecretValueCommand({
            SecretId: event.SecretId,
            ClientRequestToken: event.ClientRequestToken,
            SecretString: `value of ${event.ClientRequestToken}`,
            VersionStages: ['AWSPENDING'],
            RotationToken: event.RotationToken,
          }),
        )
      if (step === 'finishSecret') {
        const { VersionIdsToStages = {} } = await client.send(
          new DescribeSecretCommand({ SecretId: event.SecretId }),
        )
        const current = Object.keys(VersionIdsToStages).find((id) =>
          VersionIdsToStages[id]?.includes('AWSCURRENT'),
        )
        if (current !== event.ClientRequestToken)
          await client.send(
            new UpdateSecretVersionStageCommand({
              SecretId: event.SecretId,
              VersionStage: 'AWSCURRENT',
              MoveToVersionId: event.ClientRequestToken,
              RemoveFromVersionId: current,
            }),
          )
      }
    }
  }

  /** Makes a step wait; returns what to await for its start and what to call to let it go on. */
  hold(step: Step): { readonly reached: Promise<void>; release(): void } {
    let reach = (): void => {}
    let release = (): void => {}
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    this.replaced.set(step, async (event) => {
      reach()
      await released
      await this.usual(step)(event)
    })
    return { reached, release: () => release() }
  }

  steps(): readonly Step[] {
    return this.events.map((event) => event.Step)
  }
}

const ALL_STEPS: readonly Step[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

const running: { readonly endpoint: SecretsManager; readonly client: SecretsManagerClient }[] = []

afterEach(async () => {
  for (const { endpoint, client } of running.splice(0)) {
    client.destroy()
    await endpoint.close()
  }
})

interface World {
  readonly endpoint: SecretsManager
  readonly client: SecretsManagerClient
  readonly clock: MovableClock
  readonly rotate: RotationFunction
  readonly events: ServiceEvent[]
}

async function start(options: Partial<SecretsManagerOptions> = {}): Promise<World> {
  const rotate = new RotationFunction()
  const clock = movableClock(START)
  const events: ServiceEvent[] = []
  const endpoint = await startSecretsManager({
    functions: rotate,
    clock,
    retryDelaysMs: [],
    onEvent: (event) => events.push(event),
    ...options,
  })
  const client = new SecretsManagerClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  })
  rotate.client = client
  running.push({ endpoint, client })
  return { endpoint, client, clock, rotate, events }
}

/** A secret `app` whose first version holds `one`; answers that version's id. */
async function withSecret({ client }: World): Promise<string> {
  const { VersionId } = await client.send(new CreateSecretCommand({ Name: 'app', SecretString: 'one' }))
  if (!VersionId) throw new Error('CreateSecret answered no version')
  return VersionId
}

async function put(
  { client }: World,
  value: string,
  labels?: string[],
  token: string = randomUUID(),
): Promise<string> {
  await client.send(
    new PutSecretValueCommand({
      SecretId: 'app',
      SecretString: value,
      VersionStages: labels,
      ClientRequestToken: token,
    }),
  )
  return token
}

async function stages({ client }: World): Promise<Record<string, string[]>> {
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
  return VersionIdsToStages ?? {}
}

async function value({ client }: World, versionId?: string): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId: 'app', VersionId: versionId })))
    .SecretString
}

function rotateNow({ client }: World, more: Partial<RotateSecretCommandInput> = {}) {
  return client.send(new RotateSecretCommand({ SecretId: 'app', RotationLambdaARN: FUNCTION, ...more }))
}

async function failure(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof SecretsManagerServiceException)) throw error
    return { name: error.name, message: error.message }
  }
  throw new Error('the call succeeded')
}

function eventNames(world: World): readonly unknown[] {
  return world.events
    .filter((event) => event['detail-type'] === 'AWS Service Event via CloudTrail')
    .map((event) => event.detail.eventName)
}

/** A call without the SDK, which would fill in a token, check the input and sign. */
async function raw(
  { endpoint }: World,
  target: string | undefined,
  body: string,
  headers: Record<string, string> = { authorization: 'AWS4-HMAC-SHA256 anything' },
): Promise<{ status: number; requestId: string | null; type: string | null; body: Record<string, unknown> }> {
  const response = await fetch(endpoint.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      ...(target === undefined ? {} : { 'x-amz-target': target }),
      ...headers,
    },
  })
  return {
    status: response.status,
    requestId: response.headers.get('x-amzn-requestid'),
    type: response.headers.get('content-type'),
    body: (await response.json()) as Record<string, unknown>,
  }
}

describe('the front door', () => {
  it('answers AWS JSON 1.1 with a request id, and errors with __type and the status', async () => {
    const world = await start()
    const found = await raw(world, 'secretsmanager.ListSecrets', '{}')
    const missing = await raw(world, 'secretsmanager.DescribeSecret', '{"SecretId":"none"}')

    expect(found).toMatchObject({
      status: 200,
      type: 'application/x-amz-json-1.1',
      body: { SecretList: [] },
    })
    expect(found.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(missing.requestId).not.toBe(found.requestId)
    expect(missing).toMatchObject({
      status: 400,
      body: {
        __type: 'ResourceNotFoundException',
        Message: "Secrets Manager can't find the specified secret.",
      },
    })
  })

  const refused: readonly [string, string | undefined, string, Record<string, string> | undefined, string][] =
    [
      [
        'a call without Authorization',
        'secretsmanager.ListSecrets',
        '{}',
        {},
        'MissingAuthenticationTokenException',
      ],
      ['a call without X-Amz-Target', undefined, '{}', undefined, 'UnknownOperationException'],
      ['another service', 'dynamodb.ListTables', '{}', undefined, 'UnknownOperationException'],
      ['a body that is not JSON', 'secretsmanager.ListSecrets', '{', undefined, 'SerializationException'],
      ['a body that is a list', 'secretsmanager.ListSecrets', '[]', undefined, 'SerializationException'],
      [
        'a number where a name belongs',
        'secretsmanager.DescribeSecret',
        '{"SecretId":7}',
        undefined,
        'SerializationException',
      ],
      ['no SecretId', 'secretsmanager.DescribeSecret', '{}', undefined, 'ValidationException'],
      [
        'both kinds of value',
        'secretsmanager.CreateSecret',
        '{"Name":"a","SecretString":"s","SecretBinary":"cw=="}',
        undefined,
        'InvalidParameterException',
      ],
    ]
  it.each(refused)('refuses %s', async (_name, target, body, headers, type) => {
    const world = await start()
    expect(await raw(world, target, body, headers)).toMatchObject({ status: 400, body: { __type: type } })
  })

  it('never repeats a request that it cannot read', async () => {
    const world = await start()
    const { body } = await raw(world, 'secretsmanager.CreateSecret', '{"SecretString":"hunter2",')
    expect(JSON.stringify(body)).not.toContain('hunter2')
  })

  it('names an operation that it does not offer', async () => {
    const { client } = await start()
    const call = client.send(
      new ReplicateSecretToRegionsCommand({ SecretId: 'app', AddReplicaRegions: [{ Region: 'eu-west-1' }] }),
    )
    expect(await failure(call)).toEqual({
      name: 'InvalidRequestException',
      message: 'ReplicateSecretToRegions is not part of the sandbox.',
    })
  })

  it('counts calls per operation, refused ones too', async () => {
    const world = await start()
    await withSecret(world)
    await value(world)
    await failure(world.client.send(new GetSecretValueCommand({ SecretId: 'none' })))
    expect(world.endpoint.calls()).toEqual({ CreateSecret: 1, GetSecretValue: 2 })
    world.endpoint.resetCalls()
    expect(world.endpoint.calls()).toEqual({})
  })
})

describe('finding a secret', () => {
  it('takes the name, the ARN and the ARN without its suffix', async () => {
    const { client } = await start()
    const { ARN } = await client.send(new CreateSecretCommand({ Name: 'team/app', SecretString: 'one' }))
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:team\/app-[A-Za-z0-9]{6}$/)
    for (const id of ['team/app', ARN, ARN?.slice(0, -7)])
      expect((await client.send(new DescribeSecretCommand({ SecretId: id }))).Name).toBe('team/app')
  })

  it('takes a partial ARN that ends like a suffix for a full one, and finds nothing', async () => {
    const { client } = await start()
    const { ARN } = await client.send(new CreateSecretCommand({ Name: 'app-abc123', SecretString: 'one' }))
    const call = client.send(new DescribeSecretCommand({ SecretId: ARN?.slice(0, -7) }))
    expect((await failure(call)).name).toBe('ResourceNotFoundException')
    expect((await client.send(new DescribeSecretCommand({ SecretId: ARN }))).Name).toBe('app-abc123')
  })
})

describe('versions', () => {
  it('have the token as their id', async () => {
    const world = await start()
    await withSecret(world)
    const token = await put(world, 'two')
    expect(await value(world, token)).toBe('two')
  })

  it('keep binary values as they were', async () => {
    const { client } = await start()
    const bytes = Uint8Array.from([0, 255, 128, 10])
    await client.send(new CreateSecretCommand({ Name: 'key', SecretBinary: bytes }))
    const read = await client.send(new GetSecretValueCommand({ SecretId: 'key' }))
    expect([read.SecretBinary, read.SecretString]).toEqual([bytes, undefined])
  })

  it('are not made twice by the same token and value', async () => {
    const world = await start()
    await withSecret(world)
    const token = await put(world, 'two', ['AWSPENDING'])
    const before = await stages(world)
    await put(world, 'two', ['AWSPENDING'], token)
    expect(await stages(world)).toEqual(before)
  })

  const overwrites: readonly [string, (world: World, token: string) => Promise<unknown>][] = [
    ['PutSecretValue', (world, token) => put(world, 'three', undefined, token)],
    [
      'UpdateSecret',
      ({ client }, token) =>
        client.send(
          new UpdateSecretCommand({ SecretId: 'app', SecretString: 'three', ClientRequestToken: token }),
        ),
    ],
  ]
  it.each(overwrites)('refuse another value under the same token: %s', async (_name, overwrite) => {
    const world = await start()
    await withSecret(world)
    const token = await put(world, 'two')
    const { ARN } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(await failure(overwrite(world, token))).toEqual({
      name: 'ResourceExistsException',
      message: `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${ARN}.`,
    })
    expect(await value(world, token)).toBe('two')
  })

  it.each([
    ['CreateSecret', { Name: 'new', SecretString: 's' }, 'InvalidRequestException'],
    ['PutSecretValue', { SecretId: 'app', SecretString: 's' }, 'InvalidRequestException'],
    ['UpdateSecret', { SecretId: 'app', SecretString: 's' }, 'InvalidRequestException'],
    ['RotateSecret', { SecretId: 'app', RotationLambdaARN: FUNCTION }, 'InvalidParameterException'],
  ])('need a token in a raw %s', async (operation, body, type) => {
    const world = await start()
    await withSecret(world)
    expect((await raw(world, `secretsmanager.${operation}`, JSON.stringify(body))).body).toEqual({
      __type: type,
      Message: 'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    })
  })

  it.each([
    ['a token of 31 characters', { ClientRequestToken: 'x'.repeat(31) }, 'InvalidParameterException'],
    ['a token of 65 characters', { ClientRequestToken: 'x'.repeat(65) }, 'InvalidParameterException'],
    [
      '21 labels in one call',
      { VersionStages: Array.from({ length: 21 }, (_, index) => `L${index}`) },
      'ValidationException',
    ],
    ['an empty list of labels', { VersionStages: [] }, 'ValidationException'],
    ['a label of 257 characters', { VersionStages: ['x'.repeat(257)] }, 'ValidationException'],
    ['a RotationToken of 35 characters', { RotationToken: 'x'.repeat(35) }, 'ValidationException'],
    ['an empty value', { SecretString: '' }, 'ValidationException'],
    ['no value', { SecretString: undefined }, 'InvalidRequestException'],
  ])('refuse %s', async (_name, broken, type) => {
    const world = await start()
    await withSecret(world)
    const before = await stages(world)
    const call = world.client.send(
      new PutSecretValueCommand({ SecretId: 'app', SecretString: 'two', ...broken }),
    )
    expect((await failure(call)).name).toBe(type)
    expect(await stages(world)).toEqual(before)
  })

  it.each([32, 64])('take a token of %i characters', async (length) => {
    const world = await start()
    await withSecret(world)
    expect(await value(world, await put(world, 'two', undefined, 'x'.repeat(length)))).toBe('two')
  })

  it('hold 65,536 bytes and not one more, counted as UTF-8 and never quoted', async () => {
    const world = await start()
    await withSecret(world)
    const largest = 'é'.repeat(32_768)
    await put(world, largest)
    expect(await value(world)).toBe(largest)
    const refused = await failure(put(world, `${largest}x`))
    expect(refused.name).toBe('ValidationException')
    expect(refused.message).not.toContain('é')
  })

  it('share at most 20 labels within a secret', async () => {
    const world = await start()
    await withSecret(world)
    await put(
      world,
      'two',
      Array.from({ length: 19 }, (_, index) => `L${index}`),
    )
    expect((await failure(put(world, 'three', ['ONE_MORE']))).name).toBe('LimitExceededException')
  })
})

describe('labels and PutSecretValue', () => {
  it('the first version gets AWSCURRENT, whatever it asks for', async () => {
    const world = await start()
    await world.client.send(new CreateSecretCommand({ Name: 'app' }))
    const token = await put(world, 'one', ['MINE'])
    expect(await stages(world)).toEqual({ [token]: ['AWSCURRENT', 'MINE'] })
  })

  it('without labels AWSCURRENT moves to the new version and AWSPREVIOUS to the one it left', async () => {
    const world = await start()
    const one = await withSecret(world)
    const two = await put(world, 'two')
    expect(await stages(world)).toEqual({ [one]: ['AWSPREVIOUS'], [two]: ['AWSCURRENT'] })
    const three = await put(world, 'three')
    expect(await stages(world)).toEqual({ [two]: ['AWSPREVIOUS'], [three]: ['AWSCURRENT'] })
  })

  it('UpdateSecret does the same, and without a value makes no version', async () => {
    const world = await start()
    const one = await withSecret(world)
    const { VersionId: two = '' } = await world.client.send(
      new UpdateSecretCommand({ SecretId: 'app', SecretString: 'two', Description: 'first' }),
    )
    const described = await world.client.send(
      new UpdateSecretCommand({ SecretId: 'app', Description: 'second' }),
    )
    expect(described.VersionId).toBeUndefined()
    expect(await stages(world)).toEqual({ [one]: ['AWSPREVIOUS'], [two]: ['AWSCURRENT'] })
    const { Description } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(Description).toBe('second')
  })

  it('listed labels move off other versions', async () => {
    const world = await start()
    const one = await withSecret(world)
    const two = await put(world, 'two', ['AWSPENDING', 'BLUE'])
    const three = await put(world, 'three', ['BLUE'])
    expect(await stages(world)).toEqual({
      [one]: ['AWSCURRENT'],
      [two]: ['AWSPENDING'],
      [three]: ['BLUE'],
    })
  })

  it('over a version that is AWSCURRENT and AWSPENDING leaves it AWSPREVIOUS only', async () => {
    const world = await start()
    const one = await withSecret(world)
    const two = await put(world, 'two', ['AWSPENDING'])
    await move(world, 'AWSCURRENT', two, one)
    expect(await stages(world)).toEqual({ [one]: ['AWSPREVIOUS'], [two]: ['AWSCURRENT', 'AWSPENDING'] })
    const three = await put(world, 'three')
    expect(await stages(world)).toEqual({ [two]: ['AWSPREVIOUS'], [three]: ['AWSCURRENT'] })
    expect(eventNames(world)).toEqual([])
  })
})

function move({ client }: World, label: string, to: string | undefined, from: string | undefined) {
  return client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: 'app',
      VersionStage: label,
      MoveToVersionId: to,
      RemoveFromVersionId: from,
    }),
  )
}

describe('UpdateSecretVersionStage', () => {
  it('is a compare-and-swap: a label held elsewhere needs the version that has it', async () => {
    const world = await start()
    const one = await withSecret(world)
    const two = await put(world, 'two', ['AWSPENDING'])
    const before = await stages(world)

    expect(await failure(move(world, 'AWSCURRENT', two, undefined))).toEqual({
      name: 'InvalidParameterException',
      message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${one}, so you must explicitly reference that version in RemoveFromVersionId.`,
    })
    expect((await failure(move(world, 'AWSCURRENT', two, two))).name).toBe('InvalidParameterException')
    expect((await failure(move(world, 'AWSPENDING', undefined, one))).name).toBe('InvalidParameterException')
    expect((await failure(move(world, 'UNUSED', two, one))).name).toBe('InvalidParameterException')
    expect((await failure(move(world, 'AWSPENDING', undefined, undefined))).name).toBe(
      'InvalidParameterException',
    )
    expect(await stages(world)).toEqual(before)
  })

  it('refuses to take AWSCURRENT away', async () => {
    const world = await start()
    const one = await withSecret(world)
    expect(await failure(move(world, 'AWSCURRENT', undefined, one))).toEqual({
      name: 'InvalidParameterException',
      message:
        'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    })
  })

  it('moving AWSCURRENT moves AWSPREVIOUS; AWSPENDING and custom labels stay', async () => {
    const world = await start()
    const one = await withSecret(world)
    await move(world, 'DRAINING', one, undefined)
    const two = await put(world, 'two', ['AWSPENDING', 'BLUE'])
    await move(world, 'AWSCURRENT', two, one)
    expect(await stages(world)).toEqual({
      [one]: ['AWSPREVIOUS', 'DRAINING'],
      [two]: ['AWSCURRENT', 'AWSPENDING', 'BLUE'],
    })
    await move(world, 'AWSCURRENT', one, two)
    expect(await stages(world)).toEqual({
      [one]: ['AWSCURRENT', 'DRAINING'],
      [two]: ['AWSPENDING', 'AWSPREVIOUS', 'BLUE'],
    })
  })

  it('takes a label away, and does nothing when the label is where it should go', async () => {
    const world = await start()
    const one = await withSecret(world)
    await move(world, 'DRAINING', one, undefined)
    await move(world, 'DRAINING', one, undefined)
    await move(world, 'AWSCURRENT', one, one)
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT', 'DRAINING'] })
    await move(world, 'DRAINING', undefined, one)
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'] })
  })

  it('says which version it cannot find', async () => {
    const world = await start()
    await withSecret(world)
    const unknown = randomUUID()
    expect(await failure(move(world, 'BLUE', unknown, undefined))).toEqual({
      name: 'ResourceNotFoundException',
      message: `Secrets Manager can't find the specified secret value for VersionId: ${unknown}`,
    })
  })
})

describe('deprecated versions', () => {
  it('are hidden unless asked for, and then have no VersionStages', async () => {
    const world = await start()
    const one = await withSecret(world)
    await put(world, 'two')
    const three = await put(world, 'three')
    const listed = async (IncludeDeprecated: boolean) =>
      (await world.client.send(new ListSecretVersionIdsCommand({ SecretId: 'app', IncludeDeprecated })))
        .Versions ?? []

    expect((await listed(false)).map((version) => version.VersionId)).not.toContain(one)
    const all = await listed(true)
    expect(all[0]).toEqual({
      VersionId: one,
      CreatedDate: new Date(START),
      KmsKeyIds: ['DefaultEncryptionKey'],
    })
    expect(all[2]).toMatchObject({ VersionId: three, VersionStages: ['AWSCURRENT'] })
    expect(await value(world, one)).toBe('one')
    expect(await stages(world)).not.toHaveProperty(one)
  })

  it('beyond 100 go once they are older than 24 hours', async () => {
    const world = await start()
    const first = await withSecret(world)
    for (let index = 0; index < 101; index++) await put(world, `value ${index}`)
    expect(await value(world, first)).toBe('one')
    world.clock.advance(25 * HOUR)
    await put(world, 'last')
    expect((await failure(value(world, first))).name).toBe('ResourceNotFoundException')

    const ids: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await world.client.send(
        new ListSecretVersionIdsCommand({
          SecretId: 'app',
          IncludeDeprecated: true,
          MaxResults: 40,
          NextToken,
        }),
      )
      expect(page.Versions?.length).toBeLessThanOrEqual(40)
      ids.push(...(page.Versions ?? []).map((version) => version.VersionId))
      NextToken = page.NextToken
    } while (NextToken)
    expect(new Set(ids).size).toBe(100)
    expect(ids).toHaveLength(100)
  })
})

describe('GetSecretValue', () => {
  it('refuses a version and a label that do not belong together', async () => {
    const world = await start()
    const one = await withSecret(world)
    await put(world, 'two')
    const call = world.client.send(
      new GetSecretValueCommand({ SecretId: 'app', VersionId: one, VersionStage: 'AWSCURRENT' }),
    )
    expect(await failure(call)).toEqual({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    })
  })

  it('says whether the label or the version is missing', async () => {
    const world = await start()
    await world.client.send(new CreateSecretCommand({ Name: 'app' }))
    const versionId = randomUUID()
    const ask = (more: { VersionId?: string; VersionStage?: string }) =>
      failure(world.client.send(new GetSecretValueCommand({ SecretId: 'app', ...more })))
    const notFound = (what: string) => ({
      name: 'ResourceNotFoundException',
      message: `Secrets Manager can't find the specified secret value for ${what}`,
    })
    expect(await ask({})).toEqual(notFound('staging label: AWSCURRENT'))
    expect(await ask({ VersionStage: 'AWSPENDING' })).toEqual(notFound('staging label: AWSPENDING'))
    expect(await ask({ VersionId: versionId })).toEqual(notFound(`VersionId: ${versionId}`))
  })

  it('leaves the date of the access, without a time, on secret and version', async () => {
    const world = await start()
    await withSecret(world)
    const before = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(before.LastAccessedDate).toBeUndefined()
    await value(world)
    const after = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    const { Versions } = await world.client.send(new ListSecretVersionIdsCommand({ SecretId: 'app' }))
    expect(after.LastAccessedDate).toEqual(new Date('2026-03-02T00:00:00Z'))
    expect(Versions?.[0]?.LastAccessedDate).toEqual(new Date('2026-03-02T00:00:00Z'))
  })
})

describe('BatchGetSecretValue', () => {
  it('answers what it can and an error for each of the others', async () => {
    const { client } = await start()
    await client.send(new CreateSecretCommand({ Name: 'full', SecretString: 'one' }))
    await client.send(new CreateSecretCommand({ Name: 'empty' }))
    const answer = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList: ['full', 'none', 'empty'] }),
    )
    expect(answer.SecretValues).toMatchObject([
      { Name: 'full', SecretString: 'one', VersionStages: ['AWSCURRENT'] },
    ])
    expect(answer.Errors).toEqual([
      {
        SecretId: 'none',
        ErrorCode: 'ResourceNotFoundException',
        Message: "Secrets Manager can't find the specified secret.",
      },
      {
        SecretId: 'empty',
        ErrorCode: 'ResourceNotFoundException',
        Message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      },
    ])
  })

  it('pages through what a filter finds', async () => {
    const { client } = await start()
    for (const name of ['a/1', 'a/2', 'a/3', 'b/1'])
      await client.send(new CreateSecretCommand({ Name: name, SecretString: name }))
    const names: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await client.send(
        new BatchGetSecretValueCommand({
          Filters: [{ Key: 'name', Values: ['a/'] }],
          MaxResults: 2,
          NextToken,
        }),
      )
      names.push(...(page.SecretValues ?? []).map((secret) => secret.SecretString))
      NextToken = page.NextToken
    } while (NextToken)
    expect(names.sort()).toEqual(['a/1', 'a/2', 'a/3'])
  })

  it('takes ids or filters, not both and not neither', async () => {
    const { client } = await start()
    const both = client.send(
      new BatchGetSecretValueCommand({ SecretIdList: ['a'], Filters: [{ Key: 'name', Values: ['a'] }] }),
    )
    expect((await failure(both)).name).toBe('InvalidParameterException')
    expect((await failure(client.send(new BatchGetSecretValueCommand({})))).name).toBe(
      'InvalidParameterException',
    )
  })
})

describe('CreateSecret', () => {
  it.each(['has space', 'star*', 'colon:name', 'ünicode'])('refuses the name %s', async (Name) => {
    const { client } = await start()
    expect(await failure(client.send(new CreateSecretCommand({ Name, SecretString: 's' })))).toEqual({
      name: 'ValidationException',
      message:
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    })
  })

  it('refuses a name that is taken, unless it is the same call again', async () => {
    const { client } = await start()
    const call = { Name: 'app', SecretString: 'one', ClientRequestToken: randomUUID() }
    const first = await client.send(new CreateSecretCommand(call))
    const again = await client.send(new CreateSecretCommand(call))
    expect([again.ARN, again.VersionId]).toEqual([first.ARN, first.VersionId])
    expect(await failure(client.send(new CreateSecretCommand({ Name: 'app', SecretString: 'one' })))).toEqual(
      {
        name: 'ResourceExistsException',
        message: 'The operation failed because the secret app already exists.',
      },
    )
  })

  it('without a value makes a secret without versions', async () => {
    const { client } = await start()
    const created = await client.send(new CreateSecretCommand({ Name: 'app' }))
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(created.VersionId).toBeUndefined()
    expect(described).not.toHaveProperty('VersionIdsToStages')
  })
})

describe('what DescribeSecret shows', () => {
  it('nothing of rotation, access, tags or owner before there is any', async () => {
    const world = await start()
    const one = await withSecret(world)
    const { $metadata, ...shown } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown).toEqual({
      ARN: expect.stringMatching(/app-[A-Za-z0-9]{6}$/),
      Name: 'app',
      CreatedDate: new Date(START),
      LastChangedDate: new Date(START),
      VersionIdsToStages: { [one]: ['AWSCURRENT'] },
    })
  })

  it('the owning service of a seeded secret', async () => {
    const { endpoint, client } = await start()
    const seeded = endpoint.seed({
      name: 'rds!db-1',
      secretString: 'one',
      owningService: 'rds',
      tags: { a: 'b' },
    })
    const shown = await client.send(new DescribeSecretCommand({ SecretId: 'rds!db-1' }))
    expect(shown).toMatchObject({
      ARN: seeded.arn,
      OwningService: 'rds',
      Tags: [{ Key: 'a', Value: 'b' }],
      VersionIdsToStages: { [seeded.versionId]: ['AWSCURRENT'] },
    })
  })

  const edits: readonly [string, (world: World) => Promise<unknown>][] = [
    ['a tag', ({ client }) => client.send(tag({ k: 'v' }))],
    ['untagging', ({ client }) => client.send(new UntagResourceCommand({ SecretId: 'app', TagKeys: ['k'] }))],
    [
      'a description',
      ({ client }) => client.send(new UpdateSecretCommand({ SecretId: 'app', Description: 'd' })),
    ],
    ['a value', (world) => put(world, 'two')],
    ['a pending value', (world) => put(world, 'two', ['AWSPENDING'])],
    ['a label', async (world) => move(world, 'BLUE', Object.keys(await stages(world))[0], undefined)],
    ['a rotation', (world) => rotateNow(world)],
  ]
  it.each(edits)('LastChangedDate moves on %s', async (_name, edit) => {
    const world = await start()
    await withSecret(world)
    world.clock.advance(5000)
    await edit(world)
    const { LastChangedDate } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(LastChangedDate).toEqual(new Date(START + 5000))
    await world.endpoint.idle('app')
  })

  it('reading moves nothing but the access', async () => {
    const world = await start()
    await withSecret(world)
    world.clock.advance(5000)
    await value(world)
    const { LastChangedDate } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(LastChangedDate).toEqual(new Date(START))
  })
})

function tag(tags: Record<string, string>): TagResourceCommand {
  return new TagResourceCommand({
    SecretId: 'app',
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  })
}

describe('tags', () => {
  it('are added, replaced and removed; an empty list stays where there were some', async () => {
    const world = await start()
    await withSecret(world)
    const shown = async () => (await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))).Tags
    expect(await shown()).toBeUndefined()
    await world.client.send(tag({ a: '1', b: '2' }))
    await world.client.send(tag({ a: '3' }))
    expect(await shown()).toEqual([
      { Key: 'a', Value: '3' },
      { Key: 'b', Value: '2' },
    ])
    await world.client.send(new UntagResourceCommand({ SecretId: 'app', TagKeys: ['a', 'b', 'none'] }))
    expect(await shown()).toEqual([])
  })

  it.each([
    ['a key of 128 and a value of 256 characters', { ['k'.repeat(128)]: 'v'.repeat(256) }],
    ['every character that is allowed', { 'a 1+-=._:/@': 'a 1+-=._:/@é' }],
    ['an empty value', { k: '' }],
  ])('may have %s', async (_name, tags) => {
    const world = await start()
    await withSecret(world)
    await world.client.send(tag(tags as Record<string, string>))
    const { Tags } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(Tags).toEqual(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })))
  })

  it.each([
    ['a key of 129 characters', { ['k'.repeat(129)]: 'v' }, 'ValidationException'],
    ['a value of 257 characters', { k: 'v'.repeat(257) }, 'ValidationException'],
    ['an empty key', { '': 'v' }, 'ValidationException'],
    ['a comma', { k: 'a,b' }, 'ValidationException'],
    ['braces', { k: '{}' }, 'ValidationException'],
    ['a key that begins with aws:', { 'aws:x': 'v' }, 'InvalidParameterException'],
    [
      '51 tags',
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])),
      'LimitExceededException',
    ],
  ])('refuse %s', async (_name, tags, type) => {
    const world = await start()
    await withSecret(world)
    expect((await failure(world.client.send(tag(tags as Record<string, string>)))).name).toBe(type)
    const { Tags } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(Tags).toBeUndefined()
  })

  it('are at most 50, those it has counted in', async () => {
    const world = await start()
    await withSecret(world)
    await world.client.send(
      tag(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'v']))),
    )
    await world.client.send(tag({ k0: 'replaced' }))
    expect((await failure(world.client.send(tag({ one: 'more' })))).name).toBe('LimitExceededException')
  })
})

describe('ListSecrets', () => {
  async function library(): Promise<World> {
    const world = await start()
    const { client, clock, endpoint } = world
    await client.send(
      new CreateSecretCommand({
        Name: 'prod/db/app',
        SecretString: 's',
        Description: 'Password of the Shop',
        Tags: [{ Key: 'overlap:drain', Value: '24h' }],
      }),
    )
    clock.advance(1000)
    await client.send(
      new CreateSecretCommand({
        Name: 'prod/api',
        SecretString: 's',
        Tags: [{ Key: 'owner', Value: 'shop team' }],
      }),
    )
    clock.advance(1000)
    await client.send(new CreateSecretCommand({ Name: 'dev/db', Description: 'shop, for testing' }))
    clock.advance(1000)
    endpoint.seed({ name: 'rds!cluster', secretString: 's', owningService: 'rds' })
    return world
  }

  const everything = ['dev/db', 'prod/api', 'prod/db/app', 'rds!cluster']
  const rows: readonly [string, FilterNameStringType, string[], string[]][] = [
    ['a name by its beginning', 'name', ['prod/'], ['prod/api', 'prod/db/app']],
    ['no name by its middle', 'name', ['db'], []],
    ['no name in another case', 'name', ['PROD'], []],
    ['any of several names', 'name', ['dev', 'rds!'], ['dev/db', 'rds!cluster']],
    ['names but those with !', 'name', ['!prod/'], ['dev/db', 'rds!cluster']],
    ['names with an exception', 'name', ['prod', '!prod/api'], ['prod/db/app']],
    ['a tag key by its beginning', 'tag-key', ['overlap:'], ['prod/db/app']],
    ['secrets without a tag key', 'tag-key', ['!overlap:drain'], ['dev/db', 'prod/api', 'rds!cluster']],
    ['a tag value by its beginning', 'tag-value', ['shop'], ['prod/api']],
    ['a description in any case', 'description', ['password OF'], ['prod/db/app']],
    ['an owning service', 'owning-service', ['rds'], ['rds!cluster']],
    ['secrets that no service owns', 'owning-service', ['!rds'], ['dev/db', 'prod/api', 'prod/db/app']],
    ['the primary Region', 'primary-region', ['us-east'], everything],
    ['a word anywhere in any case', 'all', ['SHOP'], ['dev/db', 'prod/api', 'prod/db/app']],
    ['all of several words', 'all', ['shop db'], ['dev/db', 'prod/db/app']],
  ]
  it.each(rows)('finds %s', async (_name, Key, Values, names) => {
    const { client } = await library()
    const { SecretList } = await client.send(new ListSecretsCommand({ Filters: [{ Key, Values }] }))
    expect(SecretList?.map((secret) => secret.Name).sort()).toEqual(names)
  })

  it('wants every filter to match', async () => {
    const { client } = await library()
    const Filters = [
      { Key: 'name' as const, Values: ['prod'] },
      { Key: 'tag-key' as const, Values: ['owner'] },
    ]
    const { SecretList } = await client.send(new ListSecretsCommand({ Filters }))
    expect(SecretList?.map((secret) => secret.Name)).toEqual(['prod/api'])
  })

  it.each([
    ['created-date', 'asc', ['prod/db/app', 'prod/api', 'dev/db', 'rds!cluster']],
    ['created-date', 'desc', ['rds!cluster', 'dev/db', 'prod/api', 'prod/db/app']],
    ['name', 'asc', ['dev/db', 'prod/api', 'prod/db/app', 'rds!cluster']],
    ['last-changed-date', 'desc', ['prod/api', 'rds!cluster', 'dev/db', 'prod/db/app']],
  ] as const)('sorts by %s, %s', async (SortBy, SortOrder, names) => {
    const { client, clock } = await library()
    clock.advance(1000)
    await client.send(new UpdateSecretCommand({ SecretId: 'prod/api', Description: 'changed' }))
    const { SecretList } = await client.send(new ListSecretsCommand({ SortBy, SortOrder }))
    expect(SecretList?.map((secret) => secret.Name)).toEqual(names)
  })

  it('pages until there is no NextToken', async () => {
    const { client } = await library()
    const names: (string | undefined)[] = []
    const sizes: (number | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await client.send(new ListSecretsCommand({ MaxResults: 3, NextToken }))
      sizes.push(page.SecretList?.length)
      names.push(...(page.SecretList ?? []).map((secret) => secret.Name))
      NextToken = page.NextToken
    } while (NextToken)
    expect([sizes, names.sort()]).toEqual([[3, 1], everything])
  })

  it('shows labels, and secrets scheduled for deletion only when asked', async () => {
    const { client } = await library()
    await client.send(new DeleteSecretCommand({ SecretId: 'prod/api' }))
    const names = async (IncludePlannedDeletion?: boolean) =>
      (await client.send(new ListSecretsCommand({ IncludePlannedDeletion }))).SecretList?.map(
        (secret) => secret.Name,
      ).sort()
    expect(await names()).toEqual(['dev/db', 'prod/db/app', 'rds!cluster'])
    expect(await names(true)).toEqual(everything)
    const { SecretList } = await client.send(
      new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['rds!'] }] }),
    )
    expect(Object.values(SecretList?.[0]?.SecretVersionsToStages ?? {})).toEqual([['AWSCURRENT']])
  })

  it.each([
    ['an unknown filter', { Filters: [{ Key: 'colour', Values: ['red'] }] }, 'ValidationException'],
    ['a filter without values', { Filters: [{ Key: 'name' }] }, 'InvalidParameterException'],
    ['101 results', { MaxResults: 101 }, 'ValidationException'],
    ['a token of its own', { NextToken: 'nonsense' }, 'InvalidNextTokenException'],
    ['an unknown order', { SortBy: 'colour' }, 'ValidationException'],
  ])('refuses %s', async (_name, request, type) => {
    const world = await start()
    const answer = await raw(world, 'secretsmanager.ListSecrets', JSON.stringify(request))
    expect(answer).toMatchObject({ status: 400, body: { __type: type } })
  })
})

describe('deletion', () => {
  it('waits for the recovery window, during which only looking and restoring work', async () => {
    const world = await start()
    await withSecret(world)
    const { client } = world
    const { DeletionDate } = await client.send(
      new DeleteSecretCommand({ SecretId: 'app', RecoveryWindowInDays: 7 }),
    )
    expect(DeletionDate).toEqual(new Date(START + 7 * DAY))
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'app' }))).DeletedDate).toEqual(
      new Date(START + 7 * DAY),
    )
    const refused = {
      name: 'InvalidRequestException',
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    }
    expect(await failure(value(world))).toEqual(refused)
    expect(await failure(put(world, 'two'))).toEqual(refused)
    expect(await failure(client.send(tag({ a: 'b' })))).toEqual(refused)
    expect(await failure(rotateNow(world))).toEqual(refused)
    expect(await failure(client.send(new CreateSecretCommand({ Name: 'app', SecretString: 's' })))).toEqual({
      name: 'InvalidRequestException',
      message:
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    })

    await client.send(new RestoreSecretCommand({ SecretId: 'app' }))
    expect(await value(world)).toBe('one')
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'app' }))).DeletedDate).toBeUndefined()
  })

  it('is final when the window has passed, and a new secret of that name has another ARN', async () => {
    const world = await start()
    await withSecret(world)
    const { ARN, DeletionDate } = await world.client.send(new DeleteSecretCommand({ SecretId: 'app' }))
    expect(DeletionDate).toEqual(new Date(START + 30 * DAY))
    world.clock.advance(30 * DAY)
    expect((await failure(world.client.send(new RestoreSecretCommand({ SecretId: 'app' })))).name).toBe(
      'ResourceNotFoundException',
    )
    const created = await world.client.send(new CreateSecretCommand({ Name: 'app', SecretString: 's' }))
    expect(created.ARN).not.toBe(ARN)
  })

  it('by force is at once, and no error for what is not there', async () => {
    const world = await start()
    await withSecret(world)
    const force = () =>
      world.client.send(new DeleteSecretCommand({ SecretId: 'app', ForceDeleteWithoutRecovery: true }))
    await force()
    expect((await failure(value(world))).name).toBe('ResourceNotFoundException')
    await force()
    const plain = world.client.send(new DeleteSecretCommand({ SecretId: 'app' }))
    expect((await failure(plain)).name).toBe('ResourceNotFoundException')
  })

  it.each([
    ['force and a window', { ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 7 }],
    ['6 days', { RecoveryWindowInDays: 6 }],
    ['31 days', { RecoveryWindowInDays: 31 }],
  ])('refuses %s', async (_name, request) => {
    const world = await start()
    await withSecret(world)
    const call = world.client.send(new DeleteSecretCommand({ SecretId: 'app', ...request }))
    expect((await failure(call)).name).toBe('InvalidParameterException')
    expect(await value(world)).toBe('one')
  })

  it('is announced for every version, as is its end', async () => {
    const world = await start()
    await withSecret(world)
    await world.client.send(new DeleteSecretCommand({ SecretId: 'app' }))
    await world.client.send(new RestoreSecretCommand({ SecretId: 'app' }))
    await world.client.send(new DeleteSecretCommand({ SecretId: 'app', ForceDeleteWithoutRecovery: true }))
    expect(eventNames(world)).toEqual([
      'StartSecretVersionDelete',
      'CancelSecretVersionDelete',
      'StartSecretVersionDelete',
      'EndSecretVersionDelete',
    ])
  })
})

describe('other operations', () => {
  it('GetRandomPassword keeps to its switches', async () => {
    const { client } = await start()
    const { RandomPassword } = await client.send(
      new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true }),
    )
    expect(RandomPassword).toMatch(/^[A-Za-z0-9]{20}$/)
    const short = client.send(new GetRandomPasswordCommand({ PasswordLength: 3 }))
    expect((await failure(short)).name).toBe('InvalidParameterException')
  })

  it('a resource policy is kept and shown', async () => {
    const world = await start()
    await withSecret(world)
    const { client } = world
    const shown = async () =>
      (await client.send(new GetResourcePolicyCommand({ SecretId: 'app' }))).ResourcePolicy
    expect(await shown()).toBeUndefined()
    await client.send(new PutResourcePolicyCommand({ SecretId: 'app', ResourcePolicy: '{"Statement":[]}' }))
    expect(await shown()).toBe('{"Statement":[]}')
    const broken = client.send(new PutResourcePolicyCommand({ SecretId: 'app', ResourcePolicy: '{' }))
    expect((await failure(broken)).name).toBe('MalformedPolicyDocumentException')
    await client.send(new DeleteResourcePolicyCommand({ SecretId: 'app' }))
    expect(await shown()).toBeUndefined()
  })
})

describe('RotateSecret', () => {
  it('returns at once and then calls the four steps in order with the same token', async () => {
    const world = await start()
    const one = await withSecret(world)
    const held = world.rotate.hold('createSecret')
    const { ARN, VersionId: token = '' } = await rotateNow(world)
    await held.reached
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    held.release()
    await world.endpoint.idle('app')

    expect(world.rotate.steps()).toEqual(ALL_STEPS)
    for (const event of world.rotate.events)
      expect(event).toEqual({
        Step: event.Step,
        SecretId: ARN,
        ClientRequestToken: token,
        RotationToken: world.rotate.events[0]?.RotationToken,
      })
    expect(world.rotate.events[0]?.RotationToken).toMatch(/^.{36,256}$/)
    expect(await value(world)).toBe(`value of ${token}`)
  })

  it('shows the version before it has a value; it takes one, and only one', async () => {
    const world = await start()
    await withSecret(world)
    const held = world.rotate.hold('setSecret')
    world.rotate.replaced.set('createSecret', async (event) => {
      const label = { SecretId: 'app', VersionStage: 'AWSPENDING' }
      expect((await failure(world.client.send(new GetSecretValueCommand(label)))).name).toBe(
        'ResourceNotFoundException',
      )
      expect((await failure(value(world, event.ClientRequestToken))).message).toBe(
        `Secrets Manager can't find the specified secret value for VersionId: ${event.ClientRequestToken}`,
      )
      await put(world, 'new', ['AWSPENDING'], event.ClientRequestToken)
      await put(world, 'new', ['AWSPENDING'], event.ClientRequestToken)
      expect((await failure(put(world, 'other', ['AWSPENDING'], event.ClientRequestToken))).name).toBe(
        'ResourceExistsException',
      )
    })
    const { VersionId: token = '' } = await rotateNow(world)
    await held.reached
    expect(await value(world, token)).toBe('new')
    held.release()
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app')).toMatchObject([{ outcome: 'succeeded' }])
  })

  it('takes AWSPENDING away after success, and sets the dates', async () => {
    const world = await start()
    const one = await withSecret(world)
    world.clock.advance(HOUR)
    const { VersionId: token = '' } = await rotateNow(world, {
      RotationRules: { AutomaticallyAfterDays: 30 },
    })
    await world.endpoint.idle('app')
    const shown = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown).toMatchObject({
      RotationEnabled: true,
      RotationLambdaARN: FUNCTION,
      RotationRules: { AutomaticallyAfterDays: 30 },
      LastRotatedDate: new Date(START + HOUR),
      LastChangedDate: new Date(START + HOUR),
      NextRotationDate: new Date('2026-04-01T23:59:59Z'),
      VersionIdsToStages: { [one]: ['AWSPREVIOUS'], [token]: ['AWSCURRENT'] },
    })
    expect(world.endpoint.rotations('app')).toEqual([
      {
        kind: 'rotation',
        token,
        startedAt: START + HOUR,
        endedAt: START + HOUR,
        outcome: 'succeeded',
        failedStep: undefined,
        errorType: undefined,
        errorMessage: undefined,
      },
    ])
  })

  it('needs a function', async () => {
    const world = await start()
    await withSecret(world)
    expect(await failure(rotateNow(world, { RotationLambdaARN: undefined }))).toEqual({
      name: 'InvalidRequestException',
      message: 'No Lambda rotation function ARN is associated with this secret.',
    })
  })

  it('saves nothing when the function cannot be invoked', async () => {
    const world = await start()
    await withSecret(world)
    const before = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    world.clock.advance(1000)
    const call = rotateNow(world, {
      RotationLambdaARN: `${FUNCTION}-missing`,
      RotationRules: { AutomaticallyAfterDays: 1 },
    })
    expect(await failure(call)).toEqual({
      name: 'AccessDeniedException',
      message:
        'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    })
    const after = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect({ ...after, $metadata: undefined }).toEqual({ ...before, $metadata: undefined })
    expect(world.rotate.events).toEqual([])
  })

  it('uses the function and the rules that it has', async () => {
    const world = await start()
    await withSecret(world)
    await rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 9 } })
    await world.endpoint.idle('app')
    await world.client.send(new RotateSecretCommand({ SecretId: 'app' }))
    await world.endpoint.idle('app')
    expect(world.rotate.steps()).toEqual([...ALL_STEPS, ...ALL_STEPS])
    const { RotationRules } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(RotationRules).toEqual({ AutomaticallyAfterDays: 9 })
  })

  it('rotates a secret without a value: its only version is AWSPENDING', async () => {
    const world = await start()
    await world.client.send(new CreateSecretCommand({ Name: 'app' }))
    const held = world.rotate.hold('createSecret')
    const { VersionId: token = '' } = await rotateNow(world)
    await held.reached
    expect(await stages(world)).toEqual({ [token]: ['AWSPENDING'] })
    held.release()
    await world.endpoint.idle('app')
  })

  it.each([
    [
      'days and an expression',
      { AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' },
      'InvalidParameterException',
    ],
    ['0 days', { AutomaticallyAfterDays: 0 }, 'InvalidParameterException'],
    ['1001 days', { AutomaticallyAfterDays: 1001 }, 'InvalidParameterException'],
    ['three hours', { ScheduleExpression: 'rate(3 hours)' }, 'InvalidParameterException'],
    ['a cron with minutes', { ScheduleExpression: 'cron(5 3 * * ? *)' }, 'InvalidParameterException'],
    ['a cron with a year', { ScheduleExpression: 'cron(0 3 * * ? 2027)' }, 'InvalidParameterException'],
    ['a semicolon', { ScheduleExpression: 'rate(1 day);' }, 'ValidationException'],
    ['a Duration in minutes', { ScheduleExpression: 'rate(1 day)', Duration: '90m' }, 'ValidationException'],
  ])('refuses rules with %s, and saves nothing', async (_name, RotationRules, type) => {
    const world = await start()
    await withSecret(world)
    expect((await failure(rotateNow(world, { RotationRules }))).name).toBe(type)
    const shown = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown).not.toHaveProperty('RotationEnabled')
  })
})

const incomplete = {
  name: 'InvalidRequestException',
  message: "A previous rotation isn't complete. That rotation will be reattempted.",
}

describe('AWSPENDING and RotateSecret', () => {
  it('on a version that is not AWSCURRENT blocks, and the rotation is tried again at once', async () => {
    const world = await start()
    await withSecret(world)
    world.rotate.replaced.set('setSecret', () => Promise.reject(new Error('down')))
    const { VersionId: token } = await rotateNow(world)
    await world.endpoint.idle('app')
    world.rotate.replaced.delete('setSecret')

    expect(await failure(rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 3 } }))).toEqual(
      incomplete,
    )
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app').map((record) => [record.token, record.outcome])).toEqual([
      [token, 'abandoned'],
      [token, 'succeeded'],
    ])
    const { RotationRules } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(RotationRules).toBeUndefined()
  })

  it('put by hand blocks as well', async () => {
    const world = await start()
    await withSecret(world)
    await put(world, 'two', ['AWSPENDING'])
    expect(await failure(rotateNow(world))).toEqual(incomplete)
    expect(world.rotate.events).toEqual([])
  })

  it('does not start a second attempt while one is under way', async () => {
    const world = await start()
    await withSecret(world)
    const held = world.rotate.hold('setSecret')
    await rotateNow(world)
    await held.reached
    expect(await failure(rotateNow(world))).toEqual(incomplete)
    held.release()
    await world.endpoint.idle('app')
    expect(world.rotate.steps()).toEqual(ALL_STEPS)
  })

  it('on the version that is AWSCURRENT does not block', async () => {
    const world = await start()
    const one = await withSecret(world)
    await move(world, 'AWSPENDING', one, undefined)
    await rotateNow(world)
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app')).toMatchObject([{ outcome: 'succeeded' }])
  })

  it('the next rotation waits until finishSecret of the last one has returned', async () => {
    const world = await start()
    await withSecret(world)
    let active = 0
    let most = 0
    for (const step of ALL_STEPS)
      world.rotate.replaced.set(step, async (event) => {
        active++
        most = Math.max(most, active)
        await world.rotate.usual(step)(event)
        if (step === 'finishSecret' && world.endpoint.rotations('app').length === 1) await rotateNow(world)
        await new Promise((resolve) => setImmediate(resolve))
        active--
      })
    await rotateNow(world)
    await world.endpoint.idle('app')
    expect(most).toBe(1)
    expect(world.rotate.steps()).toEqual([...ALL_STEPS, ...ALL_STEPS])
    expect(world.endpoint.rotations('app').map((record) => record.outcome)).toEqual([
      'succeeded',
      'succeeded',
    ])
    expect(
      Object.values(await stages(world))
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS'])
  })
})

describe('the RotationToken', () => {
  const cases: readonly [string, boolean, (event: StepEvent) => string | undefined, boolean][] = [
    ['is taken', true, (event) => event.RotationToken, true],
    ['may be missing', false, () => undefined, true],
    ['may not be missing when it is required', true, () => undefined, false],
    ['may not be another', false, () => randomUUID(), false],
  ]
  it.each(cases)('%s', async (_name, requireRotationToken, tokenOf, accepted) => {
    const world = await start({ requireRotationToken })
    await withSecret(world)
    world.rotate.replaced.set('createSecret', async (event) => {
      await world.client.send(
        new PutSecretValueCommand({
          SecretId: event.SecretId,
          ClientRequestToken: event.ClientRequestToken,
          SecretString: 'new',
          VersionStages: ['AWSPENDING'],
          RotationToken: tokenOf(event),
        }),
      )
    })
    await rotateNow(world)
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app')).toMatchObject([
      accepted
        ? { outcome: 'succeeded' }
        : { outcome: 'abandoned', failedStep: 'createSecret', errorType: 'AccessDeniedException' },
    ])
  })

  it('is not needed, and not taken, outside a rotation', async () => {
    const world = await start({ requireRotationToken: true })
    await withSecret(world)
    await put(world, 'two')
    const call = world.client.send(
      new PutSecretValueCommand({ SecretId: 'app', SecretString: 'three', RotationToken: randomUUID() }),
    )
    expect((await failure(call)).name).toBe('AccessDeniedException')
  })
})

describe('a step that fails', () => {
  it.each(ALL_STEPS)('%s: the whole rotation is tried again with the same token', async (step) => {
    const world = await start({ retryDelaysMs: [1000] })
    await withSecret(world)
    let failures = 0
    world.rotate.replaced.set(step, (event) =>
      failures++ === 0 ? Promise.reject(new Error('out of order')) : world.rotate.usual(step)(event),
    )
    const { VersionId: token } = await rotateNow(world)
    await vi.waitFor(() => expect(world.endpoint.rotations('app')[0]?.outcome).toBe('failed'))
    const first = world.rotate.steps()
    expect(first).toEqual(ALL_STEPS.slice(0, ALL_STEPS.indexOf(step) + 1))
    expect((await stages(world))[token ?? '']).toEqual(['AWSPENDING'])

    world.clock.advance(999)
    expect(world.rotate.steps()).toEqual(first)
    world.clock.advance(1)
    await world.endpoint.idle('app')
    expect(world.rotate.steps()).toEqual([...first, ...ALL_STEPS])
    expect(new Set(world.rotate.events.map((event) => event.ClientRequestToken))).toEqual(new Set([token]))
    expect(world.endpoint.rotations('app')).toMatchObject([
      { outcome: 'failed', failedStep: step, errorType: 'Error', errorMessage: 'out of order' },
      { outcome: 'succeeded', startedAt: START + 1000 },
    ])
    expect(
      Object.values(await stages(world))
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS'])
  })

  it('too often: the rotation is given up, and AWSPENDING stays, perhaps with no value', async () => {
    const world = await start({ retryDelaysMs: [1000, 5000] })
    const one = await withSecret(world)
    world.rotate.replaced.set('createSecret', () => Promise.reject(new Error('never')))
    const { VersionId: token = '' } = await rotateNow(world)
    for (const delay of [1000, 5000]) {
      await vi.waitFor(() => expect(world.endpoint.rotations('app').at(-1)?.outcome).toBe('failed'))
      world.clock.advance(delay)
    }
    await world.endpoint.idle('app')

    expect(world.rotate.steps()).toEqual(['createSecret', 'createSecret', 'createSecret'])
    expect(world.endpoint.rotations('app').map((record) => record.outcome)).toEqual([
      'failed',
      'failed',
      'abandoned',
    ])
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    expect((await failure(value(world, token))).name).toBe('ResourceNotFoundException')
    expect(eventNames(world).filter((name) => name !== 'RotationStarted')).toEqual([
      'RotationFailed',
      'RotationFailed',
      'RotationFailed',
      'RotationAbandoned',
    ])
    const shown = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown).toMatchObject({ RotationEnabled: true })
    expect(shown).not.toHaveProperty('LastRotatedDate')
  })

  it('is also a finishSecret that returns without moving AWSCURRENT', async () => {
    const world = await start()
    const one = await withSecret(world)
    world.rotate.replaced.set('finishSecret', () => Promise.resolve())
    const { VersionId: token = '' } = await rotateNow(world)
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app')).toMatchObject([
      { outcome: 'abandoned', failedStep: 'finishSecret' },
    ])
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    expect(eventNames(world)).not.toContain('RotationSucceeded')
  })

  it('is also an invoker that throws', async () => {
    const world = await start({
      functions: {
        exists: () => true,
        invoke: () => Promise.reject(new TypeError('no such host')),
      },
    })
    await withSecret(world)
    await rotateNow(world)
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app')).toMatchObject([
      { outcome: 'abandoned', failedStep: 'createSecret', errorType: 'TypeError' },
    ])
  })
})

describe('RotateImmediately false', () => {
  it('runs testSecret alone, with an AWSPENDING version that is taken away again', async () => {
    const world = await start()
    const one = await withSecret(world)
    const held = world.rotate.hold('testSecret')
    const { VersionId: token = '' } = await rotateNow(world, {
      RotateImmediately: false,
      RotationRules: { AutomaticallyAfterDays: 7 },
    })
    await held.reached
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    held.release()
    await world.endpoint.idle('app')

    expect(world.rotate.steps()).toEqual(['testSecret'])
    const { Versions } = await world.client.send(
      new ListSecretVersionIdsCommand({ SecretId: 'app', IncludeDeprecated: true }),
    )
    expect(Versions).toMatchObject([{ VersionId: one, VersionStages: ['AWSCURRENT'] }])
    expect(eventNames(world)).toEqual(['TestRotationStarted', 'TestRotationSucceeded'])
    const shown = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown).toMatchObject({
      RotationEnabled: true,
      NextRotationDate: new Date('2026-03-09T23:59:59Z'),
    })
    expect(shown).not.toHaveProperty('LastRotatedDate')
  })

  it('is not tried again when the test fails', async () => {
    const world = await start({ retryDelaysMs: [1] })
    const one = await withSecret(world)
    world.rotate.replaced.set('testSecret', () => Promise.reject(new Error('no')))
    await rotateNow(world, { RotateImmediately: false })
    await world.endpoint.idle('app')
    expect(eventNames(world)).toEqual(['TestRotationStarted', 'TestRotationFailed'])
    expect(world.endpoint.rotations('app')).toMatchObject([{ kind: 'test', outcome: 'failed' }])
    expect(world.clock.pending()).toBe(0)
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'] })
  })
})

describe('a token whose rotation is complete', () => {
  it.each([
    ['no-op', 1],
    ['reattach', 2],
  ] as const)('is, by choice, %s', async (completedToken, rotations) => {
    const world = await start({ completedToken })
    await withSecret(world)
    const token = randomUUID()
    await rotateNow(world, { ClientRequestToken: token })
    await world.endpoint.idle('app')
    const before = await stages(world)
    const pending: (string[] | undefined)[] = []
    world.rotate.replaced.set('createSecret', async () => {
      pending.push((await stages(world))[token])
    })

    const again = await rotateNow(world, { ClientRequestToken: token })
    await world.endpoint.idle('app')

    expect(again.VersionId).toBe(token)
    expect(world.endpoint.rotations('app')).toHaveLength(rotations)
    expect(pending).toEqual(completedToken === 'no-op' ? [] : [['AWSCURRENT', 'AWSPENDING']])
    expect(await stages(world)).toEqual(before)
  })
})

describe('CancelRotateSecret', () => {
  it('turns rotation off, hides its dates and keeps its rules; RotateSecret turns it on again', async () => {
    const world = await start()
    await withSecret(world)
    await rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 7 } })
    await world.endpoint.idle('app')
    await world.client.send(new CancelRotateSecretCommand({ SecretId: 'app' }))
    const shown = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown).toMatchObject({ RotationEnabled: false, RotationRules: { AutomaticallyAfterDays: 7 } })
    expect(shown).not.toHaveProperty('NextRotationDate')
    expect(shown).not.toHaveProperty('LastRotatedDate')
    world.clock.advance(30 * DAY)
    expect(world.rotate.steps()).toEqual(ALL_STEPS)

    await world.client.send(new RotateSecretCommand({ SecretId: 'app' }))
    await world.endpoint.idle('app')
    expect(await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))).toMatchObject({
      RotationEnabled: true,
      LastRotatedDate: new Date(START + 30 * DAY),
    })
  })

  it('in mid-rotation ends it after the step under way; AWSPENDING is left and blocks', async () => {
    const world = await start({ retryDelaysMs: [1000] })
    const one = await withSecret(world)
    const held = world.rotate.hold('setSecret')
    const { VersionId: token = '' } = await rotateNow(world)
    await held.reached
    const cancelled = await world.client.send(new CancelRotateSecretCommand({ SecretId: 'app' }))
    expect(cancelled.VersionId).toBe(token)
    held.release()
    await world.endpoint.idle('app')

    expect(world.rotate.steps()).toEqual(['createSecret', 'setSecret'])
    expect(world.endpoint.rotations('app')).toMatchObject([{ outcome: 'cancelled' }])
    expect(await stages(world)).toEqual({ [one]: ['AWSCURRENT'], [token]: ['AWSPENDING'] })
    expect(await failure(rotateNow(world))).toEqual(incomplete)
    world.clock.advance(DAY)
    expect(world.rotate.steps()).toEqual(['createSecret', 'setSecret'])
  })

  it('while the next attempt is awaited ends that', async () => {
    const world = await start({ retryDelaysMs: [1000] })
    await withSecret(world)
    world.rotate.replaced.set('setSecret', () => Promise.reject(new Error('down')))
    await rotateNow(world)
    await vi.waitFor(() => expect(world.endpoint.rotations('app')[0]?.outcome).toBe('failed'))
    const idle = world.endpoint.idle('app')
    await world.client.send(new CancelRotateSecretCommand({ SecretId: 'app' }))
    await idle
    expect(world.clock.pending()).toBe(0)
  })
})

describe('a rotation that is overtaken', () => {
  it('by a value put by hand loses AWSPENDING and says so', async () => {
    const world = await start()
    const one = await withSecret(world)
    const held = world.rotate.hold('setSecret')
    const { VersionId: token = '' } = await rotateNow(world)
    await held.reached
    const two = await put(world, 'by hand')
    held.release()
    await world.endpoint.idle('app')
    expect(await stages(world)).toEqual({ [one]: ['AWSPREVIOUS'], [two]: ['AWSCURRENT'] })
    expect(world.rotate.steps()).toEqual(['createSecret', 'setSecret'])
    expect(world.endpoint.rotations('app')).toMatchObject([{ token, outcome: 'superseded' }])
    expect(eventNames(world)).toEqual(['RotationStarted', 'RotationAbandoned'])
    await rotateNow(world)
    await world.endpoint.idle('app')
  })

  it('by AWSPENDING being taken away is not tried again', async () => {
    const world = await start({ retryDelaysMs: [1000] })
    await withSecret(world)
    world.rotate.replaced.set('createSecret', () => Promise.reject(new Error('deferred')))
    const { VersionId: token } = await rotateNow(world)
    await vi.waitFor(() => expect(world.endpoint.rotations('app')[0]?.outcome).toBe('failed'))
    const idle = world.endpoint.idle('app')
    await move(world, 'AWSPENDING', undefined, token)
    await idle
    world.clock.advance(DAY)
    expect(world.rotate.steps()).toEqual(['createSecret'])
  })

  it.each([
    ['with a recovery window', { RecoveryWindowInDays: 7 }],
    ['by force', { ForceDeleteWithoutRecovery: true }],
  ])('by deletion %s ends after the step under way', async (_name, deletion) => {
    const world = await start({ retryDelaysMs: [1000] })
    await withSecret(world)
    const held = world.rotate.hold('testSecret')
    const { ARN = '' } = await rotateNow(world)
    await held.reached
    const idle = world.endpoint.idle('app')
    await world.client.send(new DeleteSecretCommand({ SecretId: 'app', ...deletion }))
    held.release()
    await idle
    expect(world.rotate.steps()).toEqual(['createSecret', 'setSecret', 'testSecret'])
    expect(world.endpoint.rotations(ARN)).toMatchObject([{ outcome: 'deleted' }])
    expect(world.clock.pending()).toBe(0)
  })

  it('by deletion during finishSecret counts, and is not scheduled again', async () => {
    const world = await start()
    await withSecret(world)
    let deleted = false
    world.rotate.replaced.set('finishSecret', async (event) => {
      await world.rotate.usual('finishSecret')(event)
      await world.client.send(new DeleteSecretCommand({ SecretId: 'app' }))
      deleted = true
    })
    const { ARN = '' } = await rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 1 } })
    await vi.waitFor(() => expect(world.endpoint.rotations(ARN)[0]?.outcome).toBe('succeeded'))
    await world.endpoint.idle(ARN)
    expect([deleted, world.clock.pending()]).toEqual([true, 0])
  })

  it('by the end of the endpoint leaves neither timer nor connection', async () => {
    const world = await start({ retryDelaysMs: [1000] })
    await withSecret(world)
    const held = world.rotate.hold('createSecret')
    await rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 1 } })
    await held.reached
    const halfSent = connect(world.endpoint.port, '127.0.0.1')
    await once(halfSent, 'connect')
    halfSent.write('POST / HTTP/1.1\r\n')
    // A reset is one way of hanging up.
    halfSent.on('error', () => {})
    const hungUp = new Promise((resolve) => halfSent.once('close', resolve))
    running.splice(0)
    await world.endpoint.close()
    await hungUp
    held.release()
    expect(world.clock.pending()).toBe(0)
    await expect(fetch(world.endpoint.url)).rejects.toThrow('fetch failed')
    world.client.destroy()
  })
})

describe('a schedule', () => {
  it('rotates when its window opens, again and again, with a token of its own', async () => {
    const world = await start()
    await withSecret(world)
    await rotateNow(world, { RotationRules: { ScheduleExpression: 'cron(0 3 ? * SUN *)', Duration: '2h' } })
    await world.endpoint.idle('app')
    const next = async () =>
      (
        await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
      ).NextRotationDate?.toISOString()
    expect(await next()).toBe('2026-03-08T04:59:59.000Z')

    world.clock.advance(Date.parse('2026-03-08T02:59:59Z') - world.clock.now())
    expect(world.endpoint.rotations('app')).toHaveLength(1)
    for (const [moment, following] of [
      ['2026-03-08T03:00:00Z', '2026-03-15T04:59:59.000Z'],
      ['2026-03-15T03:00:00Z', '2026-03-22T04:59:59.000Z'],
    ] as const) {
      world.clock.advance(Date.parse(moment) - world.clock.now())
      await world.endpoint.idle('app')
      const last = world.endpoint.rotations('app').at(-1)
      expect(last).toMatchObject({ outcome: 'succeeded', startedAt: Date.parse(moment) })
      expect(last?.token).toMatch(/^[0-9a-f-]{36}$/)
      expect(await next()).toBe(following)
    }
    expect(new Set(world.endpoint.rotations('app').map((record) => record.token)).size).toBe(3)
    const { RotationRules } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(RotationRules).toEqual({
      AutomaticallyAfterDays: 7,
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      Duration: '2h',
    })
  })

  it('tries an unfinished rotation again instead of beginning another', async () => {
    const world = await start()
    await withSecret(world)
    world.rotate.replaced.set('setSecret', () => Promise.reject(new Error('down')))
    const { VersionId: token } = await rotateNow(world, {
      RotationRules: { ScheduleExpression: 'rate(4 hours)' },
    })
    await world.endpoint.idle('app')
    const { NextRotationDate } = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))

    world.clock.advance(4 * HOUR)
    await world.endpoint.idle('app')
    const late = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(late.NextRotationDate).toEqual(NextRotationDate)
    world.rotate.replaced.delete('setSecret')
    world.clock.advance(4 * HOUR)
    await world.endpoint.idle('app')
    expect(world.endpoint.rotations('app').map((record) => [record.token, record.outcome])).toEqual([
      [token, 'abandoned'],
      [token, 'abandoned'],
      [token, 'succeeded'],
    ])
  })

  it('counts a value put by hand as a rotation', async () => {
    const world = await start()
    await withSecret(world)
    await rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 10 } })
    await world.endpoint.idle('app')
    world.clock.advance(6 * DAY)
    await put(world, 'by hand')
    const shown = await world.client.send(new DescribeSecretCommand({ SecretId: 'app' }))
    expect(shown.NextRotationDate).toEqual(new Date('2026-03-18T23:59:59Z'))
    expect(shown.LastRotatedDate).toEqual(new Date(START))
    world.clock.advance(9 * DAY)
    expect(world.endpoint.rotations('app')).toHaveLength(1)
  })

  it('ends with the secret and comes back with it', async () => {
    const world = await start()
    await withSecret(world)
    await rotateNow(world, { RotationRules: { AutomaticallyAfterDays: 1 } })
    await world.endpoint.idle('app')
    await world.client.send(new DeleteSecretCommand({ SecretId: 'app' }))
    world.clock.advance(3 * DAY)
    expect(world.rotate.steps()).toEqual(ALL_STEPS)
    await world.client.send(new RestoreSecretCommand({ SecretId: 'app' }))
    world.clock.advance(DAY)
    await world.endpoint.idle('app')
    expect(world.rotate.steps()).toEqual([...ALL_STEPS, ...ALL_STEPS])
  })
})

describe('events', () => {
  it('of a rotation: what CloudTrail records, and the label that moved', async () => {
    const world = await start()
    await withSecret(world)
    world.events.splice(0)
    const { ARN, VersionId: token } = await rotateNow(world)
    await world.endpoint.idle('app')

    expect(world.events.map((event) => event.detail.eventName ?? event['detail-type'])).toEqual([
      'RotationStarted',
      'Secret Label Updated',
      'RotationSucceeded',
    ])
    expect(world.events[2]).toMatchObject({
      version: '0',
      'detail-type': 'AWS Service Event via CloudTrail',
      source: 'aws.secretsmanager',
      account: '123456789012',
      region: 'us-east-1',
      time: '2026-03-02T10:30:00Z',
      detail: {
        eventSource: 'secretsmanager.amazonaws.com',
        eventType: 'AwsServiceEvent',
        additionalEventData: { SecretId: ARN },
        requestID: `Rotation-${ARN}-${token}`,
      },
    })
    expect(world.events[1]).toMatchObject({
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      resources: [ARN],
      detail: { name: 'app', labelUpdated: 'AWSCURRENT', versionId: token },
    })
  })

  it('of a failure name the step, not what the function said', async () => {
    const world = await start()
    await withSecret(world)
    world.rotate.replaced.set('setSecret', () => Promise.reject(new Error('password hunter2 refused')))
    await rotateNow(world)
    await world.endpoint.idle('app')
    const failed = world.events.find((event) => event.detail.eventName === 'RotationFailed')
    expect(failed?.detail.errorMessage).toBe(`Error when executing lambda ${FUNCTION} during setSecret step`)
    expect(JSON.stringify(world.events)).not.toContain('hunter2')
  })

  it('tell of AWSCURRENT and custom labels, not of AWSPENDING and AWSPREVIOUS', async () => {
    const world = await start()
    const one = await withSecret(world)
    const two = await put(world, 'two', ['AWSPENDING', 'BLUE'])
    await move(world, 'AWSCURRENT', two, one)
    await move(world, 'DRAINING', one, undefined)
    await move(world, 'DRAINING', undefined, one)
    await put(world, 'two', ['BLUE'], two)
    const labels = world.events
      .filter((event) => event['detail-type'] === 'Secret Label Updated')
      .map((event) => [event.detail.labelUpdated, event.detail.versionId])
    expect(labels).toEqual([
      ['AWSCURRENT', one],
      ['BLUE', two],
      ['AWSCURRENT', two],
      ['DRAINING', one],
    ])
  })

  it('never hold a value', async () => {
    const world = await start()
    await withSecret(world)
    await put(world, 'canary-in-an-event')
    await rotateNow(world)
    await world.endpoint.idle('app')
    await world.client.send(new DeleteSecretCommand({ SecretId: 'app', ForceDeleteWithoutRecovery: true }))
    expect(world.events.length).toBeGreaterThan(5)
    expect(JSON.stringify(world.events)).not.toMatch(/canary-in-an-event|value of /)
  })
})
