import { Stack } from 'aws-cdk-lib'
import {
  type CfnManagedPolicy,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  type Role,
} from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { jsonLength } from './template-size.ts'
import { acknowledgeWildcard } from './wide-statement.ts'

/** Characters of a managed policy, and how many a role takes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_MANAGED_POLICY = 6_144
const MAX_POLICIES_OF_A_ROLE = 10

export interface FilledPoliciesProps {
  readonly role: Role
  readonly sid: string
  readonly actions: readonly string[]
  readonly conditions: Readonly<Record<string, Record<string, string[]>>>
  readonly description: string
  /** @default '/' */
  readonly path?: string
}

/** One permission on a growing list of exact ARNs, in as many managed policies of one role as it takes. */
export class FilledPolicies extends Construct {
  readonly #props: FilledPoliciesProps
  readonly #policies: { readonly statement: PolicyStatement; readonly policy: ManagedPolicy }[] = []
  /** Characters of the last policy. */
  #length = 0

  constructor(scope: Construct, id: string, props: FilledPoliciesProps) {
    super(scope, id)
    this.#props = props
  }

  /** Each ARN once. Returns the policy that names it, or undefined when the role can take no more. `reason`: why there is a wildcard in it. */
  add(arn: string, reason?: string): CfnManagedPolicy | undefined {
    const policy = this.#holding(arn)
    if (policy && reason !== undefined) acknowledgeWildcard(policy, arn, reason)
    return policy?.node.defaultChild as CfnManagedPolicy | undefined
  }

  #holding(arn: string): ManagedPolicy | undefined {
    const stack = Stack.of(this)
    const length = jsonLength(stack, stack.resolve(arn)) + ','.length
    const last = this.#policies.at(-1)
    if (last !== undefined && this.#length + length <= MAX_MANAGED_POLICY) {
      last.statement.addResources(arn)
      this.#length += length
      return last.policy
    }
    return this.#policies.length === MAX_POLICIES_OF_A_ROLE ? undefined : this.#begin(arn)
  }

  #begin(arn: string): ManagedPolicy {
    const { role, sid, actions, conditions, description, path } = this.#props
    const statement = new PolicyStatement({
      sid,
      actions: [...actions],
      resources: [arn],
      conditions: { ...conditions },
    })
    const policy = new ManagedPolicy(this, `Policy${this.#policies.length + 1}`, {
      roles: [role],
      statements: [statement],
      description,
      ...(path === undefined ? {} : { path }),
    })
    const stack = Stack.of(this)
    // A copy, since a document that was resolved takes nothing more.
    const alone = stack.resolve(new PolicyDocument({ statements: [statement.copy()] }))
    // With the brackets that a second ARN brings.
    this.#length = jsonLength(stack, alone) + '[]'.length
    this.#policies.push({ statement, policy })
    return policy
  }
}
