import type { MetricDataResult } from '@aws-sdk/client-cloudwatch'
import { OverlapError } from '../rotation/errors.ts'

/**
 * The capacity of instances of Aurora Serverless v2. `signal` ends a call that hangs. It rejects with OverlapError: `UNREACHABLE`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function capacityCalls(signal: () => AbortSignal) {
  // Asked for only where an instance may be paused.
  const loaded = import('@aws-sdk/client-cloudwatch').then((sdk) => ({
    sdk,
    client: new sdk.CloudWatchClient({}),
  }))
  loaded.catch(() => undefined)
  return {
    async capacities(
      instances: readonly string[],
      from: Date,
      until: Date,
    ): Promise<readonly MetricDataResult[]> {
      const { sdk, client } = await loaded
      // At most a few values of each instance: that is one page.
      const command = new sdk.GetMetricDataCommand({
        StartTime: from,
        EndTime: until,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: instances.map((instance, at) => ({
          Id: `instance${at}`,
          Label: instance,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/RDS',
              MetricName: 'ServerlessDatabaseCapacity',
              Dimensions: [{ Name: 'DBInstanceIdentifier', Value: instance }],
            },
            Period: 60,
            Stat: 'Maximum',
          },
        })),
      })
      try {
        return (await client.send(command, { abortSignal: signal() })).MetricDataResults ?? []
      } catch (error) {
        throw new OverlapError(
          'UNREACHABLE',
          `CloudWatch did not answer GetMetricData: ${(error as Error).name}. Whether the server is paused is not known, so it is not connected to. ` +
            "The function's role needs cloudwatch:GetMetricData, and the function a way to the CloudWatch endpoint",
        )
      }
    },
  }
}
