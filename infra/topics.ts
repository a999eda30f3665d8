import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

/** Where what has to be told is told. */
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
  /** ARN of the deployment's alarms. */
  readonly #alarms: string

  constructor(scope: Construct, id: string, props: TopicsProps & { readonly deploymentName: string }) {
    super(scope, id)
    this.#alarms = Stack.of(this).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: `${props.deploymentName}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
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
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': this.#alarms },
        },
      }),
    )
    for (const email of emails) topic.addSubscription(new EmailSubscription(email))
    return topic
  }
}
