import { Stack } from 'aws-cdk-lib'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { Fleet } from './fleet.ts'
import type { Kind } from './kinds.ts'
import type { Overlap } from './overlap.ts'
import { OverlapFunction, type Placement } from './overlap-function.ts'
import { onKeys } from './permissions.ts'

export interface RotationFunctionsProps {
  readonly kind: Kind
  /** The end of their names. */
  readonly name: string
  /** Variables of both. That of freezes is added to the rotation function's. */
  readonly environment: Readonly<Record<string, string>>
  /** @default outside any VPC */
  readonly placement?: Placement
}

/** A rotation function and the retire function that goes with it, made in the construct that they serve, and what both may do with the secrets that they rotate. */
export class RotationFunctions {
  readonly rotate: OverlapFunction
  readonly retire: OverlapFunction
  /** Secrets Manager's, to invoke the rotation function. */
  readonly permission: CfnPermission
  readonly #scope: Construct
  #keys: readonly PolicyStatement[] = []

  constructor(
    scope: Construct,
    overlap: Overlap,
    { kind, name, environment, placement }: RotationFunctionsProps,
  ) {
    this.#scope = scope
    const deploy = (step: 'rotate' | 'retire', freezes: Record<string, string>) =>
      new OverlapFunction(scope, `${step}-${kind}`, {
        ...overlap.functionOptions,
        handler: `${step}-${kind}`,
        functionName: overlap.names.inPlace(`${step}-${kind}`, name),
        environment: { ...environment, ...freezes },
        ...(placement && { placement }),
      })
    this.rotate = deploy('rotate', { OVERLAP_FREEZES: overlap.freezesVariable })
    this.retire = deploy('retire', {})
    this.#allow()
    // Without the account, anybody's Secrets Manager could invoke it (aws-cdk#28406).
    this.permission = new CfnPermission(scope, 'SecretsManager', {
      action: 'lambda:InvokeFunction',
      functionName: this.rotate.function.functionArn,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: Stack.of(scope).account,
    })
  }

  /** Lets the functions use a key for secrets of this account and Region. ARN. */
  grantKey(keyArn: string): void {
    if (this.#keys.length === 0) {
      const forRotate = onKeys(this.#scope, ['Decrypt', 'GenerateDataKey'])
      const forRetire = onKeys(this.#scope, ['Decrypt'])
      this.rotate.allow(forRotate)
      this.retire.allow(forRetire)
      this.#keys = [forRotate, forRetire]
    }
    for (const statement of this.#keys) statement.addResources(keyArn)
  }

  #allow(): void {
    const own = new Fleet(this.#scope)
    own.add({ rotateArn: this.rotate.functionArn, retireArn: this.retire.functionArn })
    const reading = ['DescribeSecret', 'GetSecretValue', 'ListSecretVersionIds']
    this.rotate.allow(
      own.onSecrets('RotateOwnSecrets', [...reading, 'PutSecretValue', 'UpdateSecretVersionStage']),
    )
    this.retire.allow(own.onSecrets('RetireOwnSecrets', [...reading, 'UpdateSecretVersionStage']))
  }
}
