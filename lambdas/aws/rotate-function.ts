import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { AskedRotation } from '../rotation/asked-rotation.ts'
import { ask } from './invocation.ts'

/** The rotation function behind an ARN. */
export function rotateFunction(
  client: LambdaClient,
  functionArn: string,
  signal: () => AbortSignal,
): AskedRotation {
  return {
    check: (secretId) =>
      ask(client, functionArn, signal(), { action: 'check', secretId }, 'what blocks a rotation'),
    provision: (secretId) =>
      ask(client, functionArn, signal(), { action: 'provision', secretId }, 'whether it made the user'),
    rollback: (secretId, wanted) =>
      ask(
        client,
        functionArn,
        signal(),
        { action: 'rollback', secretId, ...wanted },
        'whether it rolled back',
      ),
    repair: (secretId) =>
      ask(client, functionArn, signal(), { action: 'repair', secretId }, 'whether it repaired anything'),
  }
}
