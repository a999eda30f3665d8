import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { OverlapError } from '../rotation/errors.ts'
import { secretsManagerFailed } from './failure.ts'

export interface AdminSecret {
  readonly value: string
  readonly owningService?: string
  readonly tags: ReadonlyMap<string, string>
}

export interface AdminSecrets {
  /** Throws `ADMIN_SECRET_INVALID` when there is no such secret or it may not be read. */
  read(arn: string): Promise<AdminSecret>
  /** The next `read` asks Secrets Manager again: managed masters rotate by themselves. */
  forget(arn: string): void
}

const KEEP_MS = 5 * 60_000

/**
 * Admin secrets, kept in memory for five minutes so that the steps of one rotation read each once. `now` in milliseconds; each invocation
 * gets its own reader, whose `signal` ends a call that hangs before the function's time is up.
 */
export function adminSecrets(
  client: SecretsManagerClient,
  now: () => number,
): (signal: () => AbortSignal) => AdminSecrets {
  const kept = new Map<string, { secret: AdminSecret; at: number }>()

  return (signal) => ({
    async read(arn) {
      const found = kept.get(arn)
      if (found && now() - found.at < KEEP_MS) return found.secret
      const secret = await fetch(client, arn, signal)
      kept.set(arn, { secret, at: now() })
      return secret
    },
    forget: (arn) => {
      kept.delete(arn)
    },
  })
}

async function fetch(
  client: SecretsManagerClient,
  arn: string,
  signal: () => AbortSignal,
): Promise<AdminSecret> {
  const { SecretString } = await client
    .send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal: signal() })
    .catch((error) => unreadable(arn, error))
  if (SecretString === undefined)
    throw new OverlapError(
      'ADMIN_SECRET_INVALID',
      `the admin secret ${arn} holds SecretBinary: it must hold a JSON object in SecretString`,
    )
  // RDS writes user and password alone into a managed master's secret; its tags say which instance or cluster it opens.
  if (SecretString.includes('"host"')) return { value: SecretString, tags: new Map() }
  const described = await client
    .send(new DescribeSecretCommand({ SecretId: arn }), { abortSignal: signal() })
    .catch((error) => unreadable(arn, error))
  return {
    value: SecretString,
    tags: new Map((described.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    ...(described.OwningService === undefined ? {} : { owningService: described.OwningService }),
  }
}

function unreadable(arn: string, error: unknown): never {
  const name = error instanceof Error ? error.name : ''
  if (name === 'ResourceNotFoundException' || name === 'AccessDeniedException')
    throw new OverlapError(
      'ADMIN_SECRET_INVALID',
      `the admin secret ${arn} (field masterarn) cannot be read: ${name}. Check the ARN and that this function's role may read it`,
    )
  return secretsManagerFailed('GetSecretValue', error)
}
