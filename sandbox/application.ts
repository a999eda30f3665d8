import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { PostgresServer } from './postgres/server.ts'
import type { SecretsManager } from './secrets-manager/server.ts'
import { createApplication, SHOP } from './shop.ts'

export interface Application {
  /** Name of the secret. */
  readonly secretId: string
  /** Of the PostgreSQL user that is made for it. */
  readonly username: string
  /** Of the secret. */
  readonly tags: Readonly<Record<string, string>>
}

/** What an application is added to. */
interface Place {
  readonly secretsManager: SecretsManager
  readonly client: SecretsManagerClient
  readonly postgres: PostgresServer
  /** ARN. */
  readonly adminSecret: string
  /** ARN of the secret whose rotation function and rules the new one gets. */
  readonly secret: string
}

/** A user with its tables, and its secret, which the rotation function of `secret` rotates. Returns the ARN; throws what the preflight found. */
export async function addApplication(
  { client, postgres, secretsManager, adminSecret: masterarn, secret }: Place,
  { secretId, username, tags }: Application,
): Promise<string> {
  const { host, port } = postgres
  const password = await createApplication(postgres, username)
  const value = { engine: 'postgres', host, port, dbname: SHOP, username, password, masterarn }
  const { ARN = '' } = await client.send(
    new CreateSecretCommand({
      Name: secretId,
      SecretString: JSON.stringify(value),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  const { RotationLambdaARN, RotationRules } = await client.send(
    new DescribeSecretCommand({ SecretId: secret }),
  )
  await client.send(
    new RotateSecretCommand({ SecretId: ARN, RotationLambdaARN, RotationRules, RotateImmediately: false }),
  )
  await secretsManager.idle(ARN)
  const preflight = secretsManager.rotations(ARN).at(-1)
  if (preflight?.outcome !== 'succeeded')
    throw new Error(`the preflight of ${secretId} found: ${preflight?.errorType}: ${preflight?.errorMessage}`)
  return ARN
}
