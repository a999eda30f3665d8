import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { everySecret } from './permissions.ts'
import { WideStatement } from './wide-statement.ts'

/** A rotation function and the retire function that goes with it. ARNs. */
export interface FunctionPair {
  readonly rotateArn: string
  readonly retireArn: string
}

/** What is allowed on the secrets of all such pairs, and on their functions. Each pair that is added widens every statement that was made here, before or after. */
export class Fleet {
  readonly pairs: FunctionPair[] = []
  readonly #scope: Construct
  readonly #onSecrets: PolicyStatement[] = []
  readonly #invokingRotate: PolicyStatement[] = []
  readonly #invokingRetire: PolicyStatement[] = []

  constructor(scope: Construct) {
    this.#scope = scope
  }

  add(pair: FunctionPair): void {
    this.pairs.push(pair)
    for (const statement of this.#onSecrets) this.#bind(statement)
    for (const statement of this.#invokingRotate) statement.addResources(pair.rotateArn)
    for (const statement of this.#invokingRetire) statement.addResources(pair.retireArn)
  }

  /**
   * Exactly the secrets that these functions rotate, however many: a role's policies are too short for a list of ARNs.
   * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
   */
  onSecrets(
    sid: string,
    actions: readonly string[],
    conditions: Readonly<Record<string, Record<string, string[]>>> = {},
  ): PolicyStatement {
    const statement = new WideStatement({
      sid,
      actions: actions.map((action) => `secretsmanager:${action}`),
      resources: [everySecret(this.#scope)],
      conditions: { ...conditions },
      reason:
        "A role's policies are too short for a list of secrets. The condition AllowRotationLambdaArn limits it to those that this deployment rotates.",
    })
    this.#onSecrets.push(statement)
    this.#bind(statement)
    return statement
  }

  invokeRotate(sid: string): PolicyStatement {
    return this.#invoke(sid, this.#invokingRotate, ({ rotateArn }) => rotateArn)
  }

  invokeRetire(sid: string): PolicyStatement {
    return this.#invoke(sid, this.#invokingRetire, ({ retireArn }) => retireArn)
  }

  #invoke(sid: string, growing: PolicyStatement[], arn: (pair: FunctionPair) => string): PolicyStatement {
    const statement = new PolicyStatement({
      sid,
      actions: ['lambda:InvokeFunction'],
      resources: this.pairs.map(arn),
    })
    growing.push(statement)
    return statement
  }

  #bind(statement: PolicyStatement): void {
    const arns = this.pairs.map(({ rotateArn }) => rotateArn)
    statement.addCondition('StringEquals', { 'secretsmanager:resource/AllowRotationLambdaArn': arns })
  }
}
