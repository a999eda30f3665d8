import type { Scheduler } from '../scheduler/scheduler.ts'
import type { Make, Request } from './stack.ts'

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const LONGEST_AGE_SECONDS = 86_400
const MOST_ATTEMPTS = 185

export function scheduleMakers(scheduler: Scheduler): Readonly<Record<string, Make>> {
  return {
    'AWS::Scheduler::ScheduleGroup': ({ properties }) => ({ ref: properties.text('Name') }),
    'AWS::Scheduler::Schedule': (request) => makeSchedule(request, scheduler),
  }
}

function makeSchedule({ properties, stack }: Request, scheduler: Scheduler) {
  const name = properties.text('Name')
  const group = properties.optionalText('GroupName') ?? 'default'
  const arn = `arn:aws:scheduler:${stack.region}:${stack.account}:schedule/${group}/${name}`
  properties.onlyInAccount('Description')
  properties.choice('State', ['ENABLED'])
  properties.object('FlexibleTimeWindow').choice('Mode', ['OFF'])
  const target = properties.object('Target')
  target.onlyInAccount('RoleArn')
  const retry = target.object('RetryPolicy')
  scheduler.create({
    arn,
    name,
    expression: properties.text('ScheduleExpression'),
    timezone: properties.optionalText('ScheduleExpressionTimezone') ?? 'UTC',
    target: target.text('Arn'),
    input: target.optionalText('Input'),
    retry: {
      attempts: retry.optionalNumber('MaximumRetryAttempts') ?? MOST_ATTEMPTS,
      maximumAgeSeconds: retry.optionalNumber('MaximumEventAgeInSeconds') ?? LONGEST_AGE_SECONDS,
    },
    deadLetterQueue: target.object('DeadLetterConfig').optionalText('Arn'),
  })
  return { ref: name, attributes: { Arn: arn }, remove: () => scheduler.delete(name) }
}
