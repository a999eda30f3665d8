import { randomBytes } from 'node:crypto'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Step } from '../../lambdas/rotation/event.ts'
import type { Outcome } from '../../sandbox/lambda/host.ts'
import type { RotationRecord } from '../../sandbox/secrets-manager/server.ts'
import { createApplication, SHOP } from '../../sandbox/shop.ts'
import type { Functions, Rig } from './rig.ts'

export interface Value {
  readonly username: string
  readonly password: string
}

/** One application with its own user, secret and admin secret: so a warm function reads the admin's as a cold one does. */
export interface Subject {
  readonly secretId: string
  readonly adminSecret: string
  readonly username: string
  /** Asks for a rotation and waits until the service has done with it, for better or worse. */
  rotate(through?: Functions): Promise<RotationRecord>
  /** A lone testSecret, as when rotation is configured. */
  preflight(through?: Functions): Promise<RotationRecord>
  /** Delivers one step past the service. */
  deliver(step: Step, token: string, through?: Functions): Promise<Outcome>
  /** As the sweep would, through the retire function. Throws what it reports, with its code as the error's name. */
  retire(versionId: string, through?: Functions): Promise<void>
  /** One pass of the sweep, over every secret of these functions. */
  sweep(through?: Functions): Promise<void>
  /** Staging label to version id. */
  labels(): Promise<ReadonlyMap<string, string>>
  value(versionId: string): Promise<Value>
  /** Logs in past every wire and does what only an owner may. Throws when anything is refused. */
  use(value: Value): Promise<void>
  /** Role to what the stamp says that it holds. */
  slots(): Promise<Readonly<Record<string, { readonly version: string; readonly state: string }>>>
}

export interface SubjectOptions {
  /** Where the secret and its admin secret lead; default the server itself. */
  readonly server?: { readonly host: string; readonly port: number }
  readonly functions?: Functions
  readonly tags?: Readonly<Record<string, string>>
}

export async function startSubject(rig: Rig, options: SubjectOptions = {}): Promise<Subject> {
  const { postgres, client, lambda, secretsManager } = rig
  const { functions = rig.functions, tags = {} } = options
  const { host, port } = options.server ?? postgres
  const at = { engine: 'postgres', host, port }
  const username = `app_${randomBytes(4).toString('hex')}`
  const password = await createApplication(postgres, username)
  const masterarn = await createSecret(client, `admin/${username}`, { ...at, ...postgres.admin })
  const value = { ...at, dbname: SHOP, username, password, masterarn }
  const secretId = await createSecret(client, `shop/${username}`, value, tags)

  const rotate = async (through: Functions, immediately: boolean) => {
    const request = new RotateSecretCommand({
      SecretId: secretId,
      RotationLambdaARN: through.rotate,
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediately: immediately,
    })
    // The service's answer to a rotation that is incomplete is an error, and a further attempt.
    await client.send(request).catch((error: Error) => {
      if (!error.message.startsWith("A previous rotation isn't complete")) throw error
    })
    await secretsManager.idle(secretId)
    const record = secretsManager.rotations(secretId).at(-1)
    if (!record) throw new Error('the service keeps no record of the rotation')
    return record
  }

  return {
    secretId,
    adminSecret: masterarn,
    username,
    rotate: (through = functions) => rotate(through, true),
    preflight: (through = functions) => rotate(through, false),
    deliver: (step, token, through = functions) =>
      lambda.invoke(through.rotate, { Step: step, SecretId: secretId, ClientRequestToken: token }),
    retire: async (versionId, through = functions) => {
      const outcome = await lambda.invoke(through.retire, { action: 'disable', secretId, versionId })
      if (!outcome.ok) throw Object.assign(new Error(outcome.errorMessage), { name: outcome.errorType })
    },
    sweep: async (through = functions) => {
      const outcome = await lambda.invoke(through.sweep, {})
      if (!outcome.ok) throw Object.assign(new Error(outcome.errorMessage), { name: outcome.errorType })
    },
    labels: async () => {
      const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }))
      return new Map(
        Object.entries(VersionIdsToStages ?? {}).flatMap(([version, stages]) =>
          stages.map((stage) => [stage, version]),
        ),
      )
    },
    value: async (versionId) => {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
      )
      return JSON.parse(SecretString ?? 'null')
    },
    use: async (used) => {
      const [who] = await postgres.query<{ user: string }>(
        `ALTER TABLE ${username}.orders ALTER COLUMN client SET STATISTICS 100;
         SELECT current_user::text AS user`,
        undefined,
        { database: SHOP, user: used.username, password: used.password },
      )
      if (who?.user !== username) throw new Error(`current_user is ${who?.user}, not ${username}`)
    },
    slots: async () => {
      const [partner] = await postgres.query<{ comment: string | null }>(
        `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
        [`${username}_b`],
      )
      return JSON.parse(partner?.comment?.replace('overlap/1 ', '') ?? '{"slots":{}}').slots
    },
  }
}

/** Returns the ARN. */
export async function createSecret(
  client: SecretsManagerClient,
  name: string,
  value: Readonly<Record<string, string | number>>,
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { ARN } = await client.send(
    new CreateSecretCommand({
      Name: name,
      SecretString: JSON.stringify(value),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  return ARN ?? ''
}
