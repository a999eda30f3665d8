/**
 * Everything that the rules of AWS Solutions find, and why it is so. A finding that is new, or gone, or has another reason, fails a test.
 */
interface AcknowledgedFinding {
  readonly rule: string
  readonly reason: string
  /** Paths within the deployment. */
  readonly constructs: readonly string[]
}

export const acknowledgedFindings: readonly AcknowledgedFinding[] = [
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Descriptions of EC2 have no resource to name. The code of the function is denied them.',
    constructs: [
      'http-api-key-mail/retire-http-api-key/Role',
      'http-api-key-mail/rotate-http-api-key/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'own/cluster-eks/rollout-kubernetes/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'It denies.',
    constructs: [
      'http-api-key-mail/retire-http-api-key/Role',
      'http-api-key-mail/rotate-http-api-key/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'own/cluster-eks/rollout-kubernetes/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'ListSecrets has no resource to name. It tells names and tags, and no value.',
    constructs: [
      'People/operator',
      'People/revoker',
      'People/viewer',
      'inventory/Role',
      'operate/Role',
      'sweep/Role',
      'view/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Metrics have no resource to name. They tell figures, and no data of a database.',
    constructs: ['internet/retire-postgres/Role', 'main/retire-postgres/Role', 'own/retire-postgres/Role'],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'Tasks are listed by cluster and service, which are no resource here. The condition names the clusters.',
    constructs: ['rollout/Role'],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray has no resource to name for what is sent to it.',
    constructs: [
      'Adopters/adopt1/Role',
      'acknowledge/Role',
      'http-api-key-mail/retire-http-api-key/Role',
      'http-api-key-mail/rotate-http-api-key/Role',
      'iam-access-key-robots/retire-iam-access-key/Role',
      'iam-access-key-robots/rotate-iam-access-key/Role',
      'internet/retire-postgres/Role',
      'internet/rotate-postgres/Role',
      'inventory/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'operate/Role',
      'own/cluster-eks/rollout-kubernetes/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
      'report/Role',
      'revoke/Role',
      'rollout/Role',
      'sweep/Role',
      'view/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:ec2:eu-west-1:111122223333:*/*]',
    reason:
      'Lambda asks for these on all resources or on one that exists already: it makes the interfaces itself.',
    constructs: [
      'http-api-key-mail/retire-http-api-key/Role',
      'http-api-key-mail/rotate-http-api-key/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'own/cluster-eks/rollout-kubernetes/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:ec2:eu-west-1:111122223333:network-interface/*]',
    reason: 'An interface has no name before it is made. Subnets and security group are exact.',
    constructs: [
      'http-api-key-mail/retire-http-api-key/Role',
      'http-api-key-mail/rotate-http-api-key/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'own/cluster-eks/rollout-kubernetes/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:ecs:eu-west-1:111122223333:task/web/*]',
    reason:
      'A task has no name before it is started. It tells of tasks of these clusters, and changes nothing.',
    constructs: ['rollout/Role'],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:iam::111122223333:user/*]',
    reason:
      'Every access key of the account is to have a known age, whoever has it. It tells ids, dates and tags, and no key.',
    constructs: ['People/operator', 'People/revoker', 'People/viewer'],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:lambda:eu-west-1:111122223333:function:orders:*]',
    reason: 'It names the versions and aliases of one function, which have no names before they are made.',
    constructs: ['rollout/Functions/Policy1'],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:logs:eu-west-1:111122223333:log-group:/aws/rds/cluster/shop/postgresql:*]',
    reason: 'It names the streams of one log group, which nobody knows before.',
    constructs: ['operate/Role', 'sweep/Role'],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:rds:eu-west-1:111122223333:cluster:*]',
    reason:
      'A server is asked for by its host name, and its replicas are known only from the answer. Descriptions hold no data of a database.',
    constructs: [
      'internet/retire-postgres/Role',
      'internet/rotate-postgres/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:rds:eu-west-1:111122223333:db:*]',
    reason:
      'A server is asked for by its host name, and its replicas are known only from the answer. Descriptions hold no data of a database.',
    constructs: [
      'internet/retire-postgres/Role',
      'internet/rotate-postgres/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:secretsmanager:eu-west-1:111122223333:secret:*]',
    reason:
      "A role's policies are too short for a list of secrets. The condition AllowRotationLambdaArn limits it to those that this deployment rotates.",
    constructs: [
      'acknowledge/Role',
      'http-api-key-mail/retire-http-api-key/Role',
      'http-api-key-mail/rotate-http-api-key/Role',
      'iam-access-key-robots/retire-iam-access-key/Role',
      'iam-access-key-robots/rotate-iam-access-key/Role',
      'internet/retire-postgres/Role',
      'internet/rotate-postgres/Role',
      'main/retire-postgres/Role',
      'main/rotate-postgres/Role',
      'operate/Role',
      'own/retire-postgres/Role',
      'own/rotate-postgres/Role',
      'report/Role',
      'revoke/Role',
      'sweep/Role',
      'view/Role',
    ],
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:aws:secretsmanager:eu-west-1:111122223333:secret:*]',
    reason:
      'Every secret of the account and Region is to have a known age, whoever rotates it. It tells ids, labels and dates of versions, and no value.',
    constructs: ['People/operator', 'People/revoker', 'People/viewer', 'inventory/Role'],
  },
  {
    rule: 'AwsSolutions-SQS3',
    reason:
      'It is the queue of dead letters: of schedules, of a rule and of a function. Nothing receives from it by itself.',
    constructs: ['DeadLetters'],
  },
]
