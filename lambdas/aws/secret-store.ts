import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretListEntry,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { OverlapError } from '../rotation/errors.ts'
import type { Label, SecretDescription, SecretStore } from '../rotation/secret-store.ts'
import { secretsManagerFailed } from './failure.ts'
import { versionDates } from './version-dates.ts'

/** DescribeSecret and ListSecrets tell the same of a secret, and call its labels differently. */
export function descriptionOf(
  arn: string,
  found: Omit<SecretListEntry, 'ARN' | 'SecretVersionsToStages'> &
    Pick<DescribeSecretResponse, 'ReplicationStatus'>,
  stages: Readonly<Record<string, readonly string[]>> | undefined,
): SecretDescription {
  return {
    arn,
    name: found.Name ?? arn,
    rotationEnabled: found.RotationEnabled === true,
    rotationFunction: found.RotationLambdaARN,
    owningService: found.OwningService,
    deleted: found.DeletedDate !== undefined,
    lastChanged: found.LastChangedDate,
    lastRotated: found.LastRotatedDate,
    created: found.CreatedDate,
    tags: new Map((found.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    replicas: (found.ReplicationStatus ?? []).map(({ Region, Status }) => ({
      region: Region ?? '',
      status: Status ?? 'unknown',
    })),
    primaryRegion: found.PrimaryRegion,
    versions: new Map(Object.entries(stages ?? {})),
  }
}

/** The only code that calls Secrets Manager for a rotation. `signal` ends a call that hangs before the function's own time is up. */
export function secretStore(client: SecretsManagerClient, signal: () => AbortSignal): SecretStore {
  const describe = async (secretId: string): Promise<SecretDescription> => {
    const found = await client
      .send(new DescribeSecretCommand({ SecretId: secretId }), { abortSignal: signal() })
      .catch((error) => secretsManagerFailed('DescribeSecret', error))
    return descriptionOf(found.ARN ?? secretId, found, found.VersionIdsToStages)
  }

  return {
    describe,

    async read(secretId, versionId) {
      try {
        const found = await client.send(
          new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
          {
            abortSignal: signal(),
          },
        )
        if (found.SecretString !== undefined) return found.SecretString
        throw new OverlapError(
          'SECRET_INVALID',
          `version ${versionId} holds SecretBinary: a rotated secret must hold a JSON object in SecretString`,
        )
      } catch (error) {
        // The secret itself was described a moment ago, so what is missing is the version or its value.
        if (error instanceof ResourceNotFoundException) return undefined
        return secretsManagerFailed('GetSecretValue', error)
      }
    },

    createdDates: (secretId) => versionDates(client, secretId, 'all', signal),

    async write(secretId, version) {
      await client
        .send(
          new PutSecretValueCommand({
            SecretId: secretId,
            ClientRequestToken: version.versionId,
            SecretString: version.secretString,
            VersionStages: [...version.labels],
            RotationToken: version.rotationToken,
          }),
          { abortSignal: signal() },
        )
        .catch((error) => secretsManagerFailed('PutSecretValue', error))
    },

    async moveLabel(secretId, label, move) {
      try {
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: secretId,
            VersionStage: label,
            RemoveFromVersionId: move.from,
            MoveToVersionId: move.to,
          }),
          { abortSignal: signal() },
        )
      } catch (error) {
        if (!(error instanceof InvalidParameterException))
          return secretsManagerFailed('UpdateSecretVersionStage', error)
        // The client repeats a call whose reply was lost; the repeat is refused because the first one was carried out.
        if (isMoved(await describe(secretId), label, move)) return
        throw new OverlapError(
          'LABELS_MOVED',
          `${label} is no longer where this step saw it: somebody moved it, so nothing was changed`,
        )
      }
    },
  }
}

function isMoved(secret: SecretDescription, label: Label, move: { from?: string; to?: string }): boolean {
  const holds = (version: string | undefined) =>
    version !== undefined && secret.versions.get(version)?.includes(label) === true
  return move.to === undefined ? !holds(move.from) : holds(move.to)
}
