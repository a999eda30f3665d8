import path from 'node:path'
import type { EventInvocations } from '../lambda/event-invocations.ts'
import type { FunctionDefinition } from '../lambda/function-definition.ts'
import type { LambdaHost } from '../lambda/host.ts'
import { type Addresses, readdressed } from './addresses.ts'
import type { InvokePermissions } from './invoke-permissions.ts'
import { physicalName } from './physical-name.ts'
import { type Authorities, trusting } from './provider-variable.ts'
import type { Make, Request } from './stack.ts'

export interface FunctionSurroundings {
  readonly lambda: Pick<LambdaHost, 'arn' | 'register' | 'unregister'>
  readonly events: Pick<EventInvocations, 'configure'>
  readonly permissions: InvokePermissions
  readonly addresses: Addresses
  /** Of providers that are here: whom their clients trust. */
  readonly authorities: Authorities
  /** Variables that every function gets besides its own, to find the services here. */
  readonly environment: Readonly<Record<string, string>>
  /** ARN of a function of CDK's provider framework to that of the function which it calls. Filled here. */
  readonly providers: Map<string, string>
}

/** Names the function that CDK's provider framework calls (aws-cdk-lib/custom-resources). */
const CALLED_BY_FRAMEWORK = 'USER_ON_EVENT_FUNCTION_ARN'

/** Describes the provider of a function that rotates its keys. */
const PROVIDER_VARIABLE = 'OVERLAP_PROVIDER'

export function functionMakers(around: FunctionSurroundings): Readonly<Record<string, Make>> {
  return {
    'AWS::Lambda::Function': (request) => makeFunction(request, around),
    'AWS::Lambda::Permission': ({ properties, logicalId }) => {
      properties.choice('Action', ['lambda:InvokeFunction'])
      properties.onlyInAccount('SourceAccount')
      const remove = around.permissions.grant({
        functionName: properties.text('FunctionName').split(':').at(-1) ?? '',
        principal: properties.text('Principal'),
        sourceArn: properties.optionalText('SourceArn'),
      })
      return { ref: logicalId, remove }
    },
    'AWS::Lambda::EventInvokeConfig': ({ properties, logicalId }) => {
      properties.choice('Qualifier', ['$LATEST'])
      const remove = around.events.configure(properties.text('FunctionName'), {
        retryAttempts: properties.optionalNumber('MaximumRetryAttempts') ?? 2,
        maximumAgeSeconds: properties.optionalNumber('MaximumEventAgeInSeconds') ?? 21_600,
        onFailure: properties.object('DestinationConfig').object('OnFailure').optionalText('Destination'),
      })
      return { ref: logicalId, remove }
    },
  }
}

function makeFunction(request: Request, around: FunctionSurroundings) {
  const definition = definitionOf(request, around)
  const called = definition.environment[CALLED_BY_FRAMEWORK]
  const arn = around.lambda.arn(definition.name)
  const made = { ref: definition.name, attributes: { Arn: arn } }
  if (called !== undefined) {
    around.providers.set(arn, called)
    return { ...made, remove: () => around.providers.delete(arn) }
  }
  around.lambda.register(definition)
  return { ...made, remove: () => around.lambda.unregister(definition.name) }
}

/** What Lambda is told of a function, to the letter; only servers are where they are here, and services are found by further variables. */
function definitionOf(
  request: Request,
  { addresses, authorities, environment }: FunctionSurroundings,
): FunctionDefinition {
  const { properties, stack, logicalId } = request
  if (!/^nodejs\d+\.x$/.test(properties.text('Runtime')))
    throw new Error(`${logicalId}.Runtime: the sandbox runs Node.js alone`)
  properties.onlyInAccount('Architectures', 'Description', 'Role', 'Tags', 'TracingConfig', 'VpcConfig')
  const code = properties.object('Code')
  code.onlyInAccount('S3Bucket')
  const folder = stack.assets[code.text('S3Key')]
  if (folder === undefined) throw new Error(`${logicalId}.Code: there is no such asset`)
  const handler = properties.text('Handler')
  const logging = properties.object('LoggingConfig')
  logging.onlyInAccount('ApplicationLogLevel', 'LogFormat', 'SystemLogLevel')
  const own = properties.object('Environment').map('Variables')
  const variables = Object.entries(own).map(([name, value]) => {
    const here = readdressed(String(value), addresses)
    return [name, name === PROVIDER_VARIABLE ? trusting(here, authorities) : here]
  })
  return {
    name: properties.optionalText('FunctionName') ?? physicalName(request),
    bundle: path.join(folder, `${handler.slice(0, handler.lastIndexOf('.'))}.js`),
    handler,
    environment: { ...Object.fromEntries(variables), ...environment },
    timeoutSeconds: properties.optionalNumber('Timeout') ?? 3,
    memoryMb: properties.optionalNumber('MemorySize') ?? 128,
    logGroup: logging.text('LogGroup'),
  }
}
