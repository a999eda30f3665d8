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
  /** ARN of what is told of secrets, and names them. */
  readonly action: string
  /** ARN of what is told that nobody has counted, which is about no secret. */
  readonly silence: string
  /** Where the sweep says why. */
  readonly sweepLogGroup: string
}

/** Four of these are an hour: a secret that one pass saw wrongly rings nothing. */
const PERIODS = { period: 900, evaluationPeriods: 4 }

/**
 * On how old credentials are: one that warns and one that is critical, over all secrets and over each declared owner's. The sweep says it at the end of each whole pass,
 * so an hour in which it never said that all is well rings. These ring on figures alone, since an alarm that rang for want of them would not ring for the secrets that
 * come to light behind it. That nobody has counted has an alarm of its own.
 */
export function ageAlarms(props: AgeAlarmsProps): [slug: string, AlarmDefinition][] {
  const ofSecrets = [undefined, ...props.owners].flatMap((owner): [string, AlarmDefinition][] => [
    [
      ageAlarmSlug('due', owner),
      ageAlarm(props, owner, {
        metricName: 'Due',
        means: `is ${props.staleWarning.toDays()} days old or older, or past ${props.staleWarning.toDays()}/${props.staleCritical.toDays()} of its own maximum age, or of unknown age`,
        states: '--state due --state stale --state age-unknown',
      }),
    ],
    [
      ageAlarmSlug('stale', owner),
      ageAlarm(props, owner, {
        metricName: 'Stale',
        means: `is ${props.staleCritical.toDays()} days old or older, or older than its own maximum age, or of unknown age`,
        states: '--state stale --state age-unknown',
      }),
    ],
  ])
  return [...ofSecrets, ['secrets-uncounted', uncountedAlarm(props)]]
}

/** Of all secrets: an owner's are counted when they are. */
function uncountedAlarm({ deploymentName, silence, sweepLogGroup }: AgeAlarmsProps): AlarmDefinition {
  return {
    ...emitted(deploymentName, 'Stale'),
    // A pass that counted says 0, too.
    statistic: 'SampleCount',
    ...PERIODS,
    comparisonOperator: 'LessThanThreshold',
    // Whoever does not count says nothing.
    treatMissingData: 'breaching',
    action: silence,
    means:
      'For an hour to an hour and a half no pass of the sweep has counted how many secrets are due or stale, so a secret that becomes due or stale now rings nothing. A new deployment rings until its first pass has.',
    consumersAffected: 'no',
    next: `aws logs tail ${sweepLogGroup} --since 1h`,
    runbookSlug: AGE_RUNBOOK,
  }
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
    // Of several passes in a period the best: the first that finds none ends the alarm, and is the proof that its message speaks of.
    statistic: 'Minimum',
    ...PERIODS,
    treatMissingData: 'ignore',
    action,
    means: `A credential${whose} ${means}.`,
    consumersAffected: 'no',
    next: `npm run overlap -- inventory ${states}${filter}${deployment}`,
    runbookSlug: AGE_RUNBOOK,
  }
}
