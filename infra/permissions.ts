import { ArnFormat, type Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { functionSettings, type HandlerName } from './function-settings.ts'

/** Built from the fixed name rather than taken from the resource, so that roles and functions do not wait for each other. */
export function functionArn(stack: Stack, name: HandlerName): string {
  return stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionSettings[name].functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

/**
 * Exactly the secrets that the rotation function rotates, however many: a role's policies are too short for a list of ARNs.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
 */
function onRotatedSecrets(
  stack: Stack,
  actions: string[],
  conditions: Record<string, Record<string, string | string[]>> = {},
): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `secretsmanager:${action}`),
    resources: [secretArns(stack)],
    conditions: {
      ...conditions,
      StringEquals: {
        'secretsmanager:resource/AllowRotationLambdaArn': functionArn(stack, 'rotate-postgres'),
      },
    },
  })
}

function secretArns(stack: Stack): string {
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

/** The admin's value, and the tags by which RDS says what a managed master opens. */
function onAdminSecrets(adminSecretArns: readonly string[]): PolicyStatement[] {
  if (adminSecretArns.length === 0) return []
  const actions = ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']
  return [new PolicyStatement({ actions, resources: [...adminSecretArns] })]
}

/** Which endpoints a server has, and which of them are available. */
function onDatabases(stack: Stack): PolicyStatement {
  const arns = (resource: string) =>
    stack.formatArn({ service: 'rds', resource, resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME })
  return new PolicyStatement({
    actions: ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'],
    resources: [arns('db'), arns('cluster')],
  })
}

/** What each function may do besides writing its own log: what its code calls, and nothing else. */
export function permissions(
  stack: Stack,
  adminSecretArns: readonly string[],
): Record<HandlerName, PolicyStatement[]> {
  return {
    'rotate-postgres': [
      onRotatedSecrets(stack, [
        'DescribeSecret',
        'GetSecretValue',
        'ListSecretVersionIds',
        'PutSecretValue',
        'UpdateSecretVersionStage',
      ]),
      ...onAdminSecrets(adminSecretArns),
      onDatabases(stack),
    ],
    'retire-postgres': [
      onRotatedSecrets(stack, [
        'DescribeSecret',
        'GetSecretValue',
        'ListSecretVersionIds',
        'UpdateSecretVersionStage',
      ]),
      ...onAdminSecrets(adminSecretArns),
      onDatabases(stack),
    ],
    sweep: [
      // Has no resource to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
      new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
      onRotatedSecrets(stack, [
        'DescribeSecret',
        'ListSecretVersionIds',
        'RotateSecret',
        'UpdateSecretVersionStage',
      ]),
      onRotatedSecrets(stack, ['TagResource'], {
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['overlap:state'] },
      }),
      // RotateSecret asks its caller for the right to invoke the rotation function.
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [functionArn(stack, 'rotate-postgres'), functionArn(stack, 'retire-postgres')],
      }),
    ],
  }
}
