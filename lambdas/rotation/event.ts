import { OverlapError } from './errors.ts'

export const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
export type Step = (typeof steps)[number]

/**
 * What Secrets Manager sends to a rotation function
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).
 */
export interface RotationEvent {
  readonly step: Step
  /** Always the ARN. */
  readonly secretId: string
  /** ClientRequestToken: the id of the version that this rotation makes. */
  readonly token: string
  readonly rotationToken: string | undefined
}

/** What people and deployments ask of a rotation function. Secrets Manager sends no `action`. */
export type DirectRequest =
  | {
      /**
       * `check` says what would block a rotation now; `provision` makes the user of a secret that is new; `repair` applies AWSCURRENT's value again.
       */
      readonly action: 'check' | 'provision' | 'repair'
      /** ARN. */
      readonly secretId: string
    }
  | {
      readonly action: 'rollback'
      /** ARN. */
      readonly secretId: string
      /** Ids of versions, as `AskedRotation.rollback` has them. */
      readonly to?: string
      readonly from?: string
    }

const actions = ['check', 'provision', 'rollback', 'repair'] as const

const secretArn = /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.{1,519}$/

function invalid(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the rotation event must be ${expected}`)
}

/** Throws `EVENT_INVALID` naming the field. */
export function parseRotationEvent(event: unknown): RotationEvent {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new OverlapError(
      'EVENT_INVALID',
      'the rotation event must be a JSON object, as Secrets Manager sends it',
    )
  const { Step, SecretId, ClientRequestToken, RotationToken } = event as Record<string, unknown>
  const step = steps.find((known) => known === Step)
  if (!step) throw invalid('Step', `one of ${steps.join(', ')}`)
  if (typeof SecretId !== 'string' || !secretArn.test(SecretId))
    throw invalid('SecretId', 'the ARN of a secret, not its name')
  if (
    typeof ClientRequestToken !== 'string' ||
    ClientRequestToken.length < 32 ||
    ClientRequestToken.length > 64
  )
    throw invalid('ClientRequestToken', 'a string of 32 to 64 characters')
  if (RotationToken !== undefined && (typeof RotationToken !== 'string' || RotationToken.length > 256))
    throw invalid('RotationToken', 'absent or a string of up to 256 characters')
  return { step, secretId: SecretId, token: ClientRequestToken, rotationToken: RotationToken }
}

/** A rotation event, or what was asked directly. Throws `EVENT_INVALID` naming the field. */
export function parseRotationRequest(event: unknown): RotationEvent | DirectRequest {
  if (typeof event !== 'object' || event === null || !('action' in event)) return parseRotationEvent(event)
  const { action: asked, secretId, to, from } = event as Record<string, unknown>
  const action = actions.find((known) => known === asked)
  if (action === undefined) throw invalidRequest('action', `one of ${actions.join(', ')}`)
  if (typeof secretId !== 'string' || !secretArn.test(secretId))
    throw invalidRequest('secretId', 'the ARN of a secret, not its name')
  if (action !== 'rollback') return { action, secretId }
  return { action, secretId, ...versionField('to', to), ...versionField('from', from) }
}

const LONGEST_VERSION_ID = 64

function versionField<Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } {
  if (value === undefined) return {}
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_VERSION_ID)
    throw invalidRequest(name, `absent or the id of a version, of up to ${LONGEST_VERSION_ID} characters`)
  return { [name]: value } as { readonly [name in Name]?: string }
}

function invalidRequest(field: string, expected: string): OverlapError {
  return new OverlapError('EVENT_INVALID', `field ${field} of the request must be ${expected}`)
}
