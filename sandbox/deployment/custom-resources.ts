import { randomUUID } from 'node:crypto'
import type { LambdaHost } from '../lambda/host.ts'
import type { Make } from './stack.ts'

/**
 * A custom resource as CDK's provider framework carries it out: it invokes the function behind it with CloudFormation's request and takes
 * `PhysicalResourceId` and `Data` from the answer; what the function throws fails the deployment
 * (https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html).
 *
 * @param providers ARN of a function of the framework to that of the function which it calls
 */
export function customResourceMaker(
  lambda: Pick<LambdaHost, 'invoke'>,
  providers: ReadonlyMap<string, string>,
): Make {
  return async ({ type, logicalId, stackId, properties }) => {
    const ServiceToken = properties.text('ServiceToken')
    const ResourceProperties = asTexts(properties.all())
    const functionArn = providers.get(ServiceToken)
    if (functionArn === undefined)
      throw new Error(`${logicalId}.ServiceToken: no function of CDK's provider framework is ${ServiceToken}`)

    async function ask(RequestType: 'Create' | 'Delete', more: object): Promise<Answer> {
      const outcome = await lambda.invoke(functionArn ?? '', {
        RequestType,
        ServiceToken,
        StackId: stackId,
        RequestId: randomUUID(),
        LogicalResourceId: logicalId,
        ResourceType: type,
        ResourceProperties,
        ...more,
      })
      if (outcome.ok) return (outcome.payload ?? {}) as Answer
      throw new Error(`${logicalId}: ${outcome.errorType}: ${outcome.errorMessage}`)
    }

    const answer = await ask('Create', {})
    const PhysicalResourceId = answer.PhysicalResourceId ?? randomUUID()
    return {
      ref: PhysicalResourceId,
      attributes: asTexts(answer.Data ?? {}) as Record<string, string>,
      remove: () => ask('Delete', { PhysicalResourceId }),
    }
  }
}

interface Answer {
  readonly PhysicalResourceId?: string
  readonly Data?: Readonly<Record<string, unknown>>
}

/** CloudFormation hands over every number and flag as a text. */
function asTexts(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    typeof inner === 'number' || typeof inner === 'boolean' ? String(inner) : inner,
  )
}
