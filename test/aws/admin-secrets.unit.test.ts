import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { adminSecrets } from '../../lambdas/aws/admin-secrets.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin-AbCdEf'
const patient = () => new AbortController().signal
const full = '{"engine":"postgres","host":"db","username":"admin","password":"p"}'

describe('admin secrets', () => {
  it('are read once for the steps of one rotation, and again after five minutes', async () => {
    let now = 0
    const { client, sent } = secretsManagerAnswering({
      GetSecretValueCommand: () => ({ SecretString: full }),
    })
    const admins = adminSecrets(client, () => now)(patient)
    expect(await admins.read(ARN)).toEqual({ value: full, tags: new Map() })
    now = 299_999
    await admins.read(ARN)
    expect(sent).toHaveLength(1)
    now = 300_000
    await admins.read(ARN)
    expect(sent).toHaveLength(2)
  })

  it('are read again at once when they were refused: a managed master rotates by itself', async () => {
    const values = [full, full.replace('"p"', '"q"')]
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: () => ({ SecretString: values.shift() ?? '' }),
    })
    const admins = adminSecrets(client, () => 0)(patient)
    await admins.read(ARN)
    admins.forget(ARN)
    expect((await admins.read(ARN)).value).toContain('"q"')
  })

  it('of two servers are kept apart', async () => {
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: ({ SecretId }) => ({ SecretString: `{"host":"${SecretId}"}` }),
    })
    const admins = adminSecrets(client, () => 0)(patient)
    expect([(await admins.read('one')).value, (await admins.read('two')).value]).toEqual([
      '{"host":"one"}',
      '{"host":"two"}',
    ])
  })

  it('that RDS manages name no host: the secret’s tags and owner say which server they open', async () => {
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: () => ({ SecretString: '{"username":"admin","password":"p"}' }),
      DescribeSecretCommand: () => ({
        OwningService: 'rds',
        Tags: [{ Key: 'aws:rds:primaryDBInstanceArn', Value: 'arn:db' }],
      }),
    })
    expect(await adminSecrets(client, () => 0)(patient).read(ARN)).toMatchObject({
      owningService: 'rds',
      tags: new Map([['aws:rds:primaryDBInstanceArn', 'arn:db']]),
    })
  })

  it.each(['ResourceNotFoundException', 'AccessDeniedException'])(
    'that answer %s are ADMIN_SECRET_INVALID, naming the field and the ARN to check',
    async (name) => {
      const { client } = secretsManagerAnswering({
        GetSecretValueCommand: () => {
          throw Object.assign(new ResourceNotFoundException({ message: 'x', $metadata: {} }), { name })
        },
      })
      await expect(adminSecrets(client, () => 0)(patient).read(ARN)).rejects.toMatchObject({
        code: 'ADMIN_SECRET_INVALID',
        message: expect.stringMatching(`${ARN}.*masterarn.*${name}`),
      })
    },
  )

  it('that hold bytes are ADMIN_SECRET_INVALID', async () => {
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: () => ({ SecretBinary: Buffer.from('hunter2') }),
    })
    await expect(adminSecrets(client, () => 0)(patient).read(ARN)).rejects.toMatchObject({
      code: 'ADMIN_SECRET_INVALID',
      message: expect.not.stringContaining('hunter2'),
    })
  })

  it('whose read failed are not remembered as failed', async () => {
    let down = true
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: () => {
        if (down) throw Object.assign(new Error('throttled'), { name: 'ThrottlingException' })
        return { SecretString: full }
      },
    })
    const admins = adminSecrets(client, () => 0)(patient)
    await expect(admins.read(ARN)).rejects.toMatchObject({ code: 'SECRETS_MANAGER_FAILED' })
    down = false
    expect((await admins.read(ARN)).value).toBe(full)
  })
})
