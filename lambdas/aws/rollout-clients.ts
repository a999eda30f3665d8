import { ECSClient } from '@aws-sdk/client-ecs'
import { LambdaClient } from '@aws-sdk/client-lambda'

// Milliseconds. A call that hangs is given up and repeated while the function still has time to say what happened.
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }

export function ecsClient(): ECSClient {
  return new ECSClient({ requestHandler, maxAttempts: 4 })
}

/** For what Lambda says of functions; it invokes none, so no answer takes long. */
export function consumerFunctionsClient(): LambdaClient {
  return new LambdaClient({ requestHandler, maxAttempts: 4 })
}
