import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Telemetry } from '../rotation/observed.ts'

/** The deployment's name: metrics of two deployments in one account and Region would otherwise be one, and either would silence the other's alarms. */
const serviceName = process.env.POWERTOOLS_SERVICE_NAME ?? 'overlap'

/**
 * Log lines, and metrics in the embedded metric format: namespace `Overlap`, dimension `service`, which is POWERTOOLS_SERVICE_NAME. Log level by
 * POWERTOOLS_LOG_LEVEL.
 */
export const telemetry: Telemetry = {
  logger: new Logger({ serviceName }),
  metrics: new Metrics({ namespace: 'Overlap', serviceName }),
  now: Date.now,
}
