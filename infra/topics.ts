import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

export interface TopicsProps {
  /** @default a new topic */
  readonly page?: ITopic
  /** @default a new topic */
  readonly ticket?: ITopic
  /** Addresses that a new `page` topic sends to. @default none */
  readonly pageEmails?: readonly string[]
  /** Addresses that a new `ticket` topic sends to. @default none */
  readonly ticketEmails?: readonly string[]
}

/** `page`: a consumer is or soon will be failing. `ticket`: needs work, nobody is hurt. */
export class Topics extends Construct {
  readonly page: ITopic
  readonly ticket: ITopic

  constructor(scope: Construct, id: string, props: TopicsProps) {
    super(scope, id)
    this.page = props.page ?? this.#topic('Page', props.pageEmails ?? [])
    this.ticket = props.ticket ?? this.#topic('Ticket', props.ticketEmails ?? [])
  }

  #topic(id: string, emails: readonly string[]): Topic {
    const { account } = Stack.of(this)
    const topic = new Topic(this, id, { enforceSSL: true })
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    )
    for (const email of emails) topic.addSubscription(new EmailSubscription(email))
    return topic
  }
}
