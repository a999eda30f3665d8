import { type ErrorCode, OverlapError } from '../rotation/errors.ts'

/**
 * Turns an SDK error of a platform into one of ours: nothing is known then, which is neither `failed` nor `done`. The request and the SDK's other
 * fields stay behind, and so does the service's message where it may quote what it was sent (`silent`).
 */
export function rolloutFailed(
  code: ErrorCode,
  operation: string,
  error: unknown,
  { about, silent = false }: { readonly about: string; readonly silent?: boolean },
): never {
  if (error instanceof OverlapError) throw error
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'AbortError' || name === 'TimeoutError')
    throw new OverlapError(
      'TIME_UP',
      `${operation} of ${about} was not answered in the time that the function has left: the outcome is unknown`,
    )
  const said = silent ? '' : `: ${message}`
  throw new OverlapError(code, `${operation} of ${about} failed: ${name}${said}`, {
    detail: { operation, awsError: name },
  })
}
