/**
 * How long a part of a template can become in the deployment. What is written is counted exactly; for what only the deployment knows, the
 * longest that it can be.
 */
import { CfnResource, type Stack } from 'aws-cdk-lib'

const pseudoParameters: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 'ap-southeast-1'.length,
  'AWS::AccountId': '123456789012'.length,
  'AWS::URLSuffix': 'amazonaws.com.cn'.length,
}
/** Of the ARNs that are referred to here, without the resource's own name. */
const LONGEST_PREFIX = 'arn:aws-us-gov:lambda:ap-southeast-1:123456789012:log-group:'.length
/** What CloudFormation adds to a stack's name and a logical id. */
const RANDOM_PART = '--ABCDEFGHIJKL'.length
/** Of a secret, whose name may have 512 characters. Nothing else here is longer. */
const LONGEST_ATTRIBUTE = LONGEST_PREFIX + 512 + '-AbCdEf'.length

/** Characters of the JSON that a resolved value becomes, without blanks. */
export function jsonLength(stack: Stack, resolved: unknown): number {
  return JSON.stringify(resolved, (_key, part) => deployed(stack, part))?.length ?? 0
}

/** Characters of a resolved text. */
export function textLength(stack: Stack, resolved: unknown): number {
  return String(deployed(stack, resolved)).length
}

/** An intrinsic function as a text of the length that its value has at most; anything else as it is. */
function deployed(stack: Stack, part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  const [name, ...others] = Object.keys(part)
  if (name === undefined || others.length > 0) return part
  const argument: unknown = (part as Record<string, unknown>)[name]
  if (name === 'Ref')
    return 'x'.repeat(pseudoParameters[String(argument)] ?? attribute(stack, String(argument)))
  if (name === 'Fn::GetAtt') return 'x'.repeat(attribute(stack, String([argument].flat()[0])))
  if (name === 'Fn::Join' && Array.isArray(argument)) {
    const [separator, parts] = argument as [string, unknown[]]
    return parts.map((each) => String(deployed(stack, each))).join(separator)
  }
  return name.startsWith('Fn::') ? 'x'.repeat(LONGEST_ATTRIBUTE) : part
}

/** A name or an ARN of a resource of this stack that CloudFormation names. */
function attribute(stack: Stack, logicalId: string): number {
  const type = typeOf(stack, logicalId)
  if (type === undefined || type === 'AWS::SecretsManager::Secret') return LONGEST_ATTRIBUTE
  const name = stack.stackName.length + logicalId.length + RANDOM_PART
  return type === 'AWS::Logs::LogGroup' ? name : LONGEST_PREFIX + name
}

function typeOf(stack: Stack, logicalId: string): string | undefined {
  return stack.node
    .findAll()
    .filter((each) => CfnResource.isCfnResource(each))
    .find((each) => stack.resolve(each.logicalId) === logicalId)?.cfnResourceType
}
