import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { credentialsAdvice, regionAdvice } from '../credentials.ts'
import { isThrottlingName } from './patience.ts'

/** Why a part of an account could not be seen. */
export interface Failure {
  readonly code: 'CREDENTIALS' | 'REGION' | 'NOT_ALLOWED' | 'THROTTLED' | 'NO_ANSWER'
  /** A sentence. */
  readonly message: string
  /** Would anything else fail for the same reason? */
  readonly all: boolean
}

/** An action to allow, and on what: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html and list_awsidentityandaccessmanagement.html beside it. */
const rights: Readonly<Record<string, string>> = {
  ListSecrets: 'allow them secretsmanager:ListSecrets on *, which cannot be narrowed down',
  ListSecretVersionIds: 'allow them secretsmanager:ListSecretVersionIds on the secrets',
  ListUsers: 'allow them iam:ListUsers on *, or leave access keys out with --no-access-keys',
  ListAccessKeys:
    'allow them iam:ListAccessKeys on all users, or leave access keys out with --no-access-keys',
  ListUserTags: 'allow them iam:ListUserTags on all users, or leave access keys out with --no-access-keys',
  GetFunctionConfiguration: 'allow them lambda:GetFunctionConfiguration on it',
}

/** Undefined: it is no answer of AWS or of the way there, but a defect of ours. `operation`: what was called, where the error does not say so itself. */
export function failureOf(
  error: unknown,
  { operation, profile }: { readonly operation: string; readonly profile: string | undefined },
): Failure | undefined {
  const { name, message, called = operation } = toldBy(error)
  const unplaced = regionAdvice({ message })
  if (unplaced !== undefined) return { code: 'REGION', message: unplaced, all: true }
  const unknown = credentialsAdvice({ name, message }, profile)
  if (unknown !== undefined) return { code: 'CREDENTIALS', message: unknown, all: true }
  if (/^AccessDenied/.test(name)) return { code: 'NOT_ALLOWED', message: denied(called, message), all: false }
  if (isThrottlingName(name))
    return {
      code: 'THROTTLED',
      message: `AWS went on refusing ${called} as one call too many (${name}). Ask again when less is going on in this account`,
      all: false,
    }
  if (error instanceof OverlapError && error.code === 'TIME_UP')
    return {
      code: 'NO_ANSWER',
      message: `${called} was not answered in time, however often it was called`,
      all: false,
    }
  return isOfAws(error)
    ? { code: 'NO_ANSWER', message: `${called} was not answered: ${name}: ${message}`, all: false }
    : undefined
}

/**
 * A right that is allowed does not help where a policy denies it: of the organization, of the resource, of the network's endpoint. Which, AWS's message says:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
function denied(called: string, message: string): string {
  const advice = /explicit deny/i.test(message)
    ? 'a policy denies it, and allowing it in another one does not help'
    : rights[called]
  const said = message.trim().replace(/\.$/, '')
  return `these credentials may not call ${called}: ${advice === undefined ? said : `${advice} (AWS says: ${said})`}`
}

function toldBy(error: unknown): {
  readonly name: string
  readonly message: string
  readonly called: string | undefined
} {
  if (error instanceof OverlapError) {
    const { awsError, operation } = error.detail
    const name = typeof awsError === 'string' ? awsError : error.code
    // What was thrown says what failed before it says how.
    const message = error.message.replace(/^\w+ failed: \w+: /, '')
    const [said] = /^\w+/.exec(error.message) ?? []
    return { name, message, called: typeof operation === 'string' ? operation : said }
  }
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  return { name, message, called: undefined }
}

/** Of a service, of the SDK, or of the network. */
function isOfAws(error: unknown): boolean {
  return (
    error instanceof OverlapError ||
    (error instanceof Error && ('$metadata' in error || 'code' in error || error.name === 'TimeoutError'))
  )
}
