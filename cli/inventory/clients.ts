import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Deployment } from '../deployment-function.ts'
import { type Patience, patiently } from './patience.ts'

export interface Clients {
  readonly secrets: SecretsManagerClient
  readonly iam: IAMClient
  readonly lambda: LambdaClient
  /** Throws what the SDK throws when there is none. */
  region(): Promise<string>
  destroy(): void
}

/** Honours AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL_IAM and AWS_ENDPOINT_URL_LAMBDA. */
export function clientsFor({ region, profile }: Omit<Deployment, 'name'>, patience: Patience): Clients {
  const settings = {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    // Slows down by itself once AWS asks for it.
    retryMode: 'adaptive',
    maxAttempts: 4,
    // Otherwise the SDK puts its middleware together for each call, which is most of the memory of thousands of them. It works for calls without options alone.
    cacheMiddleware: true,
  }
  const secrets = new SecretsManagerClient(settings)
  const iam = new IAMClient(settings)
  const lambda = new LambdaClient(settings)
  const around = { step: 'initialize', name: 'patience', priority: 'high' } as const
  secrets.middlewareStack.add(patiently(patience), around)
  iam.middlewareStack.add(patiently(patience), around)
  lambda.middlewareStack.add(patiently(patience), around)
  return {
    secrets,
    iam,
    lambda,
    region: () => secrets.config.region(),
    destroy() {
      for (const client of [secrets, iam, lambda]) client.destroy()
    },
  }
}
