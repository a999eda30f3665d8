import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { credentialsAdvice, regionAdvice } from './credentials.ts'

// The SDK's notice about Node.js 20 would stand in the middle of what is printed.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export interface Deployment {
  /** Its functions are called `<name>-operate` and so on. */
  readonly name: string
  /** Default: as for every AWS tool, from the environment or the profile. */
  readonly region: string | undefined
  readonly profile: string | undefined
}

/** Why nothing was done, or why nobody knows whether it was. */
export class NotAnswered extends Error {
  /** The code that the function reported, or one of `CREDENTIALS`, `REGION`, `NO_FUNCTION`, `NOT_ALLOWED`, `NO_ANSWER`. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A request, as the functions that people invoke understand it. */
export interface Request {
  readonly action: string
  readonly [field: string]: unknown
}

/**
 * Who may do what is a question of who may invoke which function; everything else is done by `operate`. That acknowledges, too: the function of that name is for
 * consumers that may do nothing else, and not every deployment has it.
 */
const functions: ReadonlyMap<string, string> = new Map([
  ['status', 'view'],
  ['leaked', 'revoke'],
])

/** Name of the function that does this for a deployment. */
export function functionFor({ name }: Pick<Deployment, 'name'>, { action }: Request): string {
  return `${name}-${functions.get(action) ?? 'operate'}`
}

/** Sends a request to the function that is for it and gives its answer back as it is. Throws `NotAnswered`. Honours AWS_ENDPOINT_URL_LAMBDA. */
export async function askDeployment(deployment: Deployment, request: Request): Promise<unknown> {
  const functionName = functionFor(deployment, request)
  const { region, profile } = deployment
  const client = new LambdaClient({
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    requestHandler: { connectionTimeout: 5_000 },
    maxAttempts: 2,
  })
  try {
    const answer = await client
      .send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(request)) }))
      .catch((error: Error) => {
        throw notInvoked(error, functionName, deployment)
      })
    const payload = parsed(answer.Payload)
    if (answer.FunctionError === undefined) return payload
    throw reported(payload, functionName)
  } finally {
    client.destroy()
  }
}

function parsed(payload: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString())
  } catch {
    return undefined
  }
}

function reported(payload: unknown, functionName: string): NotAnswered {
  const { errorType, errorMessage } = (payload ?? {}) as { errorType?: unknown; errorMessage?: unknown }
  if (typeof errorType === 'string' && /^[A-Z_]+$/.test(errorType))
    return new NotAnswered(errorType, String(errorMessage ?? ''))
  return new NotAnswered(
    'NO_ANSWER',
    `${functionName} ended without an answer (${String(errorType ?? 'no error type')}), so nobody knows whether anything was done. Ask again: what is done already is not done twice`,
  )
}

function notInvoked({ name, message }: Error, functionName: string, deployment: Deployment): NotAnswered {
  const { region = 'this Region', profile } = deployment
  const unplaced = regionAdvice({ message })
  if (unplaced !== undefined) return new NotAnswered('REGION', unplaced)
  const unknown = credentialsAdvice({ name, message }, profile)
  if (unknown !== undefined) return new NotAnswered('CREDENTIALS', unknown)
  switch (name) {
    case 'ResourceNotFoundException':
      return new NotAnswered(
        'NO_FUNCTION',
        `there is no function ${functionName} in ${region} of this account. Name the deployment with --deployment, the Region with --region, ` +
          'or the account with --profile',
      )
    case 'AccessDeniedException':
      return new NotAnswered(
        'NOT_ALLOWED',
        `these credentials may not invoke ${functionName}: allow them lambda:InvokeFunction on it`,
      )
    default:
      return new NotAnswered('NO_ANSWER', `${functionName} did not answer: ${name}: ${message}`)
  }
}
