import { previousRotationIncomplete, ServiceError } from './errors.ts'
import { addPending } from './labels.ts'
import {
  clientRequestToken,
  optionalFlag,
  optionalInteger,
  optionalObject,
  optionalText,
  type Request,
  secretId,
} from './request.ts'
import { checkRules, type RotationRules } from './schedule.ts'
import { holderOf, unfinishedVersion } from './secrets.ts'
import type { Operation } from './service.ts'

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html */
export const rotateSecret: Operation = (service, request) => {
  const id = secretId(request)
  const token = clientRequestToken(request, 'InvalidParameterException')
  const given = optionalText(request, 'RotationLambdaARN', { max: 2048 })
  const rules = rotationRules(request)
  const immediately = optionalFlag(request, 'RotateImmediately') ?? true
  const secret = service.secrets.live(id)
  const functionArn = given || secret.rotation?.functionArn
  if (!functionArn)
    throw new ServiceError(
      'InvalidRequestException',
      'No Lambda rotation function ARN is associated with this secret.',
    )
  if (!service.rotations.canInvoke(functionArn))
    throw new ServiceError(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    )
  if (unfinishedVersion(secret)) {
    // The message promises it; when AWS really tries again is not documented, and neither is whether this call makes it sooner.
    service.rotations.reattempt(secret)
    throw previousRotationIncomplete()
  }

  secret.rotation = { enabled: true, functionArn, rules: rules ?? secret.rotation?.rules }
  secret.changedAt = service.clock.now()
  service.rotations.schedule(secret)
  const answer = { ARN: secret.arn, Name: secret.name, VersionId: token }
  const completed = secret.versions.get(token)?.value !== undefined
  if (completed && service.completedToken === 'no-op') return answer

  addPending(secret, token, service.clock.now())
  if (immediately) service.rotations.start(secret, token, functionArn)
  else service.rotations.startTest(secret, token, functionArn)
  return answer
}

function rotationRules(request: Request): RotationRules | undefined {
  const given = optionalObject(request, 'RotationRules')
  if (!given) return undefined
  const rules: RotationRules = {
    automaticallyAfterDays: optionalInteger(given, 'AutomaticallyAfterDays', {
      min: Number.MIN_SAFE_INTEGER,
      max: Number.MAX_SAFE_INTEGER,
    }),
    scheduleExpression: optionalText(given, 'ScheduleExpression', {
      min: 1,
      max: 256,
      pattern: /^[0-9A-Za-z()#?*\-/, ]+$/,
    }),
    duration: optionalText(given, 'Duration', { min: 2, max: 3, pattern: /^[0-9h]+$/ }),
  }
  if (Object.values(rules).every((rule) => rule === undefined)) return undefined
  checkRules(rules)
  return rules
}

/**
 * Turns rotation off and ends one under way after the step that is running. AWSPENDING may stay and then blocks later rotations
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html).
 */
export const cancelRotateSecret: Operation = (service, request) => {
  const secret = service.secrets.live(secretId(request))
  if (secret.rotation) {
    secret.rotation.enabled = false
    secret.changedAt = service.clock.now()
    service.rotations.interrupt(secret, 'cancelled')
  }
  return { ARN: secret.arn, Name: secret.name, VersionId: holderOf(secret, 'AWSPENDING')?.id }
}
