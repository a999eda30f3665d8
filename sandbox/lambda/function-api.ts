import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FunctionDefinition, logGroupOf } from './function-definition.ts'
import { type InvocableFunctions, serveInvoke } from './invoke-api.ts'
import type { ManagedFunction } from './managed-function.ts'
import { serveManagement } from './management-api.ts'
import { refuse } from './refusal.ts'

/** The functions behind the API. Every method takes a name or an ARN, with or without `:$LATEST`. */
export interface ServedFunctions extends InvocableFunctions {
  /** undefined for one that does not exist. */
  definition(functionReference: string): FunctionDefinition | undefined
  arn(name: string): string
  /** One that is managed and runs nowhere; undefined for any other. */
  managed(functionReference: string): ManagedFunction | undefined
}

const route = /^\/2015-03-31\/functions\/([^/?]+)\/(invocations|configuration)(?:\?.*)?$/

const named = /^\/20\d\d-\d\d-\d\d\/functions\/([^/?]+)\//

/**
 * Lambda's Invoke and GetFunctionConfiguration of what is deployed here, and more for functions that are managed alone. Every other operation is refused
 * by name.
 */
export async function serveFunctions(
  functions: ServedFunctions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('x-amzn-requestid', randomUUID())
  const { method, url = '' } = request
  const managed = functions.managed(decodeURIComponent(named.exec(url)?.[1] ?? ''))
  if (managed !== undefined) return serveManagement(managed, functions.arn(managed.name), request, response)
  const [, reference = '', operation] = route.exec(url) ?? []
  const name = decodeURIComponent(reference)
  if (method === 'POST' && operation === 'invocations')
    await serveInvoke(functions, { name, request, response })
  else if (method === 'GET' && operation === 'configuration') serveConfiguration(functions, name, response)
  else refuse(response, 404, 'UnknownOperationException', `the sandbox has no ${method} ${url}`)
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
function serveConfiguration(functions: ServedFunctions, name: string, response: ServerResponse): void {
  const definition = functions.definition(name)
  if (!definition) {
    const arn = name.startsWith('arn:') ? name : functions.arn(name)
    refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${arn}`)
    return
  }
  const configuration = {
    FunctionName: definition.name,
    FunctionArn: functions.arn(definition.name),
    Handler: definition.handler,
    Timeout: definition.timeoutSeconds,
    MemorySize: definition.memoryMb,
    PackageType: 'Zip',
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LoggingConfig: { LogFormat: 'JSON', LogGroup: logGroupOf(definition) },
    // Left out where there are none, as Lambda does.
    ...(Object.keys(definition.environment).length === 0
      ? {}
      : { Environment: { Variables: definition.environment } }),
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(configuration))
}
