import { OverlapError } from '../rotation/errors.ts'

/**
 * Turns an SDK error into one of ours. The service's messages name operations, ARNs and version ids, never values; the request and
 * the SDK's other fields stay behind.
 */
export function secretsManagerFailed(operation: string, error: unknown): never {
  if (error instanceof OverlapError) throw error
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'AbortError' || name === 'TimeoutError')
    throw new OverlapError(
      'TIME_UP',
      `${operation} was not answered in the time that the function has left: the outcome is unknown`,
    )
  throw new OverlapError('SECRETS_MANAGER_FAILED', `${operation} failed: ${name}: ${message}`, {
    detail: { operation, awsError: name },
  })
}
