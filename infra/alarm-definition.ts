import type { CfnAlarmProps } from 'aws-cdk-lib/aws-cloudwatch'

/** One alarm, as far as it differs from others. */
export interface AlarmDefinition
  extends Pick<
    CfnAlarmProps,
    'namespace' | 'metricName' | 'dimensions' | 'metrics' | 'statistic' | 'period' | 'treatMissingData'
  > {
  /** @default 1, and as many must breach */
  readonly evaluationPeriods?: number
  /** @default 'GreaterThanOrEqualToThreshold', the threshold being 1 */
  readonly comparisonOperator?: string
  /** ARN of what is told that it rings, and that it stopped. */
  readonly action: string
  readonly means: string
  readonly consumersAffected: string
  /** The next command. */
  readonly next: string
  /** @default the alarm's */
  readonly runbookSlug?: string
}

export interface WatchedMetric {
  readonly namespace: string
  readonly metricName: string
  readonly dimensions: { readonly name: string; readonly value: string }[]
}

/** Of the functions' metrics. */
export const NAMESPACE = 'Overlap'

/** Powertools adds the dimension `service`, which is the deployment's name, to each metric. */
export function emitted(
  deploymentName: string,
  metricName: string,
  further: Readonly<Record<string, string>> = {},
): WatchedMetric {
  const dimensions = Object.entries({ service: deploymentName, ...further })
  return {
    namespace: NAMESPACE,
    metricName,
    dimensions: dimensions.map(([name, value]) => ({ name, value })),
  }
}

export function ofFunction(metricName: string, functionName: string): WatchedMetric {
  return { namespace: 'AWS/Lambda', metricName, dimensions: [{ name: 'FunctionName', value: functionName }] }
}
