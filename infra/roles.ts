import { Stack } from 'aws-cdk-lib'
import {
  type IManagedPolicy,
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { jsonLength } from './template-size.ts'
import { acknowledgeWildcards } from './wide-statement.ts'

/** Characters of all inline policies of a role, blanks not counted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_POLICY = 10_240

/** What every role of a deployment has in common. */
export interface RoleOptions {
  /** @default none */
  readonly permissionsBoundary?: IManagedPolicy
  /** @default '/' */
  readonly rolePath?: string
}

/** A role whose one inline policy grows until the end of synthesis. Every role of a deployment is one, so that none misses the boundary or the path. */
export class OverlapRole extends Role {
  readonly #document: PolicyDocument

  constructor(
    scope: Construct,
    id: string,
    props: RoleOptions & { readonly assumedBy: string | ServicePrincipal; readonly policyName: string },
  ) {
    const { assumedBy, policyName, permissionsBoundary, rolePath } = props
    const document = new PolicyDocument()
    super(scope, id, {
      assumedBy: typeof assumedBy === 'string' ? new ServicePrincipal(assumedBy) : assumedBy,
      inlinePolicies: { [policyName]: document },
      ...(rolePath === undefined ? {} : { path: rolePath }),
      ...(permissionsBoundary && { permissionsBoundary }),
    })
    this.#document = document
    this.node.addValidation({ validate: () => this.#tooLong() })
  }

  allow(...statements: readonly PolicyStatement[]): void {
    acknowledgeWildcards(this, statements)
    this.#document.addStatements(...statements)
  }

  #tooLong(): string[] {
    const stack = Stack.of(this)
    const length = jsonLength(stack, stack.resolve(this.#document))
    if (length <= MAX_INLINE_POLICY) return []
    return [
      `POLICY_TOO_LARGE: role ${this.node.path}: its inline policy has ${length} characters, and IAM allows ${MAX_INLINE_POLICY}. ` +
        'Divide the databases among more networks, of which two may name the same VPC, or its users among more groups of accessKeys',
    ]
  }
}
