import { ArnFormat, Duration, Lazy, Stack } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { Adopters } from './adopters.ts'
import { Alarms, reportedAlarms } from './alarms.ts'
import type { Recurrence } from './cron.ts'
import { DEFAULT_DEPLOYMENT_NAME, functionArn, Names } from './names.ts'
import type { OverlapNetwork } from './network.ts'
import { type FunctionOptions, OverlapFunction } from './overlap-function.ts'
import { listSecrets, onRotatedSecrets } from './permissions.ts'
import { inTag } from './policy-tags.ts'
import { Schedules } from './schedules.ts'
import { Topics, type TopicsProps } from './topics.ts'

export interface Freeze {
  /** Absolute instant, ISO 8601 in UTC. */
  readonly from: string
  /** The first instant after it. */
  readonly until: string
  readonly reason: string
}

export interface OverlapProps extends FunctionOptions, TopicsProps {
  /**
   * What functions, alarms and schedules are called after.
   * @default 'overlap'
   */
  readonly deploymentName?: string
  /**
   * When secrets are rotated; a secret names one of these.
   * @default { weekly: { cron: '0 3 ? * SUN *', timezone: 'UTC' } }
   */
  readonly schedules?: Readonly<Record<string, Recurrence>>
  /** @default none */
  readonly freezes?: readonly Freeze[]
  /** @default 5 minutes */
  readonly sweepEvery?: Duration
  /** @default 1 hour */
  readonly drainFloor?: Duration
  /** @default 24 hours */
  readonly abandonAfter?: Duration
  /** @default 1 hour */
  readonly rolloutLimit?: Duration
  /** @default 60 */
  readonly rotationsPerMinute?: number
}

/** One deployment: everything that an account and Region has once, whatever is rotated in it. */
export class Overlap extends Construct {
  readonly names: Names
  readonly functionOptions: FunctionOptions
  readonly schedules: Readonly<Record<string, Recurrence>>
  readonly sweepEvery: Duration
  readonly drainFloor: Duration
  readonly rolloutLimit: Duration
  readonly adopters: Adopters
  readonly topics: Topics
  /** Value of OVERLAP_FREEZES. */
  readonly freezesVariable: string
  readonly #networks: OverlapNetwork[] = []
  readonly #alarms: Alarms
  readonly #sweep: OverlapFunction
  readonly #operate: OverlapFunction
  readonly #report: OverlapFunction

  constructor(scope: Construct, id: string, props: OverlapProps) {
    super(scope, id)
    const stack = Stack.of(this)
    this.names = new Names(props.deploymentName ?? DEFAULT_DEPLOYMENT_NAME)
    this.functionOptions = optionsOf(props)
    this.schedules = props.schedules ?? { weekly: { cron: '0 3 ? * SUN *', timezone: 'UTC' } }
    this.sweepEvery = props.sweepEvery ?? Duration.minutes(5)
    this.drainFloor = props.drainFloor ?? Duration.hours(1)
    this.rolloutLimit = props.rolloutLimit ?? Duration.hours(1)
    this.freezesVariable = JSON.stringify(props.freezes ?? [])
    const { deployment } = this.names
    const functionsVariable = Lazy.string({ produce: () => this.#functionsVariable() })
    const schedulesVariable = JSON.stringify(this.schedules)

    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    this.topics = new Topics(this, 'Topics', props)
    this.#sweep = this.#deploy('sweep', {
      OVERLAP_FUNCTIONS: functionsVariable,
      OVERLAP_DRAIN_FLOOR: inTag(this.drainFloor),
      OVERLAP_ABANDON_AFTER: inTag(props.abandonAfter ?? Duration.hours(24)),
      OVERLAP_SCHEDULES: schedulesVariable,
      OVERLAP_FREEZES: this.freezesVariable,
      OVERLAP_REQUESTS_PER_MINUTE: String(props.rotationsPerMinute ?? 60),
    })
    this.#operate = this.#deploy('operate', {
      OVERLAP_FUNCTIONS: functionsVariable,
      OVERLAP_FREEZES: this.freezesVariable,
      OVERLAP_SCHEDULES: schedulesVariable,
    })
    this.#report = this.#deploy('report', {
      OVERLAP_LOG_GROUPS: Lazy.string({ produce: () => this.#logGroupsVariable() }),
      OVERLAP_TOPICS: stack.toJsonString({
        page: this.topics.page.topicArn,
        ticket: this.topics.ticket.topicArn,
      }),
      OVERLAP_ALARMS: JSON.stringify(reportedAlarms(deployment)),
    })
    this.adopters = new Adopters(this, 'Adopters', {
      names: this.names,
      functionOptions: this.functionOptions,
      functionsVariable,
    })

    const sweep = functionArn(stack, this.#sweep.functionName)
    new Schedules(this, 'Schedules', {
      ...this.functionOptions,
      deploymentName: deployment,
      schedules: this.schedules,
      sweepEvery: this.sweepEvery,
      sweep,
      deadLetters,
    })
    new Rule(this, 'LabelMoved', {
      description: 'A label of a secret moved: the sweep looks at that secret at once',
      eventPattern: { source: ['aws.secretsmanager'], detailType: ['Secret Label Updated'] },
      targets: [
        new LambdaTarget(this.#sweep.function, {
          deadLetterQueue: deadLetters,
          maxEventAge: Duration.minutes(15),
          retryAttempts: 3,
        }),
      ],
    })
    new CfnEventInvokeConfig(this, 'SweepOnce', {
      functionName: this.#sweep.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 300,
    })
    this.#alarms = new Alarms(this, 'Alarms', {
      deploymentName: deployment,
      topics: this.topics,
      report: functionArn(stack, this.#report.functionName),
      reportName: this.#report.functionName,
      deadLetters,
      functionNames: () =>
        [this.#sweep, this.#operate, this.#report, ...this.adopters.functions].map(
          ({ functionName }) => functionName,
        ),
    })
    this.#report.function.addPermission('Alarms', {
      principal: new ServicePrincipal('lambda.alarms.cloudwatch.amazonaws.com'),
      sourceAccount: stack.account,
      sourceArn: stack.formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: `${deployment}-*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    })
  }

  /** Called by each network. */
  connect(network: OverlapNetwork): void {
    this.#networks.push(network)
    this.#alarms.watch(
      network.networkName,
      network.functions.map(({ functionName }) => functionName),
    )
    this.adopters.grantCheck(network.rotateArn)
    if (this.#networks.length === 1) this.#allow()
  }

  #deploy(handler: 'sweep' | 'operate' | 'report', environment: Record<string, string>): OverlapFunction {
    return new OverlapFunction(this, handler, {
      ...this.functionOptions,
      handler,
      functionName: this.names.of(handler),
      environment,
    })
  }

  #allow(): void {
    const rotateArns = this.#networks.map(({ rotateArn }) => rotateArn)
    const invoked = this.#networks.flatMap(({ rotateArn, retireArn }) => [rotateArn, retireArn])
    const invoke = new PolicyStatement({
      sid: 'InvokeRotateAndRetire',
      actions: ['lambda:InvokeFunction'],
      resources: invoked,
    })
    this.#sweep.allow(
      listSecrets(),
      onRotatedSecrets(this, 'SweepSecrets', rotateArns, [
        'DescribeSecret',
        'ListSecretVersionIds',
        'RotateSecret',
        'UpdateSecretVersionStage',
      ]),
      onRotatedSecrets(this, 'KeepState', rotateArns, ['TagResource'], {
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['overlap:state'] },
      }),
      invoke,
    )
  }

  #functionsVariable(): string {
    return Stack.of(this).toJsonString(
      this.#networks.map(({ rotateArn, retireArn }) => ({ rotate: rotateArn, retire: retireArn })),
    )
  }

  #logGroupsVariable(): string {
    const functions = [
      ...this.#networks.flatMap(({ functions }) => functions),
      this.#sweep,
      this.#operate,
      ...this.adopters.functions,
    ]
    return Stack.of(this).toJsonString(functions.map(({ logGroup }) => logGroup.logGroupName))
  }
}

function optionsOf(props: OverlapProps): FunctionOptions {
  const { code, logRetention, tracing, reservedConcurrency, permissionsBoundary, rolePath } = props
  return {
    code,
    ...(logRetention === undefined ? {} : { logRetention }),
    ...(tracing === undefined ? {} : { tracing }),
    ...(reservedConcurrency && { reservedConcurrency }),
    ...(permissionsBoundary && { permissionsBoundary }),
    ...(rolePath === undefined ? {} : { rolePath }),
  }
}
