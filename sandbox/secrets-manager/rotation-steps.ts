import {
  type Interruption,
  isUnderWay,
  type Rotation,
  type RotationRecord,
  type RotationStep,
} from './rotation-record.ts'
import { holderOf, type Secret } from './secrets.ts'

const STEPS: readonly RotationStep[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret']

export interface FunctionInvoker {
  /** Could Secrets Manager invoke this function? */
  exists(functionArn: string): boolean
  invoke(
    functionArn: string,
    payload: unknown,
  ): Promise<
    | { readonly ok: true; readonly payload: unknown }
    | { readonly ok: false; readonly errorType: string; readonly errorMessage: string }
  >
}

/** The steps of one attempt, one after another until one fails or something interrupts them. What became of it is written into `record`. */
export async function runSteps(
  functions: FunctionInvoker,
  secret: Secret,
  rotation: Rotation,
  record: RotationRecord,
): Promise<void> {
  for (const step of rotation.kind === 'test' ? (['testSecret'] as const) : STEPS) {
    const interruption = interruptionOf(secret, rotation)
    if (interruption) {
      record.outcome = interruption
      return
    }
    const result = await invokeStep(functions, secret.arn, rotation, step)
    if (!result.ok) {
      record.failedStep = step
      record.errorType = result.errorType
      record.errorMessage = result.errorMessage
      record.outcome = rotation.interrupted ?? 'failed'
      return
    }
  }
  if (rotation.kind === 'rotation' && holderOf(secret, 'AWSCURRENT')?.id !== rotation.token) {
    record.failedStep = 'finishSecret'
    record.errorType = 'AwsCurrentNotMoved'
    record.errorMessage = 'finishSecret returned, but AWSCURRENT is not on the version of this rotation'
    record.outcome = interruptionOf(secret, rotation) ?? 'failed'
    return
  }
  record.outcome = rotation.interrupted === 'closed' ? 'closed' : 'succeeded'
}

/** Never rejects. */
async function invokeStep(
  functions: FunctionInvoker,
  secretArn: string,
  { functionArn, token, rotationToken }: Rotation,
  step: RotationStep,
): ReturnType<FunctionInvoker['invoke']> {
  try {
    return await functions.invoke(functionArn, {
      Step: step,
      SecretId: secretArn,
      ClientRequestToken: token,
      RotationToken: rotationToken,
    })
  } catch (error) {
    return {
      ok: false,
      errorType: error instanceof Error ? error.name : 'Error',
      errorMessage: error instanceof Error ? error.message : String(error),
    }
  }
}

function interruptionOf(secret: Secret, rotation: Rotation): Interruption | undefined {
  return rotation.interrupted ?? (isUnderWay(secret, rotation.token) ? undefined : 'superseded')
}
