import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

// Milliseconds. A call that hangs is given up and repeated while the function still has time to say what happened.
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }

export function secretsManagerClient(): SecretsManagerClient {
  return new SecretsManagerClient({ requestHandler, maxAttempts: 3 })
}

/** A retire function may take its whole time-out to answer, so only its caller's own signal bounds the wait. */
export function lambdaClient(): LambdaClient {
  return new LambdaClient({ requestHandler: { connectionTimeout: 2_000 }, maxAttempts: 2 })
}
