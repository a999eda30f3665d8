import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { OverlapError } from '../rotation/errors.ts'
import { secretsManagerFailed } from './failure.ts'

/** The secrets that accounts of providers are managed with. Nothing but their values is asked for. */
export interface ProviderAdmins {
  /** Throws `ADMIN_SECRET_INVALID` when there is no such secret, when it may not be read or when it holds no text. */
  read(arn: string): Promise<string>
  /** The next `read` asks Secrets Manager again. */
  forget(arn: string): void
}

const KEEP_MS = 5 * 60_000

/** Kept in memory for five minutes, so that the steps of one rotation read each once. `now` in milliseconds; `signal` ends a call that hangs. */
export function providerAdmins(
  client: SecretsManagerClient,
  now: () => number,
): (signal: () => AbortSignal) => ProviderAdmins {
  const kept = new Map<string, { readonly value: string; readonly at: number }>()
  return (signal) => ({
    async read(arn) {
      const found = kept.get(arn)
      if (found && now() - found.at < KEEP_MS) return found.value
      const value = await fetched(client, arn, signal)
      kept.set(arn, { value, at: now() })
      return value
    },
    forget: (arn) => {
      kept.delete(arn)
    },
  })
}

async function fetched(
  client: SecretsManagerClient,
  arn: string,
  signal: () => AbortSignal,
): Promise<string> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }), {
      abortSignal: signal(),
    })
    if (SecretString !== undefined && SecretString !== '') return SecretString
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    if (name !== 'ResourceNotFoundException' && name !== 'AccessDeniedException')
      return secretsManagerFailed('GetSecretValue', error)
    throw new OverlapError(
      'ADMIN_SECRET_INVALID',
      `the admin secret ${arn} of the provider cannot be read: ${name}. Check its ARN in the deployment, and that this function's role may read it`,
    )
  }
  throw new OverlapError(
    'ADMIN_SECRET_INVALID',
    `the admin secret ${arn} of the provider must hold a text in SecretString`,
  )
}
