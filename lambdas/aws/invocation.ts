import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'

/**
 * Asks one of our functions and waits for its answer. What it reports keeps its code. Anything else is unknown (`UNREACHABLE`): whether it did what it was
 * asked to do, `question` says, such as "whether it retired anything".
 */
export async function ask<Answer extends { readonly outcome: string }>(
  client: LambdaClient,
  functionArn: string,
  signal: AbortSignal,
  request: object,
  question: string,
): Promise<Answer> {
  const unknown = (what: string, detail: Readonly<Record<string, string>> = {}) =>
    new OverlapError('UNREACHABLE', `${functionArn} did not say ${question}: ${what}`, { detail })
  const answer = await client
    .send(new InvokeCommand({ FunctionName: functionArn, Payload: Buffer.from(JSON.stringify(request)) }), {
      abortSignal: signal,
    })
    .catch((error: Error) => {
      throw unknown(`${error.name}: ${error.message}`, { awsError: error.name })
    })
  const payload = parsed(answer.Payload)
  if (answer.FunctionError === undefined) {
    if (typeof payload.outcome === 'string') return payload as Answer
    throw unknown('its answer has no outcome')
  }
  const { errorType, errorMessage } = payload
  if (errorType !== undefined && /^[A-Z_]+$/.test(errorType))
    throw new OverlapError(errorType as ErrorCode, errorMessage ?? '')
  throw unknown(`${errorType ?? 'no error type'}: ${errorMessage ?? ''}`)
}

interface Payload {
  readonly outcome?: string
  readonly errorType?: string
  readonly errorMessage?: string
}

function parsed(payload: Uint8Array | undefined): Payload {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString()) ?? {}
  } catch {
    return {}
  }
}
