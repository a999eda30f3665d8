import type { Secret } from './secrets.ts'

export type RotationStep = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'

/** What ends a rotation between two steps. */
export type Interruption = 'cancelled' | 'deleted' | 'superseded' | 'closed'

/** A rotation, or a lone test of its configuration, over all of its attempts. */
export interface Rotation {
  readonly kind: 'rotation' | 'test'
  readonly token: string
  readonly functionArn: string
  /** Given to every step, and asked back by PutSecretValue. */
  readonly rotationToken: string
  failures: number
  interrupted: Interruption | undefined
}

/** One attempt of a rotation, or a lone test of its configuration. Times in milliseconds since the epoch. */
export interface RotationRecord {
  readonly kind: 'rotation' | 'test'
  readonly token: string
  readonly startedAt: number
  endedAt: number | undefined
  /**
   * `failed` is tried again, `abandoned` was the last try. `cancelled` (CancelRotateSecret), `deleted` (DeleteSecret), `superseded`
   * (the version lost AWSPENDING) and `closed` (the endpoint was shut down) ended between two steps.
   */
  outcome: 'running' | 'succeeded' | 'failed' | 'abandoned' | Interruption
  failedStep: RotationStep | undefined
  errorType: string | undefined
  errorMessage: string | undefined
}

export function startedAttempt({ kind, token }: Rotation, startedAt: number): RotationRecord {
  return {
    kind,
    token,
    startedAt,
    endedAt: undefined,
    outcome: 'running',
    failedStep: undefined,
    errorType: undefined,
    errorMessage: undefined,
  }
}

/** CloudTrail shows the function and the step, never what the function said. */
export function failureMessage({ functionArn }: Rotation, { failedStep }: RotationRecord): string {
  return `Error when executing lambda ${functionArn} during ${failedStep} step`
}

/** Has the version AWSPENDING, or did the rotation get as far as AWSCURRENT already? */
export function isUnderWay(secret: Secret, token: string): boolean {
  const labels = secret.versions.get(token)?.labels
  return labels !== undefined && (labels.has('AWSPENDING') || labels.has('AWSCURRENT'))
}
