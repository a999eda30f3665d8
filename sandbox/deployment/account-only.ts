import { physicalName } from './physical-name.ts'
import type { Make } from './stack.ts'

/**
 * What has a meaning only where permissions are checked, or where somebody is charged: it exists, can be referred to, and does nothing here. Types
 * that are not in this list and that nobody else makes are refused.
 */
const types: Readonly<Record<string, (name: string, account: string) => string>> = {
  'AWS::IAM::Role': (name, account) => `arn:aws:iam::${account}:role/${name}`,
  'AWS::IAM::Policy': (name) => name,
  'AWS::IAM::ManagedPolicy': (name, account) => `arn:aws:iam::${account}:policy/${name}`,
  'AWS::SNS::TopicPolicy': (name) => name,
  'AWS::SQS::QueuePolicy': (name) => name,
}

export const accountOnlyMakers: Readonly<Record<string, Make>> = Object.fromEntries(
  Object.entries(types).map(([type, arnOf]) => {
    const make: Make = (request) => {
      request.properties.all()
      const name = physicalName(request)
      const arn = arnOf(name, request.stack.account)
      return { ref: type === 'AWS::IAM::ManagedPolicy' ? arn : name, attributes: { Arn: arn } }
    }
    return [type, make]
  }),
)
