import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { Retire } from '../sweep/visiting.ts'
import { ask } from './invocation.ts'

/** The retire function behind an ARN. What it reports keeps its code; anything else is unknown, so the drain goes on. */
export function retireFunction(client: LambdaClient, functionArn: string, signal: () => AbortSignal): Retire {
  return (request) => ask(client, functionArn, signal(), request, 'whether it retired anything')
}
