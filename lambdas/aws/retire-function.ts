import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { type ErrorCode, OverlapError } from '../rotation/errors.ts'
import type { RetireResult } from '../rotation/retire.ts'
import type { Retire } from '../sweep/gather.ts'

/** The retire function behind an ARN. What it reports keeps its code; anything else is unknown, so the drain goes on. */
export function retireFunction(client: LambdaClient, functionArn: string, signal: () => AbortSignal): Retire {
  return async (request) => {
    const answer = await client
      .send(new InvokeCommand({ FunctionName: functionArn, Payload: Buffer.from(JSON.stringify(request)) }), {
        abortSignal: signal(),
      })
      .catch((error: Error) => {
        throw unknown(functionArn, `${error.name}: ${error.message}`)
      })
    const payload = parsed(answer.Payload)
    if (answer.FunctionError === undefined) {
      if (payload.outcome !== undefined) return payload as unknown as RetireResult
      throw unknown(functionArn, 'its answer has no outcome')
    }
    const { errorType, errorMessage } = payload
    if (errorType !== undefined && /^[A-Z_]+$/.test(errorType))
      throw new OverlapError(errorType as ErrorCode, errorMessage ?? '')
    throw unknown(functionArn, `${errorType ?? 'no error type'}: ${errorMessage ?? ''}`)
  }
}

interface Answer {
  readonly outcome?: string
  readonly errorType?: string
  readonly errorMessage?: string
}

function parsed(payload: Uint8Array | undefined): Answer {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString()) ?? {}
  } catch {
    return {}
  }
}

function unknown(functionArn: string, what: string): OverlapError {
  return new OverlapError('UNREACHABLE', `${functionArn} did not say whether it retired anything: ${what}`)
}
