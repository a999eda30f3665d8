import {
  InvalidParameterException,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { secretStore } from '../../lambdas/aws/secret-store.ts'
import type { Label } from '../../lambdas/rotation/secret-store.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

type Answers = Parameters<typeof secretsManagerAnswering>[0]

function storeAnswering(answers: Answers) {
  const { client, sent } = secretsManagerAnswering(answers)
  return { store: secretStore(client, () => new AbortController().signal), sent }
}

const $metadata = {}
const never = (name: string) => () => {
  throw Object.assign(new Error('the operation was aborted'), { name })
}

describe('describe', () => {
  it('is what DescribeSecret says, cut to what a rotation decides on', async () => {
    const { store } = storeAnswering({
      DescribeSecretCommand: () => ({
        ARN: SECRET_ARN,
        Name: 'app/db',
        RotationEnabled: true,
        RotationLambdaARN: 'arn:function',
        OwningService: 'rds',
        DeletedDate: new Date(0),
        LastChangedDate: new Date(3),
        LastRotatedDate: new Date(2),
        CreatedDate: new Date(1),
        Tags: [{ Key: 'overlap:drain', Value: '1h' }],
        ReplicationStatus: [{ Region: 'eu-west-1', Status: 'InProgress' }],
        PrimaryRegion: 'us-east-1',
        VersionIdsToStages: { one: ['AWSCURRENT'], two: ['AWSPREVIOUS', 'DRAINING'] },
      }),
    })
    expect(await store.describe(SECRET_ARN)).toEqual({
      arn: SECRET_ARN,
      name: 'app/db',
      rotationEnabled: true,
      rotationFunction: 'arn:function',
      owningService: 'rds',
      deleted: true,
      lastChanged: new Date(3),
      lastRotated: new Date(2),
      created: new Date(1),
      tags: new Map([['overlap:drain', '1h']]),
      replicas: [{ region: 'eu-west-1', status: 'InProgress' }],
      primaryRegion: 'us-east-1',
      versions: new Map([
        ['one', ['AWSCURRENT']],
        ['two', ['AWSPREVIOUS', 'DRAINING']],
      ]),
    })
  })

  it('takes what a fresh secret leaves out for off, none and empty', async () => {
    const { store } = storeAnswering({ DescribeSecretCommand: () => ({ ARN: SECRET_ARN, Name: 'app/db' }) })
    expect(await store.describe(SECRET_ARN)).toMatchObject({
      rotationEnabled: false,
      rotationFunction: undefined,
      owningService: undefined,
      deleted: false,
      tags: new Map(),
      versions: new Map(),
    })
  })

  it('of a secret that is not there is an error, never an empty secret', async () => {
    const { store } = storeAnswering({
      DescribeSecretCommand: () => {
        throw new ResourceNotFoundException({ message: 'no such secret', $metadata })
      },
    })
    await expect(store.describe(SECRET_ARN)).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
      detail: { operation: 'DescribeSecret', awsError: 'ResourceNotFoundException' },
    })
  })
})

describe('read', () => {
  it('asks by version id and never by label', async () => {
    const { store, sent } = storeAnswering({ GetSecretValueCommand: () => ({ SecretString: '{}' }) })
    expect(await store.read(SECRET_ARN, 'one')).toBe('{}')
    expect(sent).toEqual([
      { command: 'GetSecretValueCommand', input: { SecretId: SECRET_ARN, VersionId: 'one' } },
    ])
  })

  it('of a version without a value is undefined', async () => {
    const { store } = storeAnswering({
      GetSecretValueCommand: () => {
        throw new ResourceNotFoundException({ message: 'for VersionId: one', $metadata })
      },
    })
    expect(await store.read(SECRET_ARN, 'one')).toBeUndefined()
  })

  it('of a binary value says what a rotated secret must hold', async () => {
    const { store } = storeAnswering({
      GetSecretValueCommand: () => ({ SecretBinary: Buffer.from('hunter2') }),
    })
    await expect(store.read(SECRET_ARN, 'one')).rejects.toMatchObject({
      code: 'SECRET_INVALID',
      message: expect.not.stringContaining('hunter2'),
    })
  })

  it.each([
    { what: 'a refusal', name: 'AccessDeniedException', code: 'SECRETS_MANAGER_FAILED' },
    { what: 'a lack of time', name: 'TimeoutError', code: 'TIME_UP' },
    { what: 'an aborted call', name: 'AbortError', code: 'TIME_UP' },
  ])('that meets $what is $code, never "there is no value"', async ({ name, code }) => {
    const { store } = storeAnswering({ GetSecretValueCommand: never(name) })
    await expect(store.read(SECRET_ARN, 'one')).rejects.toMatchObject({ code })
  })
})

describe('createdDates', () => {
  it('holds every version of every page, the unlabelled ones too', async () => {
    const pages = [
      { Versions: [{ VersionId: 'one', CreatedDate: new Date(1) }], NextToken: 'more' },
      { Versions: [{ VersionId: 'two', CreatedDate: new Date(2), VersionStages: ['AWSCURRENT'] }, {}] },
    ]
    const { store, sent } = storeAnswering({
      ListSecretVersionIdsCommand: ({ NextToken }) => pages[NextToken === 'more' ? 1 : 0] ?? {},
    })
    expect(await store.createdDates(SECRET_ARN)).toEqual(
      new Map([
        ['one', new Date(1)],
        ['two', new Date(2)],
      ]),
    )
    expect(sent.map(({ input }) => input)).toEqual([
      expect.objectContaining({ IncludeDeprecated: true, NextToken: undefined }),
      expect.objectContaining({ IncludeDeprecated: true, NextToken: 'more' }),
    ])
  })
})

describe('write', () => {
  it('stores under the token, with its labels and the rotation token', async () => {
    const { store, sent } = storeAnswering({ PutSecretValueCommand: () => ({}) })
    await store.write(SECRET_ARN, {
      versionId: 'new',
      secretString: '{}',
      labels: ['AWSPENDING'],
      rotationToken: 'token of the rotation',
    })
    expect(sent).toEqual([
      {
        command: 'PutSecretValueCommand',
        input: {
          SecretId: SECRET_ARN,
          ClientRequestToken: 'new',
          SecretString: '{}',
          VersionStages: ['AWSPENDING'],
          RotationToken: 'token of the rotation',
        },
      },
    ])
  })

  it('over another value is an error that does not hold the value', async () => {
    const { store } = storeAnswering({
      PutSecretValueCommand: () => {
        throw new ResourceExistsException({ message: "You can't use ClientRequestToken new", $metadata })
      },
    })
    const version = { versionId: 'new', secretString: 'hunter2', labels: [], rotationToken: undefined }
    await expect(store.write(SECRET_ARN, version)).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
      message: expect.not.stringContaining('hunter2'),
    })
  })
})

describe('moveLabel', () => {
  const refused = () => {
    throw new InvalidParameterException({
      message: "The parameter RemoveFromVersionId can't be empty.",
      $metadata,
    })
  }

  it('is one compare and swap', async () => {
    const { store, sent } = storeAnswering({ UpdateSecretVersionStageCommand: () => ({}) })
    await store.moveLabel(SECRET_ARN, 'AWSCURRENT', { from: 'old', to: 'new' })
    expect(sent).toEqual([
      {
        command: 'UpdateSecretVersionStageCommand',
        input: {
          SecretId: SECRET_ARN,
          VersionStage: 'AWSCURRENT',
          RemoveFromVersionId: 'old',
          MoveToVersionId: 'new',
        },
      },
    ])
  })

  interface Row {
    readonly when: string
    readonly label: Label
    readonly move: { from?: string; to?: string }
    readonly versions: Record<string, string[]>
    readonly outcome: 'done' | 'LABELS_MOVED'
  }
  const rows: readonly Row[] = [
    {
      when: 'the first try was carried out and its reply lost, so that the repeat is refused',
      label: 'AWSCURRENT',
      move: { from: 'old', to: 'new' },
      versions: { old: ['AWSPREVIOUS'], new: ['AWSCURRENT', 'AWSPENDING'] },
      outcome: 'done',
    },
    {
      when: 'a label was put and the reply lost',
      label: 'DRAINING',
      move: { to: 'old' },
      versions: { old: ['AWSCURRENT', 'DRAINING'] },
      outcome: 'done',
    },
    {
      when: 'a label was taken away and the reply lost',
      label: 'DRAINING',
      move: { from: 'old' },
      versions: { old: ['AWSPREVIOUS'] },
      outcome: 'done',
    },
    {
      when: 'the version lost all its labels and is listed no more',
      label: 'AWSPENDING',
      move: { from: 'old' },
      versions: {},
      outcome: 'done',
    },
    {
      when: 'somebody else moved the label to a third version',
      label: 'AWSCURRENT',
      move: { from: 'old', to: 'new' },
      versions: { old: ['AWSPREVIOUS'], byHand: ['AWSCURRENT'], new: ['AWSPENDING'] },
      outcome: 'LABELS_MOVED',
    },
    {
      when: 'the label was believed to be nowhere and is somewhere',
      label: 'DRAINING',
      move: { to: 'new' },
      versions: { old: ['DRAINING'], new: ['AWSCURRENT'] },
      outcome: 'LABELS_MOVED',
    },
    {
      when: 'the label could not be taken away',
      label: 'DRAINING',
      move: { from: 'old' },
      versions: { old: ['DRAINING'] },
      outcome: 'LABELS_MOVED',
    },
  ]
  it.each(rows)(
    'refused by the service because $when is $outcome',
    async ({ label, move, versions, outcome }) => {
      const { store } = storeAnswering({
        UpdateSecretVersionStageCommand: refused,
        DescribeSecretCommand: () => ({ ARN: SECRET_ARN, VersionIdsToStages: versions }),
      })
      const moved = store.moveLabel(SECRET_ARN, label, move).then(
        () => 'done',
        (error) => error.code,
      )
      expect(await moved).toBe(outcome)
    },
  )

  it.each([
    { what: 'another refusal', error: new InvalidRequestException({ message: 'deleted', $metadata }) },
    { what: 'a missing version', error: new ResourceNotFoundException({ message: 'x', $metadata }) },
  ])('that meets $what is SECRETS_MANAGER_FAILED', async ({ error }) => {
    const { store } = storeAnswering({
      UpdateSecretVersionStageCommand: () => {
        throw error
      },
    })
    await expect(store.moveLabel(SECRET_ARN, 'DRAINING', { to: 'x' })).rejects.toMatchObject({
      code: 'SECRETS_MANAGER_FAILED',
    })
  })

  it('whose outcome cannot be read back is unknown, not done', async () => {
    const { store } = storeAnswering({
      UpdateSecretVersionStageCommand: refused,
      DescribeSecretCommand: never('TimeoutError'),
    })
    await expect(store.moveLabel(SECRET_ARN, 'DRAINING', { to: 'x' })).rejects.toMatchObject({
      code: 'TIME_UP',
    })
  })
})

describe('every call', () => {
  it('carries the signal of its moment, so that none outlives the function', async () => {
    const over = AbortSignal.abort()
    const { client } = secretsManagerAnswering({})
    const store = secretStore(client, () => over)
    const heard: unknown[] = []
    client.middlewareStack.add(
      (next) => (args) => {
        heard.push(args)
        return next(args)
      },
      { step: 'initialize', priority: 'high' },
    )
    const send = client.send.bind(client)
    const signals: unknown[] = []
    client.send = ((command: never, options: { abortSignal?: AbortSignal }) => {
      signals.push(options.abortSignal)
      return send(command, options)
    }) as typeof client.send
    const version = { versionId: 'v', secretString: '', labels: [], rotationToken: undefined }
    await Promise.allSettled([
      store.describe('s'),
      store.read('s', 'v'),
      store.createdDates('s'),
      store.write('s', version),
      store.moveLabel('s', 'DRAINING', { to: 'v' }),
    ])
    expect(signals).toEqual([over, over, over, over, over])
    expect(heard).toHaveLength(5)
  })
})
