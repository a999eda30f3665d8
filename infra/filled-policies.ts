import { Stack, Token } from 'aws-cdk-lib'
import { ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

/** Characters of a managed policy, and how many a role takes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_MANAGED_POLICY = 6_144
export const MAX_POLICIES_OF_A_ROLE = 10
/** Of an ARN that is not known before the deployment: 512 characters of name and 7 that the service adds, after the longest partition and Region. */
const LONGEST_SECRET_ARN =
  'arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:'.length + 512 + 7

export interface FilledPoliciesProps {
  readonly role: Role
  readonly sid: string
  readonly actions: readonly string[]
  readonly conditions: Readonly<Record<string, Record<string, string | string[]>>>
  readonly path?: string
}

/** One permission on a growing list of exact ARNs, in as many managed policies of one role as it takes. */
export class FilledPolicies extends Construct {
  readonly #props: FilledPoliciesProps
  readonly #overhead: number
  readonly #known = new Set<string>()
  #open: { readonly statement: PolicyStatement; length: number } | undefined
  #count = 0

  constructor(scope: Construct, id: string, props: FilledPoliciesProps) {
    super(scope, id)
    this.#props = props
    const statement = { ...this.#statement([]).toStatementJson(), Resource: [] }
    this.#overhead = JSON.stringify({ Version: '2012-10-17', Statement: [statement] }).length
  }

  /** @returns false when the role can take no more */
  add(arn: string): boolean {
    if (this.#known.has(arn)) return true
    const length = lengthOf(Stack.of(this).resolve(arn)) + '"",'.length
    if (this.#open === undefined || this.#open.length + length > MAX_MANAGED_POLICY) {
      if (this.#count === MAX_POLICIES_OF_A_ROLE) return false
      this.#open = { statement: this.#begin(), length: this.#overhead }
    }
    this.#open.length += length
    this.#open.statement.addResources(arn)
    this.#known.add(arn)
    return true
  }

  #begin(): PolicyStatement {
    this.#count += 1
    const statement = this.#statement([])
    new ManagedPolicy(this, `Policy${this.#count}`, {
      roles: [this.#props.role],
      statements: [statement],
      description: 'Exactly the secrets whose policy this deployment writes as tags',
      ...(this.#props.path === undefined ? {} : { path: this.#props.path }),
    })
    return statement
  }

  #statement(resources: string[]): PolicyStatement {
    const { sid, actions, conditions } = this.#props
    return new PolicyStatement({ sid, actions: [...actions], resources, conditions: { ...conditions } })
  }
}

function lengthOf(resolved: unknown): number {
  return typeof resolved === 'string' && !Token.isUnresolved(resolved) ? resolved.length : LONGEST_SECRET_ARN
}
