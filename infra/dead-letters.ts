import { Duration, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'

/** Where what was not delivered is kept: of schedules, of the rule on labels, and of `report`. */
export function deadLettersOf(deployment: Construct): Queue {
  const queue = new Queue(deployment, 'DeadLetters', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  })
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason:
      'It is the queue of dead letters: of schedules, of a rule and of a function. Nothing receives from it by itself.',
  })
  return queue
}
