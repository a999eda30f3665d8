import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { expecting, found, type Problem } from './checks/problems.ts'
import { ageAlarmSlug } from './reported-alarms.ts'

/** Where an owner is told how old the credentials of its secrets are. */
export interface OwnerTopic {
  /**
   * A topic that exists.
   * @default a new topic where there are `emails`; otherwise the owner's alarms are told to `ticket`
   */
  readonly topic?: ITopic
  /**
   * Addresses that a new topic sends to.
   * @default none
   */
  readonly emails?: readonly string[]
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const MAX_ALARM_NAME = 255

/**
 * What is wrong with the names of declared owners, each of which becomes the value of a dimension and a part of the alarms' names. `subject` names the deployment.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
export function ownerNameProblems(
  subject: string,
  deploymentName: string,
  owners: readonly string[],
): Problem[] {
  const expect = expecting(subject)
  return owners.flatMap((owner) => {
    const length = `${deploymentName}-${ageAlarmSlug('stale', owner)}`.length
    return [
      ...expect(
        /^[A-Za-z0-9 +\-=._:/@]+$/.test(owner) && !owner.startsWith(':') && owner.trim() === owner,
        'NAME_INVALID',
        'owners',
        'must be named by ASCII letters, digits, spaces and + - = . _ : / @, without ":" at the beginning and spaces at the ends, ' +
          `exactly as the secrets' owner is written; ${found(owner)}`,
      ),
      ...expect(
        length <= MAX_ALARM_NAME,
        'NAME_INVALID',
        'owners',
        `must have shorter names: CloudWatch allows ${MAX_ALARM_NAME} characters for an alarm's name, and that of ${found(owner).replace('found ', '')} would have ${length}`,
      ),
    ]
  })
}
