import { Stack } from 'aws-cdk-lib'
import { refuse } from './checks/problems.ts'
import { FilledPolicies } from './filled-policies.ts'
import { functionArn } from './names.ts'
import type { OverlapFunction } from './overlap-function.ts'

/**
 * What the rollout function may do about functions that read secrets: exactly those that were declared, in as many managed policies as it takes, since there is nothing wider than a
 * function and narrower than all of them. A function with a version or an alias behind its name is another resource, so each is named twice.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
 */
export class LambdaRights {
  readonly #function: OverlapFunction
  readonly #policies: FilledPolicies
  readonly #known = new Set<string>()

  constructor(rollout: OverlapFunction, { rolePath }: { readonly rolePath?: string }) {
    this.#function = rollout
    this.#policies = new FilledPolicies(rollout, 'Functions', {
      role: rollout.role,
      sid: 'RollFunctions',
      actions: [
        'lambda:GetAlias',
        'lambda:GetFunctionConfiguration',
        'lambda:GetProvisionedConcurrencyConfig',
        'lambda:PublishVersion',
        'lambda:UpdateAlias',
        'lambda:UpdateFunctionConfiguration',
      ],
      conditions: {},
      description: 'The functions that read secrets, which are brought to a new version',
      ...(rolePath === undefined ? {} : { path: rolePath }),
    })
  }

  /** Throws `POLICY_TOO_LARGE`. */
  add(functionName: string): void {
    if (this.#known.has(functionName)) return
    this.#known.add(functionName)
    const arn = functionArn(Stack.of(this.#function), functionName)
    const reason =
      'It names the versions and aliases of one function, which have no names before they are made.'
    if (this.#policies.add(arn) && this.#policies.add(`${arn}:*`, reason)) return
    refuse([
      {
        code: 'POLICY_TOO_LARGE',
        subject: `function ${this.#function.functionName}`,
        field: 'consumers',
        message: `must name fewer functions: its role takes no more policies than name ${this.#known.size - 1}. Use a second deployment with another deploymentName`,
      },
    ])
  }
}
