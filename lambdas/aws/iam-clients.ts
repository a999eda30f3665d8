import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'

// Milliseconds. A call that hangs is given up and repeated while the function still has time to say what happened.
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }
/** A connection for each call: one that was kept may be dead by the next call, or lead to the same front end each time. */
const connectingAnew = {
  ...requestHandler,
  httpAgent: { keepAlive: false },
  httpsAgent: { keepAlive: false },
}

/** IAM allows few calls a second, which the whole account shares, so a throttled one is tried more often than others. */
export function iamClient(): IAMClient {
  return new IAMClient({ requestHandler, maxAttempts: 4 })
}

/**
 * For what may be asked for once: a key that is minted by a call that is repeated is minted twice, and nobody has the first one's secret; a deactivation or a deletion that is repeated may
 * meet a key that somebody has gone back to meanwhile (docs/decisions/2026-11-26-keys-without-a-lock.md).
 */
export function onceClient(): IAMClient {
  return new IAMClient({ requestHandler: connectingAnew, maxAttempts: 1 })
}

/** Signs with this key; to be destroyed after use. */
export function callerClient(credentials: {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}): STSClient {
  return new STSClient({ credentials, requestHandler: connectingAnew, maxAttempts: 3 })
}

/** host:port that `client` asks. */
export function iamEndpoint(
  client: IAMClient,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const { AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL, AWS_REGION } = environment
  const Endpoint = AWS_ENDPOINT_URL_IAM || AWS_ENDPOINT_URL
  const { url } = client.config.endpointProvider({
    // One for all Regions of a partition.
    Region: AWS_REGION || 'us-east-1',
    ...(Endpoint ? { Endpoint } : {}),
  })
  return `${url.hostname}:${url.port || (url.protocol === 'http:' ? 80 : 443)}`
}
