import { type Clock, systemClock } from '../clock.ts'
import { type JsonService, startJsonService } from '../json-service.ts'
import { deleteSecret, restoreSecret } from './deletion.ts'
import { ServiceError } from './errors.ts'
import { EventPublisher, type ServiceEvent } from './events.ts'
import { describeSecret, listSecrets } from './listing.ts'
import { getRandomPassword } from './random-password.ts'
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policy.ts'
import { cancelRotateSecret, rotateSecret } from './rotate.ts'
import { RotationRunner } from './rotation.ts'
import type { RotationRecord } from './rotation-record.ts'
import type { FunctionInvoker } from './rotation-steps.ts'
import { Secrets } from './secrets.ts'
import { type SeededSecret, type SeededVersion, seedSecret } from './seed.ts'
import type { Operation, Service } from './service.ts'
import { listSecretVersionIds, updateSecretVersionStage } from './stages.ts'
import { tagResource, untagResource } from './tags.ts'
import { batchGetSecretValue, createSecret, getSecretValue, putSecretValue, updateSecret } from './values.ts'

export type { FunctionInvoker, RotationRecord, SeededSecret, SeededVersion, ServiceEvent }

const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    BatchGetSecretValue: batchGetSecretValue,
    CancelRotateSecret: cancelRotateSecret,
    CreateSecret: createSecret,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteSecret: deleteSecret,
    DescribeSecret: describeSecret,
    GetRandomPassword: getRandomPassword,
    GetResourcePolicy: getResourcePolicy,
    GetSecretValue: getSecretValue,
    ListSecretVersionIds: listSecretVersionIds,
    ListSecrets: listSecrets,
    PutResourcePolicy: putResourcePolicy,
    PutSecretValue: putSecretValue,
    RestoreSecret: restoreSecret,
    RotateSecret: rotateSecret,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateSecret: updateSecret,
    UpdateSecretVersionStage: updateSecretVersionStage,
  }),
)

export interface SecretsManagerOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Default us-east-1. */
  readonly region?: string
  /** Default 123456789012. */
  readonly accountId?: string
  readonly functions: FunctionInvoker
  readonly clock?: Clock
  /** Milliseconds before each further attempt of a failed rotation; when they are used up it is given up. */
  readonly retryDelaysMs?: readonly number[]
  /** Hears every event, in order, and must not throw. */
  readonly onEvent?: (event: ServiceEvent) => void
  /** What RotateSecret does with a token whose rotation is complete. AWS's answer is not known. Default `no-op`. */
  readonly completedToken?: 'no-op' | 'reattach'
  /** Refuse a put of a version in rotation without its RotationToken, as for an assumed role. Default false. */
  readonly requireRotationToken?: boolean
}

/** `url` is for AWS_ENDPOINT_URL_SECRETS_MANAGER. */
export interface SecretsManager extends JsonService {
  /**
   * Puts a secret in place as if it had come about by calls in the past, of which nobody hears an event.
   *
   * @returns id of the version that is AWSCURRENT; empty when none is
   * @throws when the name is taken, and for what no calls could have led to
   */
  seed(secret: SeededSecret): { readonly arn: string; readonly versionId: string }
  /** Resolves when no rotation of the secret is under way or waiting for its next attempt. Throws when there is no such secret. */
  idle(secretId: string): Promise<void>
  /** Attempts of rotations that are under way now; each resolves when it is over. One that waits for its next attempt is none. */
  attempts(): readonly Promise<void>[]
  /** Every attempt, oldest first. A deleted secret is known by its ARN only. */
  rotations(secretId: string): readonly RotationRecord[]
  /** Ends timers, connections and the listener. A step that is under way is not waited for. */
  close(): Promise<void>
}

const RETRY_DELAYS_MS = [2_000, 10_000, 30_000]

/**
 * Secrets Manager on loopback: AWS JSON 1.1, as the AWS CLI and the SDKs speak it. State is in memory. Signatures are not checked,
 * but every call needs an Authorization header; nobody's permissions are checked either.
 */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManager> {
  const service = createService(options)
  const endpoint = await startJsonService({
    port: options.port,
    target: 'secretsmanager',
    now: (options.clock ?? systemClock).now,
    perform(name, request) {
      const operation = operations.get(name)
      if (!operation) throw new ServiceError('InvalidRequestException', `${name} is not part of the sandbox.`)
      return operation(service, request)
    },
  })
  return {
    ...endpoint,
    seed: (secret) => seedSecret(service, secret),
    idle: async (secretId) => service.rotations.idle(service.secrets.get(secretId)),
    attempts: () => service.rotations.attempts,
    rotations: (secretId) => service.rotations.history(service.secrets.find(secretId)?.arn ?? secretId),
    async close() {
      service.rotations.close()
      await endpoint.close()
    },
  }
}

function createService(options: SecretsManagerOptions): Service {
  const clock = options.clock ?? systemClock
  const place = { region: options.region ?? 'us-east-1', accountId: options.accountId ?? '123456789012' }
  const events = new EventPublisher(clock, place, options.onEvent ?? (() => {}))
  const rotations = new RotationRunner({
    clock,
    events,
    functions: options.functions,
    retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
  })
  const secrets = new Secrets(clock, place, (gone) => {
    rotations.interrupt(gone, 'deleted')
    for (const versionId of gone.versions.keys()) events.trail('EndSecretVersionDelete', gone, { versionId })
  })
  return {
    clock,
    region: place.region,
    secrets,
    events,
    rotations,
    completedToken: options.completedToken ?? 'no-op',
    requireRotationToken: options.requireRotationToken ?? false,
  }
}
