import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SNSClient } from '@aws-sdk/client-sns'

// Milliseconds. A call that hangs is given up and repeated while there is time.
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }

/** FilterLogEvents is limited to a few calls a second of the whole account, so a throttled one is tried more often than others. A search takes its time. */
export function logsClient(): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    requestHandler: { ...requestHandler, requestTimeout: 15_000 },
    maxAttempts: 4,
  })
}

export function snsClient(): SNSClient {
  return new SNSClient({ requestHandler, maxAttempts: 4 })
}

export function eventBridgeClient(): EventBridgeClient {
  return new EventBridgeClient({ requestHandler, maxAttempts: 4 })
}
