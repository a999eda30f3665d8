import { Stack } from 'aws-cdk-lib'
import { refuse } from './checks/problems.ts'
import { FilledPolicies } from './filled-policies.ts'
import { functionArn } from './names.ts'
import type { OverlapFunction } from './overlap-function.ts'

/**
 * What the rollout function may do about functions that read secrets: exactly those that were declared, in as many managed policies as it takes, since there is nothing wider than a
 * function and narrower than all of them. An alias is a part of its function here.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
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
    const policy = this.#policies.add(functionArn(Stack.of(this.#function), functionName))
    if (policy !== undefined) return
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
