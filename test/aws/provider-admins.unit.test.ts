import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager'
import { describe, expect, it } from 'vitest'
import { providerAdmins } from '../../lambdas/aws/provider-admins.ts'
import { secretsManagerAnswering } from '../fakes/aws-clients.ts'

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mail-admin-AbCdEf'
const patient = () => new AbortController().signal

describe('the admin secret of a provider', () => {
  it('is read once in five minutes, and nothing but its value is asked for', async () => {
    let now = 0
    const { client, sent } = secretsManagerAnswering({
      GetSecretValueCommand: () => ({ SecretString: 'tok' }),
    })
    const readers = providerAdmins(client, () => now)
    expect(await readers(patient).read(ARN)).toBe('tok')
    now = 299_999
    expect(await readers(patient).read(ARN)).toBe('tok')
    expect(sent).toHaveLength(1)
    now = 300_000
    await readers(patient).read(ARN)
    expect(sent).toHaveLength(2)
  })

  it('is read again at once when it was refused', async () => {
    const values = ['old', 'new']
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: () => ({ SecretString: values.shift() ?? '' }),
    })
    const admins = providerAdmins(client, () => 0)(patient)
    await admins.read(ARN)
    admins.forget(ARN)
    expect(await admins.read(ARN)).toBe('new')
  })

  it('that is not there is named', async () => {
    const { client } = secretsManagerAnswering({
      GetSecretValueCommand: () => {
        throw new ResourceNotFoundException({ message: 'no', $metadata: {} })
      },
    })
    await expect(providerAdmins(client, () => 0)(patient).read(ARN)).rejects.toMatchObject({
      code: 'ADMIN_SECRET_INVALID',
      message: expect.stringContaining(ARN),
    })
  })

  it('must hold a text', async () => {
    const { client } = secretsManagerAnswering({ GetSecretValueCommand: () => ({}) })
    await expect(providerAdmins(client, () => 0)(patient).read(ARN)).rejects.toMatchObject({
      code: 'ADMIN_SECRET_INVALID',
      message: expect.stringContaining('SecretString'),
    })
  })
})
