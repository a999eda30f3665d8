import { OverlapError } from '../rotation/errors.ts'

/** Messages of IAM and STS name operations, users, keys and ARNs; the request and the SDK's other fields stay behind. */
export function iamFailed(operation: string, error: unknown): never {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'AbortError' || name === 'TimeoutError')
    throw new OverlapError('TIME_UP', `${operation} was not answered in time: the outcome is unknown`)
  throw new OverlapError('IAM_FAILED', `${operation} failed: ${name}: ${message}`, {
    detail: { operation, awsError: name },
  })
}
