/**
 * Statements that functions have in common.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib'
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { WideStatement } from './wide-statement.ts'

/** Of this account and Region. */
export function everySecret(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}

export function writeLog(logGroupArn: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteLog',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroupArn],
  })
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
export function listSecrets(): PolicyStatement {
  return new WideStatement({
    sid: 'ListSecrets',
    actions: ['secretsmanager:ListSecrets'],
    resources: ['*'],
    reason: 'ListSecrets has no resource to name. It tells names and tags, and no value.',
  })
}

/** When each version of a secret was created. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html */
export function datesOfVersions(scope: Construct): PolicyStatement {
  return new WideStatement({
    sid: 'DatesOfVersions',
    actions: ['secretsmanager:ListSecretVersionIds'],
    resources: [everySecret(scope)],
    reason:
      'Every secret of the account and Region is to have a known age, whoever rotates it. It tells ids, labels and dates of versions, and no value.',
  })
}

/** The value of admin secrets, and the tags by which RDS says what a managed master opens. */
export function onAdminSecrets(): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadAdminSecrets',
    actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  })
}

/** Which endpoints a server has, and which of them are available. */
export function onDatabases(scope: Construct): PolicyStatement {
  const every = (resource: string) =>
    Stack.of(scope).formatArn({
      service: 'rds',
      resource,
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  return new WideStatement({
    sid: 'FindEndpoints',
    actions: ['rds:DescribeDBInstances', 'rds:DescribeDBClusters'],
    resources: [every('db'), every('cluster')],
    reason:
      'A server is asked for by its host name, and its replicas are known only from the answer. Descriptions hold no data of a database.',
  })
}

/** Whether an Aurora that pauses by itself is paused. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
export function onMetrics(): PolicyStatement {
  return new WideStatement({
    sid: 'SeeWhoIsPaused',
    actions: ['cloudwatch:GetMetricData'],
    resources: ['*'],
    reason: 'Metrics have no resource to name. They tell figures, and no data of a database.',
  })
}

/**
 * Customer keys, through Secrets Manager alone and for secrets of this account and Region alone. Which of these secrets, the statements on secrets decide: whoever
 * asks for a value must be allowed both. https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export function onKeys(scope: Construct, actions: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'UseKeysOfSecrets',
    actions: actions.map((action) => `kms:${action}`),
    conditions: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(scope).region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:SecretARN': everySecret(scope) },
    },
  })
}

/**
 * Lambda itself, in the name of the function's role, puts a function into a VPC. The code of the function needs none of that, so it is denied it:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export function networkInterfaces(
  scope: Construct,
  functionArn: string,
  place: { readonly subnetIds: readonly string[]; readonly securityGroupId: string },
): PolicyStatement[] {
  const ec2 = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'ec2', resource, resourceName })
  const interfaces = ec2('network-interface', '*')
  const onInterfaces = [
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]
  const describe = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets']
  return [
    new WideStatement({
      sid: 'EnterVpc',
      actions: ['ec2:CreateNetworkInterface'],
      resources: [
        interfaces,
        ...place.subnetIds.map((id) => ec2('subnet', id)),
        ec2('security-group', place.securityGroupId),
      ],
      reason: 'An interface has no name before it is made. Subnets and security group are exact.',
    }),
    new WideStatement({
      sid: 'LeaveVpc',
      actions: onInterfaces,
      resources: [ec2('*', '*')],
      reason:
        'Lambda asks for these on all resources or on one that exists already: it makes the interfaces itself.',
    }),
    new WideStatement({
      sid: 'LookAtVpc',
      actions: describe,
      resources: ['*'],
      reason: 'Descriptions of EC2 have no resource to name. The code of the function is denied them.',
    }),
    new WideStatement({
      sid: 'NotByItsCode',
      reason: 'It denies.',
      effect: Effect.DENY,
      actions: ['ec2:CreateNetworkInterface', ...onInterfaces, ...describe],
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
    }),
  ]
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html */
export function writeTraces(): PolicyStatement {
  return new WideStatement({
    sid: 'WriteTraces',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    resources: ['*'],
    reason: 'X-Ray has no resource to name for what is sent to it.',
  })
}
