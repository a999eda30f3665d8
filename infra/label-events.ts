import { Duration } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

export interface LabelEventsProps {
  readonly sweep: IFunction
  readonly deadLetters: IQueue
}

/**
 * Secrets Manager says when AWSCURRENT or a label such as DRAINING moved; then the sweep looks at that secret at once. An event that is lost costs a few minutes.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
 */
export class LabelEvents extends Construct {
  constructor(scope: Construct, id: string, { sweep, deadLetters }: LabelEventsProps) {
    super(scope, id)
    new Rule(this, 'Rule', {
      description: 'A label of a secret moved: the sweep of Overlap looks at that secret',
      eventPattern: { source: ['aws.secretsmanager'], detailType: ['Secret Label Updated'] },
      targets: [
        new LambdaTarget(sweep, {
          deadLetterQueue: deadLetters,
          maxEventAge: Duration.minutes(15),
          retryAttempts: 3,
        }),
      ],
    })
  }
}
