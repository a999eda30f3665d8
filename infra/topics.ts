import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { OwnerTopic } from './owners.ts'

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
  /**
   * Owners that have metrics and alarms of their own about how old their credentials are, named exactly as their secrets' `owner`. `{}` is enough; each costs about
   * $1.70 a month. Secrets of other owners count with all the others.
   * @default none
   */
  readonly owners?: Readonly<Record<string, OwnerTopic>>
}

/** `page`: a consumer is or soon will be failing. `ticket`: needs work, nobody is hurt. */
export class Topics extends Construct {
  readonly page: ITopic
  readonly ticket: ITopic
  /** Declared owners, with the topic that is theirs; undefined: they are told at `ticket`. */
  readonly owners: ReadonlyMap<string, ITopic | undefined>
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
    this.page = props.page ?? this.#ofAlarms('Page', props.pageEmails ?? [])
    this.ticket = props.ticket ?? this.#ofAlarms('Ticket', props.ticketEmails ?? [])
    this.owners = new Map(
      Object.entries(props.owners ?? {}).map(([owner, { topic, emails = [] }]) => [
        owner,
        topic ?? (emails.length > 0 ? this.#topic(`Owner-${encodeURIComponent(owner)}`, emails) : undefined),
      ]),
    )
  }

  /** Whatever `report` publishes to. */
  get told(): readonly ITopic[] {
    return [this.page, this.ticket, ...[...this.owners.values()].filter((topic) => topic !== undefined)]
  }

  /** One that alarms may go to directly. An owner's is published to by `report` alone, whose role says so. */
  #ofAlarms(id: string, emails: readonly string[]): Topic {
    const { account } = Stack.of(this)
    const topic = this.#topic(id, emails)
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
    return topic
  }

  #topic(id: string, emails: readonly string[]): Topic {
    const topic = new Topic(this, id, { enforceSSL: true })
    for (const email of emails) topic.addSubscription(new EmailSubscription(email))
    return topic
  }
}
