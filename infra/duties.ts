/**
 * What the functions outside networks may do, beside writing their own log: what their code calls, and nothing else.
 */
import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'
import { datesOfVersions, listSecrets } from './permissions.ts'
import type { Topics } from './topics.ts'

const tagKeys = (operator: 'Equals' | 'Like', ...keys: string[]) => ({
  [`ForAllValues:String${operator}`]: { 'aws:TagKeys': keys },
})

export function sweepDuties(fleet: Fleet, journal: Journal): PolicyStatement[] {
  return [
    journal.write(),
    journal.read(),
    listSecrets(),
    fleet.onSecrets('SweepSecrets', [
      'DescribeSecret',
      'ListSecretVersionIds',
      'RotateSecret',
      'UpdateSecretVersionStage',
    ]),
    fleet.onSecrets('KeepState', ['TagResource'], tagKeys('Equals', 'overlap:state')),
    // RotateSecret asks its caller for the right to invoke the rotation function.
    fleet.invokeRotate('RotateSecretInvokes'),
    fleet.invokeRetire('Retire'),
  ]
}

export function operateDuties(fleet: Fleet, journal: Journal): PolicyStatement[] {
  return [
    journal.write(),
    journal.read(),
    listSecrets(),
    // A leave that is refused turns rotation on again.
    fleet.onSecrets('OperateSecrets', [
      'CancelRotateSecret',
      'DescribeSecret',
      'ListSecretVersionIds',
      'RotateSecret',
    ]),
    // A hold, a retirement at once, and who runs which version.
    fleet.onSecrets(
      'HoldRetireAcknowledge',
      ['TagResource'],
      tagKeys('Equals', 'overlap:hold', 'overlap:state', 'overlap:acknowledged'),
    ),
    fleet.onSecrets('ReleaseAndLeave', ['UntagResource'], tagKeys('Like', 'overlap:*')),
    fleet.invokeRotate('CheckAndRotateSecretInvokes'),
    fleet.invokeRetire('LeaveAndRetire'),
  ]
}

/** It changes nothing: it reads sightings from the journal, since a function that looks for them could retire as well. */
export function viewDuties(fleet: Fleet, journal: Journal): PolicyStatement[] {
  return [
    journal.read(),
    listSecrets(),
    fleet.onSecrets('ViewSecrets', ['DescribeSecret', 'ListSecretVersionIds']),
  ]
}

/** What leaked is replaced and taken out of use, whoever uses it. */
export function revokeDuties(fleet: Fleet, journal: Journal): PolicyStatement[] {
  return [
    journal.write(),
    journal.read(),
    fleet.onSecrets('RevokeSecrets', ['DescribeSecret', 'ListSecretVersionIds', 'RotateSecret']),
    fleet.onSecrets('SayWhatLeaked', ['TagResource'], tagKeys('Equals', 'overlap:leaked')),
    fleet.invokeRotate('RotateSecretInvokes'),
    fleet.invokeRetire('Retire'),
  ]
}

/** Who runs which version, and nothing else. */
export function acknowledgeDuties(fleet: Fleet, journal: Journal): PolicyStatement[] {
  return [
    journal.write(),
    fleet.onSecrets('AcknowledgedSecrets', ['DescribeSecret']),
    fleet.onSecrets('Acknowledge', ['TagResource'], tagKeys('Equals', 'overlap:acknowledged')),
  ]
}

/** It reads whatever the account has, and writes nothing. */
export function inventoryDuties(scope: Construct): PolicyStatement[] {
  return [listSecrets(), datesOfVersions(scope)]
}

export function reportDuties(
  scope: Construct,
  fleet: Fleet,
  { topics, deadLetters }: { readonly topics: Topics; readonly deadLetters: IQueue },
): PolicyStatement[] {
  const bus = Stack.of(scope).formatArn({
    service: 'events',
    resource: 'event-bus',
    resourceName: 'default',
  })
  return [
    fleet.onSecrets('NameOwners', ['DescribeSecret']),
    new PolicyStatement({
      sid: 'Tell',
      actions: ['sns:Publish'],
      resources: [...new Set(topics.told.map(({ topicArn }) => topicArn))],
    }),
    new PolicyStatement({
      sid: 'TellTheBus',
      actions: ['events:PutEvents'],
      resources: [bus],
      conditions: { StringEquals: { 'events:source': 'overlap', 'events:detail-type': 'Overlap Finding' } },
    }),
    new PolicyStatement({
      sid: 'KeepWhatWasNotTold',
      actions: ['sqs:SendMessage'],
      resources: [deadLetters.queueArn],
    }),
    ...useTopicKeys(scope, topics),
  ]
}

/** Who publishes to an encrypted topic needs its key: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html */
function useTopicKeys(scope: Construct, topics: Topics): PolicyStatement[] {
  const keys = topics.told.flatMap(({ masterKey }) => (masterKey ? [masterKey.keyArn] : []))
  if (keys.length === 0) return []
  return [
    new PolicyStatement({
      sid: 'UseKeysOfTopics',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [...new Set(keys)],
      conditions: { StringEquals: { 'kms:ViaService': `sns.${Stack.of(scope).region}.amazonaws.com` } },
    }),
  ]
}
