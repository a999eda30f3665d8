import type { EventBus } from '../event-bus/server.ts'
import type { Notifications } from '../notifications/server.ts'
import type { Queues } from '../queues.ts'
import { physicalName } from './physical-name.ts'
import type { Make, Request } from './stack.ts'

export interface MessageSurroundings {
  readonly bus: Pick<EventBus, 'putRule' | 'deleteRule'>
  readonly notifications: Pick<Notifications, 'addTopic' | 'removeTopic'>
  readonly queues: Queues
  /** Hands an event to a function on behalf of a rule; throws when that may not, or cannot, be done. Both as ARNs. */
  readonly deliver: (rule: string, target: string, event: unknown) => void
}

/** Topics, queues, and rules of the default event bus. */
export function messageMakers(around: MessageSurroundings): Readonly<Record<string, Make>> {
  const { notifications, queues } = around
  return {
    'AWS::SNS::Topic': (request) => {
      const { properties } = request
      properties.onlyInAccount('DisplayName', 'KmsMasterKeyId', 'Tags')
      const name = properties.optionalText('TopicName') ?? physicalName(request)
      const arn = arnOf(request, 'sns', name)
      notifications.addTopic(arn)
      return {
        ref: arn,
        attributes: { TopicArn: arn, TopicName: name },
        remove: () => notifications.removeTopic(arn),
      }
    },
    'AWS::SQS::Queue': (request) => {
      const { properties, stack } = request
      properties.onlyInAccount('MessageRetentionPeriod', 'SqsManagedSseEnabled', 'KmsMasterKeyId', 'Tags')
      const name = properties.optionalText('QueueName') ?? physicalName(request)
      const arn = arnOf(request, 'sqs', name)
      queues.add(arn)
      return {
        ref: `https://sqs.${stack.region}.amazonaws.com/${stack.account}/${name}`,
        attributes: { Arn: arn, QueueName: name },
        remove: () => queues.remove(arn),
      }
    },
    'AWS::Events::Rule': (request) => makeRule(request, around),
  }
}

function makeRule(request: Request, { bus, queues, deliver }: MessageSurroundings) {
  const { properties } = request
  properties.onlyInAccount('Description')
  properties.choice('State', ['ENABLED'])
  const name = properties.optionalText('Name') ?? physicalName(request)
  const arn = arnOf(request, 'events', `rule/${name}`)
  const targets = properties.objects('Targets').map((target) => {
    target.onlyInAccount('Id')
    // A function that does not take an event here will not take it a minute later either.
    target.object('RetryPolicy').onlyInAccount('MaximumEventAgeInSeconds', 'MaximumRetryAttempts')
    return {
      arn: target.text('Arn'),
      deadLetters: target.object('DeadLetterConfig').optionalText('Arn'),
    }
  })
  bus.putRule({
    name,
    pattern: properties.map('EventPattern'),
    target(event) {
      for (const target of targets)
        try {
          deliver(arn, target.arn, event)
        } catch (error) {
          if (target.deadLetters !== undefined)
            queues.send(target.deadLetters, { body: event, reason: (error as Error).message })
        }
    },
  })
  return { ref: name, attributes: { Arn: arn }, remove: () => bus.deleteRule(name) }
}

function arnOf({ stack }: Request, service: string, resource: string): string {
  return `arn:aws:${service}:${stack.region}:${stack.account}:${resource}`
}
