import path from 'node:path'
import { type FunctionDefinition, logGroupOf } from './function-definition.ts'

/**
 * The whole environment of a function's process: what Lambda sets, the definition's own variables, and of this process only PATH.
 * Lambda's reserved variables win over the definition's
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
 */
export function functionEnvironment(
  definition: FunctionDefinition,
  host: { readonly region: string; readonly runtimeApi: string; readonly logStream: string },
): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: process.env.PATH ?? '',
    // Lambda's user has no home, so nobody's ~/.aws, ~/.pgpass or ~/.postgresql may be found here either.
    HOME: '/home/sbx_user1051',
    // Only a developer's older Node.js would see this notice, in the middle of the function's log.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...definition.environment,
    _HANDLER: definition.handler,
    LAMBDA_TASK_ROOT: path.dirname(definition.bundle),
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: host.region,
    AWS_DEFAULT_REGION: host.region,
    AWS_ACCESS_KEY_ID: 'ASIAQSANDBOXSANDBOX0',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_SESSION_TOKEN: 'sandbox',
    AWS_LAMBDA_RUNTIME_API: host.runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(definition),
    AWS_LAMBDA_LOG_STREAM_NAME: host.logStream,
  }
}
