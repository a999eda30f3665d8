import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { vi } from 'vitest'
import type { Telemetry } from '../../lambdas/rotation/observed.ts'

export interface Line {
  readonly [field: string]: unknown
}

/** The real Logger and Metrics, heard on the console, which is where they write when POWERTOOLS_DEV is set. */
export function recordedTelemetry(now: () => number = () => 0) {
  const written: string[] = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((text: unknown) => {
      written.push(String(text))
    })
  vi.stubEnv('POWERTOOLS_DEV', 'true')
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false')
  const telemetry: Telemetry = {
    logger: new Logger({ serviceName: 'overlap' }),
    metrics: new Metrics({ namespace: 'Overlap', serviceName: 'overlap' }),
    now,
  }
  const lines = () => written.map((text): Line => JSON.parse(text))
  return {
    telemetry,
    logs: () => lines().filter((line) => !('_aws' in line)),
    metrics: () => lines().filter((line) => '_aws' in line),
    text: () => written.join('\n'),
  }
}

/** Says nothing to anybody; for tests about something else. */
export const silentTelemetry: Telemetry = (() => {
  const metrics = new Metrics({ namespace: 'Overlap', serviceName: 'overlap' })
  const discarded = { addDimensions: () => discarded, addMetric: () => discarded }
  return {
    logger: new Logger({ logLevel: 'SILENT' }),
    metrics: Object.assign(metrics, { singleMetric: () => discarded }),
    now: () => 0,
  }
})()
