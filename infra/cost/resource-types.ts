import type { PriceName } from './prices.ts'

/** What each type of resource costs: the prices that its use is billed by, or why it is free. A type that is not here fails a test. */
export const resourceTypes: Readonly<Record<string, readonly PriceName[] | { readonly free: string }>> = {
  'AWS::SecretsManager::Secret': ['secret', 'secretsManagerCall'],
  'AWS::SecretsManager::RotationSchedule': ['secret', 'secretsManagerCall'],
  'Custom::OverlapTags': { free: 'invoked when something is deployed, a few times in a month' },
  'Custom::OverlapCheck': { free: 'invoked when something is deployed, a few times in a month' },
  'AWS::Lambda::Function': ['invocation', 'gbSecond'],
  'AWS::Lambda::Permission': { free: 'a policy' },
  'AWS::Lambda::EventInvokeConfig': { free: 'a setting' },
  'AWS::IAM::Role': { free: 'IAM is free' },
  'AWS::IAM::ManagedPolicy': { free: 'IAM is free' },
  'AWS::Logs::LogGroup': ['logIngested', 'logKept', 'metric'],
  'AWS::CloudWatch::Alarm': ['alarmMetric'],
  'AWS::CloudWatch::Dashboard': ['dashboard', 'invocation', 'gbSecond', 'secretsManagerCall'],
  'AWS::Scheduler::Schedule': ['scheduled'],
  'AWS::Scheduler::ScheduleGroup': { free: 'a name for schedules' },
  'AWS::Events::Rule': { free: 'events of AWS services on the default bus are free' },
  'AWS::SNS::Topic': ['event', 'mail'],
  'AWS::SNS::TopicPolicy': { free: 'a policy' },
  'AWS::SNS::Subscription': ['mail'],
  'AWS::SQS::Queue': { free: 'pays for messages, of which there are none unless something fails' },
  'AWS::SQS::QueuePolicy': { free: 'a policy' },
  'AWS::EC2::SecurityGroup': { free: 'rules of a VPC are free' },
  'AWS::EC2::SecurityGroupIngress': { free: 'rules of a VPC are free' },
  'AWS::EC2::SecurityGroupEgress': { free: 'rules of a VPC are free' },
  'AWS::EC2::VPCEndpoint': ['endpoint', 'endpointGb'],
}
