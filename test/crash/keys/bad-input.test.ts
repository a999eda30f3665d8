import { randomUUID } from 'node:crypto'
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../../../sandbox/clock.ts'
import { canaries } from '../canary.ts'
import type { KeyValue } from './account.ts'
import { iamKeeper } from './iam.ts'
import { bundlesInFolder, type KeyLane, startKeyLane } from './lane.ts'
import { providerKeeper } from './provider.ts'
import { startKeySubject } from './subject.ts'

const bundled = bundlesInFolder(['iam-access-key', 'http-api-key'])
afterAll(bundled.remove)

type Row = readonly [what: string, text: (value: KeyValue) => string, code: string, says: RegExp]

const having = (change: object) => (value: KeyValue) => JSON.stringify({ ...value, ...change })
const ofBoth = (id: string, key: string): readonly Row[] => [
  ['is not JSON', (value) => JSON.stringify(value).slice(0, -1), 'SECRET_INVALID', /JSON object/],
  ['is empty', () => ' ', 'SECRET_INVALID', /JSON object/],
  ['is a list', (value) => JSON.stringify([value]), 'SECRET_INVALID', /JSON object/],
  ['is the key alone', (value) => value[key] ?? '', 'SECRET_INVALID', /JSON object/],
  ['is the key in quotes', (value) => JSON.stringify(value[key]), 'SECRET_INVALID', /JSON object/],
  ['has no id', having({ [id]: undefined }), 'SECRET_INVALID', new RegExp(`field ${id} .*missing`)],
  ['has no key', having({ [key]: undefined }), 'SECRET_INVALID', new RegExp(`field ${key} .*missing`)],
  ['has an id that is a number', having({ [id]: 7 }), 'SECRET_INVALID', new RegExp(`field ${id} `)],
  ['has an id of another form', having({ [id]: '../a b' }), 'SECRET_INVALID', new RegExp(`field ${id} `)],
  ['has an empty key', having({ [key]: '' }), 'SECRET_INVALID', new RegExp(`field ${key} `)],
  [
    'has a key with a line break',
    (value) => having({ [key]: `${value[key]}\n` })(value),
    'SECRET_INVALID',
    new RegExp(`field ${key} `),
  ],
  [
    'repeats the key in another field',
    (value) => having({ url: `https://x/?key=${encodeURIComponent(value[key] ?? '')}` })(value),
    'SECRET_INVALID',
    /field url .*repeats/,
  ],
]

describe.each([
  {
    who: 'IAM',
    keeperBy: iamKeeper,
    key: 'secretAccessKey',
    rows: [
      ...ofBoth('accessKeyId', 'secretAccessKey'),
      ['has no user', having({ userName: undefined }), 'SECRET_INVALID', /userName/],
      ['has a user that is none', having({ userName: 'a b' }), 'SECRET_INVALID', /field userName/],
      ['has another user', having({ userName: 'another' }), 'TARGET_NOT_ALLOWED', /user/],
      [
        'is CSV of two keys',
        ({ accessKeyId, secretAccessKey }) =>
          `Access key ID,Secret access key\n${`${accessKeyId},${secretAccessKey}\n`.repeat(2)}`,
        'SECRET_INVALID',
        /2 keys/,
      ],
    ] satisfies readonly Row[],
  },
  {
    who: 'a provider',
    keeperBy: (clock: Clock) => providerKeeper(clock),
    key: 'key',
    rows: [
      ...ofBoth('keyId', 'key'),
      [
        'is named as a variable',
        ({ key = '' }) => JSON.stringify({ MAIL_API_KEY: key }),
        'SECRET_INVALID',
        /field keyId is missing/,
      ],
    ] satisfies readonly Row[],
  },
])('what is wrong with a secret or a call of $who', ({ keeperBy, key, rows }) => {
  let lane: KeyLane
  beforeAll(async () => {
    lane = await startKeyLane(await bundled.files, keeperBy)
  })
  afterAll(() => lane?.close())

  it.each<Row>(rows)(
    'a value that %s is refused by a name, and changes nothing',
    async (_what, text, code, says) => {
      const subject = await startKeySubject(lane)
      const { account, secretId } = subject
      const before = await account.keys()
      await lane.client.send(
        new PutSecretValueCommand({ SecretId: secretId, SecretString: text(account.value) }),
      )
      const current = await subject.current()
      const { errorType, errorMessage = '', outcome, failedStep, token } = await subject.rotate()
      expect({ errorType, outcome, failedStep }).toEqual({
        errorType: code,
        outcome: 'abandoned',
        failedStep: 'createSecret',
      })
      expect(errorMessage).toMatch(says)
      const secrets = [account.value[key] ?? '', ...Object.values(lane.keeper.admin ?? {})]
      expect(canaries(secrets)([{ name: 'the error', text: errorMessage }])).toEqual([])
      expect(await account.keys()).toEqual(before)
      expect(await account.accepts(account.value)).toBe(true)
      expect(await subject.current()).toBe(current)
      await expect(subject.value(token)).rejects.toThrow("can't find the specified secret value")
    },
  )

  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:robots/a-AbCdEf'
  const event = { Step: 'createSecret', SecretId: arn, ClientRequestToken: randomUUID() }
  it.each<['rotate' | 'retire', unknown]>([
    ['rotate', null],
    ['rotate', [event]],
    ['rotate', { ...event, Step: 'deleteSecret' }],
    ['rotate', { ...event, SecretId: 'robots/a' }],
    ['rotate', { ...event, ClientRequestToken: 'x' }],
    ['retire', null],
    ['retire', { action: 'drop', secretId: arn, versionId: 'v' }],
    ['retire', { action: 'disable', secretId: 'robots/a', versionId: 'v' }],
    ['retire', { action: 'remove', secretId: arn }],
  ])('a call of %s with %j asks nobody anything', async (name, payload) => {
    let asked = 0
    lane.arm(() => {
      asked += 1
      return 'pass'
    })
    const outcome = await lane.lambda.invoke(lane.functions[name], payload)
    lane.disarm()
    expect(outcome).toMatchObject({ ok: false, errorType: 'EVENT_INVALID' })
    expect(asked).toBe(0)
  })
})
