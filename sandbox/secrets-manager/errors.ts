import { type Members, Refusal } from '../json-service.ts'

/**
 * The error types of Secrets Manager's model, and those of the front door that every AWS JSON service shares
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html).
 */
export type ServiceErrorType =
  | 'AccessDeniedException'
  | 'InternalServiceError'
  | 'InvalidNextTokenException'
  | 'InvalidParameterException'
  | 'InvalidRequestException'
  | 'LimitExceededException'
  | 'MalformedPolicyDocumentException'
  | 'MissingAuthenticationTokenException'
  | 'ResourceExistsException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ValidationException'

/** An answer other than 200. The message never holds a secret value. */
export class ServiceError extends Refusal {
  declare readonly type: ServiceErrorType

  constructor(type: ServiceErrorType, message: string) {
    super(type, message, type === 'InternalServiceError' ? 500 : 400)
  }

  /** Errors of the model spell the member `Message`, those of the front door `message`, as recorded from AWS. */
  override get body(): Members {
    return { __type: this.type, [frontDoor.has(this.type) ? 'message' : 'Message']: this.message }
  }
}

const frontDoor: ReadonlySet<ServiceErrorType> = new Set<ServiceErrorType>([
  'AccessDeniedException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'UnknownOperationException',
  'ValidationException',
])

export const secretNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")

export const versionNotFound = (versionId: string): ServiceError =>
  new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`,
  )

export const labelNotFound = (label: string): ServiceError =>
  new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for staging label: ${label}`,
  )

export const markedForDeletion = (): ServiceError =>
  new ServiceError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  )

export const previousRotationIncomplete = (): ServiceError =>
  new ServiceError(
    'InvalidRequestException',
    "A previous rotation isn't complete. That rotation will be reattempted.",
  )
