import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Outcome } from './function-definition.ts'
import { refuse } from './refusal.ts'

/** The functions behind the API; both take a name or an ARN, with or without `:$LATEST`. */
export interface InvocableFunctions {
  exists(functionReference: string): boolean
  invoke(functionReference: string, payload: unknown): Promise<Outcome>
}

/**
 * Lambda's Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): RequestResponse, Event and DryRun.
 * An Event is run once: Lambda's own repeats of a failed one come minutes later.
 */
export async function serveInvoke(
  functions: InvocableFunctions,
  { name, request, response }: { name: string; request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const body = await text(request)
  if (!functions.exists(name))
    return refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${name}`)
  const event = parseJson(body || '{}')
  if (event === undefined)
    return refuse(
      response,
      400,
      'InvalidRequestContentException',
      'Could not parse request body into json: the payload is not valid JSON',
    )

  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse'
  if (type === 'DryRun') {
    response.writeHead(204).end()
  } else if (type === 'Event') {
    // Nobody waits for it, and the only error that is no outcome is that the host was closed meanwhile.
    functions.invoke(name, event.value).catch(() => {})
    response.writeHead(202).end()
  } else if (type === 'RequestResponse') {
    answer(response, await functions.invoke(name, event.value))
  } else {
    refuse(response, 400, 'InvalidParameterValueException', `Unknown invocation type: ${type}`)
  }
}

function answer(response: ServerResponse, outcome: Outcome): void {
  response.setHeader('x-amz-executed-version', '$LATEST')
  response.setHeader('content-type', 'application/json')
  if (outcome.ok) {
    response.writeHead(200).end(JSON.stringify(outcome.payload))
    return
  }
  const { ok: _, ...error } = outcome
  response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify(error))
}

function parseJson(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) }
  } catch {
    return undefined
  }
}
