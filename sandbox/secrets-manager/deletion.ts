import { ServiceError, secretNotFound } from './errors.ts'
import { optionalFlag, optionalInteger, secretId } from './request.ts'
import { date, type Operation } from './service.ts'

const DAY_MS = 24 * 3600 * 1000
const USUAL_WINDOW_DAYS = 30

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html */
export const deleteSecret: Operation = (service, request) => {
  const id = secretId(request)
  const force = optionalFlag(request, 'ForceDeleteWithoutRecovery') ?? false
  const days = optionalInteger(request, 'RecoveryWindowInDays', {
    min: Number.MIN_SAFE_INTEGER,
    max: Number.MAX_SAFE_INTEGER,
  })
  if (force && days !== undefined)
    throw new ServiceError(
      'InvalidParameterException',
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
  if (days !== undefined && (days < 7 || days > 30))
    throw new ServiceError(
      'InvalidParameterException',
      'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    )
  const now = service.clock.now()
  const found = service.secrets.find(id)
  // Forcing is idempotent: a secret that is not there is deleted already.
  if (!found && force) return { ARN: id, Name: id, DeletionDate: date(now) }
  if (!found) throw secretNotFound()
  const secret = force ? found : service.secrets.live(id)
  for (const versionId of secret.versions.keys())
    service.events.trail('StartSecretVersionDelete', secret, { versionId })
  if (force) {
    service.secrets.remove(secret)
    return { ARN: secret.arn, Name: secret.name, DeletionDate: date(now) }
  }
  secret.deletionAt = now + (days ?? USUAL_WINDOW_DAYS) * DAY_MS
  secret.changedAt = now
  service.rotations.interrupt(secret, 'deleted')
  return { ARN: secret.arn, Name: secret.name, DeletionDate: date(secret.deletionAt) }
}

/** Restoring a secret that is not scheduled for deletion changes nothing. */
export const restoreSecret: Operation = (service, request) => {
  const secret = service.secrets.get(secretId(request))
  if (secret.deletionAt !== undefined) {
    secret.deletionAt = undefined
    secret.changedAt = service.clock.now()
    for (const versionId of secret.versions.keys())
      service.events.trail('CancelSecretVersionDelete', secret, { versionId })
    service.rotations.schedule(secret)
  }
  return { ARN: secret.arn, Name: secret.name }
}
