import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

// The SDK's notice about Node.js 20 would stand in the middle of what the sandbox prints.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

/** A client for the sandbox's endpoint, which wants a signature and does not check whose. */
export function sandboxClient(endpoint: string, region: string): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  })
}
