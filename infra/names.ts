import { ArnFormat, type Stack } from 'aws-cdk-lib'
import type { HandlerName } from './function-settings.ts'
import { refuse } from './problems.ts'

export const DEFAULT_DEPLOYMENT_NAME = 'overlap'

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const MAX_FUNCTION_NAME = 64
const nameForm = /^[a-z][a-z0-9-]*$/i

/**
 * Names of a deployment's parts. They are fixed, so that another stack can write down an ARN: no stack exports anything, and a role may name a function before
 * there is one. Throws `NAME_INVALID`.
 */
export class Names {
  readonly deployment: string

  constructor(deployment: string) {
    this.deployment = deployment
    if (!nameForm.test(deployment))
      refuse([
        {
          code: 'NAME_INVALID',
          subject: `deployment ${deployment}`,
          field: 'deploymentName',
          message: 'must begin with a letter and hold letters, digits and "-" alone',
        },
      ])
    this.of('adopt-provider')
  }

  /** Of a function without a network: `overlap-sweep`. */
  of(
    part: Exclude<HandlerName, 'rotate-postgres' | 'retire-postgres'> | 'adopt-provider',
    number = 1,
  ): string {
    return this.#checked(`${this.deployment}-${part}${number === 1 ? '' : `-${number}`}`, 'deploymentName')
  }

  /** Of a function in a network: `overlap-rotate-postgres-main`. */
  inNetwork(handler: 'rotate-postgres' | 'retire-postgres', network: string): string {
    if (!nameForm.test(network))
      refuse([
        {
          code: 'NAME_INVALID',
          subject: `network ${network}`,
          field: 'name',
          message: 'must begin with a letter and hold letters, digits and "-" alone',
        },
      ])
    return this.#checked(`${this.deployment}-${handler}-${network}`, `networks.${network}`)
  }

  #checked(name: string, field: string): string {
    if (name.length > MAX_FUNCTION_NAME)
      refuse([
        {
          code: 'NAME_INVALID',
          subject: `function ${name}`,
          field,
          message: `a function's name has ${MAX_FUNCTION_NAME} characters at most, this one has ${name.length}: choose a shorter name`,
        },
      ])
    return name
  }
}

/** Built from the fixed name rather than taken from the resource, so that roles, functions and stacks do not wait for each other. */
export function functionArn(stack: Stack, functionName: string): string {
  return stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
