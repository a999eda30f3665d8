import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Step } from '../../lambdas/rotation/event.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import type { Outcome } from '../../sandbox/lambda/host.ts'
import type { RotationRecord } from '../../sandbox/secrets-manager/server.ts'
import type { Functions, Rig } from './rig.ts'

export interface Value {
  readonly username: string
  readonly password: string
}

/** A secret and what is done about it. `through` other functions than its own: the next rotation is theirs as well. */
export interface RotatedSecret<V = Value> {
  readonly secretId: string
  /** Asks for a rotation and waits until the service has done with it, for better or worse. */
  rotate(through?: Functions): Promise<RotationRecord>
  /** A lone testSecret, as when rotation is configured. */
  preflight(through?: Functions): Promise<RotationRecord>
  /** Delivers one step past the service. */
  deliver(step: Step, token: string, through?: Functions): Promise<Outcome>
  /** As the sweep would at the end of a drain, through the retire function. Throws what it reports, with its code as the error's name. */
  disable(versionId: string, through?: Functions): Promise<RetireResult>
  /** And at the end of the quarantine. */
  remove(versionId: string, through?: Functions): Promise<RetireResult>
  /** Both; what is found gone has no quarantine. */
  retire(versionId: string, through?: Functions): Promise<void>
  /** One pass of the sweep, over every secret of these functions. */
  sweep(through?: Functions): Promise<void>
  /** Staging label to version id. */
  labels(): Promise<ReadonlyMap<string, string>>
  /** Id of the version labelled AWSCURRENT. */
  current(): Promise<string>
  value(versionId: string): Promise<V>
}

export function rotatedSecret<V = Value>(
  { client, lambda, secretsManager }: Pick<Rig, 'client' | 'lambda' | 'secretsManager'>,
  secretId: string,
  functions: Functions,
): RotatedSecret<V> {
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
  const invoke = async (functionArn: string, payload: unknown) => {
    const outcome = await lambda.invoke(functionArn, payload)
    if (!outcome.ok) throw Object.assign(new Error(outcome.errorMessage), { name: outcome.errorType })
    return outcome.payload
  }
  const retirement = async (
    action: RetireRequest['action'],
    versionId: string,
    through: Functions,
  ): Promise<RetireResult> => (await invoke(through.retire, { action, secretId, versionId })) as RetireResult
  /** What a version holds never changes. */
  const values = new Map<string, V>()
  const labels = async () => {
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: secretId }))
    return new Map(
      Object.entries(VersionIdsToStages ?? {}).flatMap(([version, stages]) =>
        stages.map((stage) => [stage, version]),
      ),
    )
  }
  const disable = (versionId: string, through = functions) => retirement('disable', versionId, through)
  const remove = (versionId: string, through = functions) => retirement('remove', versionId, through)
  return {
    secretId,
    disable,
    remove,
    rotate: (through = functions) => rotate(through, true),
    preflight: (through = functions) => rotate(through, false),
    deliver: (step, token, through = functions) =>
      lambda.invoke(through.rotate, { Step: step, SecretId: secretId, ClientRequestToken: token }),
    retire: async (versionId, through = functions) => {
      const { outcome } = await disable(versionId, through)
      if (outcome !== 'superseded') await remove(versionId, through)
    },
    sweep: async (through = functions) => {
      await invoke(through.sweep, {})
    },
    labels,
    current: async () => (await labels()).get('AWSCURRENT') ?? '',
    value: async (versionId) => {
      const known = values.get(versionId)
      if (known) return known
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
      )
      const value = JSON.parse(SecretString ?? 'null')
      values.set(versionId, value)
      return value
    },
  }
}

/** Returns the ARN. */
export async function createSecret(
  client: SecretsManagerClient,
  name: string,
  value: Readonly<Record<string, unknown>>,
  tags: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { ARN } = await client.send(
    new CreateSecretCommand({
      Name: name,
      SecretString: JSON.stringify(value),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  if (ARN === undefined) throw new Error(`CreateSecret gave no ARN for ${name}`)
  return ARN
}
