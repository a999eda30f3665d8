import type { Duration } from 'aws-cdk-lib'
import { type AlarmDefinition, emitted } from './alarm-definition.ts'
import { DEFAULT_DEPLOYMENT_NAME } from './names.ts'
import { AGE_RUNBOOK, ageAlarmSlug } from './reported-alarms.ts'

export interface AgeAlarmsProps {
  readonly deploymentName: string
  readonly staleWarning: Duration
  readonly staleCritical: Duration
  /** Those who have alarms of their own. */
  readonly owners: readonly string[]
  /** ARN of what is told. */
  readonly action: string
}

/**
 * On how old credentials are: one that warns and one that is critical, over all secrets and over each declared owner's. The sweep says it at the end of each whole pass,
 * so an hour in which it never said that all is well rings, and an hour in which it said nothing does, too.
 */
export function ageAlarms(props: AgeAlarmsProps): [slug: string, AlarmDefinition][] {
  return [undefined, ...props.owners].flatMap((owner): [string, AlarmDefinition][] => [
    [
      ageAlarmSlug('due', owner),
      ageAlarm(props, owner, {
        metricName: 'Due',
        means: `is ${props.staleWarning.toDays()} days old or older, or past as much of its own maximum age`,
        states: '--state due --state stale',
      }),
    ],
    [
      ageAlarmSlug('stale', owner),
      ageAlarm(props, owner, {
        metricName: 'Stale',
        means: `is ${props.staleCritical.toDays()} days old or older, or older than its own maximum age`,
        states: '--state stale',
      }),
    ],
  ])
}

function ageAlarm(
  { deploymentName, action }: AgeAlarmsProps,
  owner: string | undefined,
  { metricName, means, states }: { metricName: 'Due' | 'Stale'; means: string; states: string },
): AlarmDefinition {
  const whose = owner === undefined ? '' : ` of ${owner}`
  // An owner's name has no quote in it.
  const filter = owner === undefined ? '' : ` --owner '${owner}'`
  const deployment = deploymentName === DEFAULT_DEPLOYMENT_NAME ? '' : ` --deployment ${deploymentName}`
  return {
    ...emitted(deploymentName, metricName, owner === undefined ? {} : { owner }),
    statistic: 'Minimum',
    period: 900,
    evaluationPeriods: 4,
    // Nobody who is silent is fresh.
    treatMissingData: 'breaching',
    action,
    means: `A credential${whose} ${means}; or for an hour no pass of the sweep has said how old they are.`,
    consumersAffected: 'no',
    next: `npm run overlap -- inventory ${states}${filter}${deployment}`,
    runbookSlug: AGE_RUNBOOK,
  }
}
