import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'

/**
 * Exactly the secrets that these functions rotate, however many: a role's policies are too short for a list of ARNs.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
 */
export function onRotatedSecrets(
  scope: Construct,
  sid: string,
  rotateArns: readonly string[],
  actions: readonly string[],
  conditions: Readonly<Record<string, Record<string, string | string[]>>> = {},
): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: actions.map((action) => `secretsmanager:${action}`),
    resources: [everySecret(scope)],
    conditions: {
      ...conditions,
      StringEquals: {
        'secretsmanager:resource/AllowRotationLambdaArn':
          rotateArns.length === 1 ? rotateArns[0] : [...rotateArns],
      },
    },
  })
}

/** Of this account and Region. */
export function everySecret(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

/** Has no resource to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
export function listSecrets(): PolicyStatement {
  return new PolicyStatement({
    sid: 'ListSecrets',
    actions: ['secretsmanager:ListSecrets'],
    resources: ['*'],
  })
}

/** The value of admin secrets, and the tags by which RDS says what a managed master opens. */
export function onAdminSecrets(arns: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadAdminSecrets',
    actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
    resources: [...arns],
  })
}

/** Which endpoints a server has, and which of them are available. A server's relatives are known only when it has been asked, so they cannot be named. */
export function onDatabases(scope: Construct): PolicyStatement {
  const arns = (resource: string) =>
    Stack.of(scope).formatArn({
      service: 'rds',
      resource,
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  return new PolicyStatement({
    sid: 'FindEndpoints',
    actions: ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'],
    resources: [arns('db'), arns('cluster')],
  })
}

/**
 * Customer keys, through Secrets Manager alone and for secrets of this account and Region alone. Which of them is decided by the statement on the secrets: whoever
 * asks Secrets Manager for a value must be allowed both. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export function onKeys(
  scope: Construct,
  keyArns: readonly string[],
  actions: readonly string[],
): PolicyStatement {
  const stack = Stack.of(scope)
  return new PolicyStatement({
    sid: 'UseKeysOfSecrets',
    actions: actions.map((action) => `kms:${action}`),
    resources: [...keyArns],
    conditions: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${stack.region}.${stack.urlSuffix}` },
      StringLike: { 'kms:EncryptionContext:SecretARN': everySecret(scope) },
    },
  })
}

export function invoke(sid: string, functionArns: readonly string[]): PolicyStatement {
  return new PolicyStatement({ sid, actions: ['lambda:InvokeFunction'], resources: [...functionArns] })
}
