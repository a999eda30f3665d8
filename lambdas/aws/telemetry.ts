import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Telemetry } from '../rotation/observed.ts'

/** Log lines, and metrics in the embedded metric format: namespace `Overlap`, dimension `service=overlap`. Log level by POWERTOOLS_LOG_LEVEL. */
export const telemetry: Telemetry = {
  logger: new Logger({ serviceName: 'overlap' }),
  metrics: new Metrics({ namespace: 'Overlap', serviceName: 'overlap' }),
  now: Date.now,
}
