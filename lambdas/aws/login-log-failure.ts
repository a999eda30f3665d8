import { OverlapError } from '../rotation/errors.ts'

/** The services' messages name operations, log groups and instances, never what is logged. */
export function loginLogFailed(source: string, error: unknown): never {
  if (error instanceof OverlapError) throw error
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  throw new OverlapError('LOGIN_LOG_FAILED', `${source}: ${name}: ${message}`, { detail: { awsError: name } })
}
