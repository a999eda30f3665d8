import { ArnFormat, Stack } from 'aws-cdk-lib'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { OverlapFunction } from './overlap-function.ts'

/** Lets a deployment's alarms invoke `report`. A page that cannot be told is kept, beside ringing the alarm report-failed. */
export function letAlarmsReport(
  deployment: Construct,
  report: OverlapFunction,
  { deploymentName, deadLetters }: { readonly deploymentName: string; readonly deadLetters: IQueue },
): void {
  const stack = Stack.of(deployment)
  new CfnEventInvokeConfig(deployment, 'ReportInvocations', {
    functionName: report.function.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: 2,
    destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
  })
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
  report.function.addPermission('Alarms', {
    principal: new ServicePrincipal('lambda.alarms.cloudwatch.amazonaws.com'),
    sourceAccount: stack.account,
    sourceArn: stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: `${deploymentName}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  })
}
