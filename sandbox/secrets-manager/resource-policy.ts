import { ServiceError } from './errors.ts'
import { requiredText, secretId } from './request.ts'
import type { Operation } from './service.ts'

/** Policies are kept and shown, never enforced: the sandbox checks no permissions. */
export const putResourcePolicy: Operation = (service, request) => {
  const id = secretId(request)
  const policy = requiredText(request, 'ResourcePolicy', { min: 1, max: 20_480 })
  const secret = service.secrets.live(id)
  try {
    JSON.parse(policy)
  } catch {
    throw new ServiceError('MalformedPolicyDocumentException', 'This resource policy contains invalid Json.')
  }
  secret.resourcePolicy = policy
  secret.changedAt = service.clock.now()
  return { ARN: secret.arn, Name: secret.name }
}

export const getResourcePolicy: Operation = (service, request) => {
  const secret = service.secrets.live(secretId(request))
  return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.resourcePolicy }
}

export const deleteResourcePolicy: Operation = (service, request) => {
  const secret = service.secrets.live(secretId(request))
  secret.resourcePolicy = undefined
  secret.changedAt = service.clock.now()
  return { ARN: secret.arn, Name: secret.name }
}
