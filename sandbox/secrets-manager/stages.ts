import { ServiceError, versionNotFound } from './errors.ts'
import { attachLabels, shown } from './labels.ts'
import {
  labelLimits,
  optionalFlag,
  optionalText,
  page,
  requiredText,
  secretId,
  versionIdLimits,
} from './request.ts'
import { holderOf, type Secret } from './secrets.ts'
import { date, type Operation } from './service.ts'

/**
 * The compare-and-swap of staging labels
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
 */
export const updateSecretVersionStage: Operation = (service, request) => {
  const id = secretId(request)
  const label = requiredText(request, 'VersionStage', labelLimits)
  const moveTo = optionalText(request, 'MoveToVersionId', versionIdLimits)
  const removeFrom = optionalText(request, 'RemoveFromVersionId', versionIdLimits)
  const secret = service.secrets.live(id)
  const target = moveTo === undefined ? undefined : secret.versions.get(moveTo)
  if (moveTo !== undefined && !target) throw versionNotFound(moveTo)
  checkMove(secret, label, moveTo, removeFrom)

  const moves = target ? attachLabels(secret, target, [label]) : []
  if (!target) holderOf(secret, label)?.labels.delete(label)
  secret.changedAt = service.clock.now()
  service.events.labels(secret, moves)
  service.rotations.labelsMoved(secret)
  return { ARN: secret.arn, Name: secret.name }
}

function checkMove(
  secret: Secret,
  label: string,
  moveTo: string | undefined,
  removeFrom: string | undefined,
): void {
  const holder = holderOf(secret, label)
  if (moveTo === undefined && removeFrom === undefined)
    throw new ServiceError(
      'InvalidParameterException',
      'You must provide MoveToVersionId, RemoveFromVersionId or both.',
    )
  if (holder && removeFrom === undefined && holder.id !== moveTo)
    throw new ServiceError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  if (removeFrom !== undefined && removeFrom !== holder?.id)
    throw new ServiceError(
      'InvalidParameterException',
      `When you move staging label ${label}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${label}.`,
    )
  if (label === 'AWSCURRENT' && moveTo === undefined)
    throw new ServiceError(
      'InvalidParameterException',
      'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    )
}

export const listSecretVersionIds: Operation = (service, request) => {
  const secret = service.secrets.get(secretId(request))
  const deprecatedToo = optionalFlag(request, 'IncludeDeprecated') ?? false
  const versions = [...secret.versions.values()].filter((version) => deprecatedToo || version.labels.size > 0)
  const { items, nextToken } = page(versions, request, { max: 100, usual: 100 })
  return {
    ARN: secret.arn,
    Name: secret.name,
    Versions: items.map((version) => ({
      VersionId: version.id,
      VersionStages: version.labels.size > 0 ? shown(version.labels) : undefined,
      CreatedDate: date(version.createdAt),
      LastAccessedDate: date(version.accessedAt),
      KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
    })),
    NextToken: nextToken,
  }
}
