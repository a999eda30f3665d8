import type { MetricDataResult } from '@aws-sdk/client-cloudwatch'
import { OverlapError } from '../../rotation/errors.ts'

/** Says which instances of Aurora Serverless v2 are paused. To ask wakes none of them. */
export interface Pauses {
  /** By DBInstanceIdentifier. Throws `UNREACHABLE` when it is unknown of any of them. */
  pausedAmong(instances: readonly string[]): Promise<ReadonlySet<string>>
}

/** The one call that is asked of CloudWatch, so that a test can answer it. */
export interface CapacityCalls {
  /** The capacity of each instance, the newest value first; `Label` is the instance. */
  capacities(instances: readonly string[], from: Date, until: Date): Promise<readonly MetricDataResult[]>
}

/** Milliseconds. A value of each minute is there a minute or two after it. */
const RECENT_MS = 5 * 60_000

/**
 * By the metric ServerlessDatabaseCapacity, which is 0 for a paused instance and for no other
 * (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html): the newest value of the last five minutes decides.
 */
export function serverlessPauses(calls: CapacityCalls, now: () => number): Pauses {
  return {
    async pausedAmong(instances) {
      const until = now()
      const results = await calls.capacities(instances, new Date(until - RECENT_MS), new Date(until))
      const paused = instances.filter((instance) => {
        const found = results.find(({ Label }) => Label === instance)
        const newest = found?.StatusCode === 'Complete' ? found.Values?.[0] : undefined
        if (newest === undefined) throw unknown(instance, found?.StatusCode)
        return newest === 0
      })
      return new Set(paused)
    },
  }
}

function unknown(instance: string, status: string | undefined): OverlapError {
  return new OverlapError(
    'UNREACHABLE',
    `the instance ${instance} may be paused, and CloudWatch has no value of its ServerlessDatabaseCapacity in the last five minutes` +
      `${status === undefined || status === 'Complete' ? '' : ` (${status})`}: whether a look would wake it is not known, so nobody looks`,
    { detail: { instance } },
  )
}
