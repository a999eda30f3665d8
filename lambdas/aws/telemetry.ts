import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Telemetry } from '../rotation/observed.ts'

/** One log line and one EMF metric per piece of work, namespace `Overlap`. Log level by POWERTOOLS_LOG_LEVEL. */
export const telemetry: Telemetry = {
  logger: new Logger({ serviceName: 'overlap' }),
  metrics: new Metrics({ namespace: 'Overlap', serviceName: 'overlap' }),
  now: Date.now,
}
