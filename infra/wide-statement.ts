import { type IResolvable, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'

/** A statement on more than exact ARNs. It says why it cannot name them, and what limits it instead. */
export class WideStatement extends PolicyStatement {
  readonly reason: string

  constructor({ reason, ...props }: PolicyStatementProps & { readonly reason: string }) {
    super(props)
    this.reason = reason
  }
}

/** One whose resources are added while the tree is built, and acknowledged then, by `acknowledgeWildcard`. */
export class GrowingStatement extends PolicyStatement {}

/**
 * Acknowledges what AwsSolutions-IAM5 finds in these statements, each finding by itself and with its reason. Throws for a `*` without a reason.
 * https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
 */
export function acknowledgeWildcards(role: Construct, statements: readonly PolicyStatement[]): void {
  for (const statement of statements) {
    if (statement instanceof GrowingStatement) continue
    for (const resource of statement.resources) {
      const found = flat(Stack.of(role).resolve(resource))
      if (!found.includes('*')) continue
      if (!(statement instanceof WideStatement))
        throw new Error(
          `statement ${statement.sid} of ${role.node.path} allows ${found} and does not say why`,
        )
      acknowledgeWildcard(role, resource, statement.reason)
    }
  }
}

/** Acknowledges what AwsSolutions-IAM5 finds in one resource of a role's policy. */
export function acknowledgeWildcard(role: Construct, resource: string, reason: string): void {
  const found = flat(Stack.of(role).resolve(resource))
  Validations.of(role).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${found}]`, reason })
}

/** As cdk-nag writes a resource in the id of a finding. */
function flat(resolved: string | IResolvable): string {
  if (typeof resolved === 'string') return resolved
  const {
    Ref: reference,
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
  } = { ...resolved } as Record<string, unknown>
  if (typeof reference === 'string') return `<${reference}>`
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`
  if (Array.isArray(join)) return (join[1] as (string | IResolvable)[]).map(flat).join(String(join[0]))
  return JSON.stringify(resolved)
}
