import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import type { OverlapFunction } from './overlap-function.ts'

/** Lets others invoke the function that acknowledges: account ids, and ARNs of roles or users. */
export function letAcknowledge(acknowledge: OverlapFunction, principals: readonly string[]): void {
  principals.forEach((principal, at) => {
    new CfnPermission(acknowledge, `Acknowledger${at + 1}`, {
      action: 'lambda:InvokeFunction',
      functionName: acknowledge.function.functionArn,
      principal,
    })
  })
}
