import { ArnFormat, Duration, Lazy, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { Adopters } from './adopters.ts'
import { Alarms } from './alarms.ts'
import { expecting, refuse } from './checks/problems.ts'
import { Dashboard } from './dashboard.ts'
import { inventoryDuties, operateDuties, reportDuties, sweepDuties } from './duties.ts'
import { Fleet } from './fleet.ts'
import { LabelEvents } from './label-events.ts'
import { DEFAULT_DEPLOYMENT_NAME, Names } from './names.ts'
import type { OverlapNetwork } from './network.ts'
import {
  type DeployedFunctionOptions,
  type FunctionOptions,
  functionOptionProblems,
  OverlapFunction,
} from './overlap-function.ts'
import { type OverlapSettings, type Settings, settingProblems, settingsOf } from './overlap-settings.ts'
import { ownerNameProblems } from './owners.ts'
import { reportedAlarms } from './reported-alarms.ts'
import { Schedules } from './schedules.ts'
import { Topics, type TopicsProps } from './topics.ts'
import {
  freezesVariable,
  functionsVariable,
  judgingVariables,
  logGroupsVariable,
  ownerNamesVariable,
  ownersVariable,
  topicsVariable,
} from './variables.ts'

export interface OverlapProps extends FunctionOptions, TopicsProps, OverlapSettings {
  /**
   * What functions, alarms and schedules are called after.
   * @default 'overlap'
   */
  readonly deploymentName?: string
}

/**
 * One deployment: what an account and Region has once, whatever is rotated in it. Throws a `ConfigurationError`.
 *
 *   schedules, label events -> sweep -> a network's rotate and retire functions
 *   alarms -> report -> topics and event bus
 *   CloudFormation -> adopt; a person -> operate
 *   a dashboard that somebody looks at -> inventory
 */
export class Overlap extends Construct {
  readonly names: Names
  readonly settings: Settings
  readonly functionOptions: DeployedFunctionOptions
  readonly adopters: Adopters
  readonly topics: Topics
  /** Value of OVERLAP_FREEZES. */
  readonly freezesVariable: string
  readonly #fleet = new Fleet(this)
  /** Those outside networks. */
  readonly #functions: OverlapFunction[] = []
  readonly #logGroups: ILogGroup[] = []
  readonly #readLogs = new PolicyStatement({ sid: 'ReadLogs', actions: ['logs:FilterLogEvents'] })
  readonly #secrets = new Map<string, string>()
  readonly #alarms: Alarms
  readonly #sweep: OverlapFunction
  readonly #operate: OverlapFunction
  readonly #report: OverlapFunction

  constructor(scope: Construct, id: string, props: OverlapProps) {
    super(scope, id)
    this.names = new Names(props.deploymentName ?? DEFAULT_DEPLOYMENT_NAME)
    const { deployment } = this.names
    this.settings = settingsOf(props)
    refuse([
      ...settingProblems(`deployment ${deployment}`, this.settings),
      ...functionOptionProblems(`deployment ${deployment}`, props),
      ...ownerNameProblems(`deployment ${deployment}`, deployment, Object.keys(props.owners ?? {})),
    ])
    this.functionOptions = { ...functionOptionsOf(props), deploymentName: deployment }
    this.freezesVariable = freezesVariable(this.settings.freezes)
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason:
        'It is the queue of dead letters: of schedules, of a rule and of a function. Nothing receives from it by itself.',
    })
    this.topics = new Topics(this, 'Topics', { ...props, deploymentName: deployment })

    const stack = Stack.of(this)
    const shared = {
      OVERLAP_FUNCTIONS: Lazy.string({ produce: () => functionsVariable(stack, this.#fleet.pairs) }),
      OVERLAP_SCHEDULES: JSON.stringify(this.settings.schedules),
      OVERLAP_FREEZES: this.freezesVariable,
    }
    this.#sweep = this.#deploy('sweep', {
      ...shared,
      ...judgingVariables(this.settings),
      OVERLAP_REQUESTS_PER_MINUTE: String(this.settings.rotationsPerMinute),
      OVERLAP_OWNER_NAMES: ownerNamesVariable(this.topics),
    })
    this.#operate = this.#deploy('operate', shared)
    this.#report = this.#deploy('report', {
      OVERLAP_LOG_GROUPS: Lazy.string({ produce: () => logGroupsVariable(stack, this.#logGroups) }),
      OVERLAP_TOPICS: topicsVariable(stack, this.topics),
      OVERLAP_OWNERS: ownersVariable(stack, this.topics),
      OVERLAP_ALARMS: JSON.stringify(reportedAlarms(deployment)),
    })
    if (this.settings.dashboard) this.#show({ ...shared, ...judgingVariables(this.settings) })
    this.adopters = new Adopters(this, 'Adopters', {
      ...this.functionOptions,
      names: this.names,
      fleet: this.#fleet,
      functionsVariable: shared.OVERLAP_FUNCTIONS,
      onAdded: (adopt) => {
        this.#functions.push(adopt)
        this.#listenTo(adopt)
      },
    })
    this.#schedule(deadLetters)
    this.#alarms = new Alarms(this, 'Alarms', {
      deploymentName: deployment,
      topics: this.topics,
      sweep: this.#sweep,
      report: this.#report,
      deadLetters,
      functions: this.#functions,
      settings: this.settings,
    })
    this.#sweep.allow(...sweepDuties(this.#fleet))
    this.#operate.allow(...operateDuties(this.#fleet))
    this.#report.allow(
      this.#readLogs,
      ...reportDuties(this, this.#fleet, { topics: this.topics, deadLetters }),
    )
    this.#letAlarmsReport(deadLetters)
    this.node.addValidation({
      validate: () =>
        this.#fleet.pairs.length > 0
          ? []
          : [`NETWORK_UNKNOWN: ${this.node.path} needs an OverlapNetwork: nothing could be rotated`],
    })
  }

  /** Each network calls it once. */
  connect(network: OverlapNetwork): void {
    const { networkName, rotate, retire } = network
    this.#fleet.add({ rotateArn: rotate.functionArn, retireArn: retire.functionArn })
    this.#alarms.watch(networkName, [rotate, retire])
    this.#listenTo(rotate)
    this.#listenTo(retire)
  }

  /** Each rotated secret calls it once. `place` is its construct's. Throws `SECRET_TWICE`. */
  register(secret: string, place: string): void {
    const known = this.#secrets.get(secret)
    refuse(
      expecting(`secret ${secret}`)(
        known === undefined,
        'SECRET_TWICE',
        'secret',
        `must be in rotation once: ${known} rotates it already, and two schedules would rotate it`,
      ),
    )
    this.#secrets.set(secret, place)
  }

  #deploy(
    handler: 'sweep' | 'operate' | 'report' | 'inventory',
    environment: Record<string, string>,
  ): OverlapFunction {
    const deployed = new OverlapFunction(this, handler, {
      ...this.functionOptions,
      handler,
      functionName: this.names.of(handler),
      environment,
    })
    this.#functions.push(deployed)
    // The last two find nothing that anybody would have to be told.
    if (handler === 'sweep' || handler === 'operate') this.#listenTo(deployed)
    return deployed
  }

  #show(environment: Record<string, string>): void {
    const inventory = this.#deploy('inventory', environment)
    inventory.allow(...inventoryDuties(this))
    new Dashboard(this, 'Dashboard', {
      ...this.settings,
      deploymentName: this.names.deployment,
      inventory,
      owners: [...this.topics.owners.keys()],
    })
  }

  #schedule(deadLetters: IQueue): void {
    new Schedules(this, 'Schedules', {
      ...this.functionOptions,
      schedules: this.settings.schedules,
      sweepEvery: this.settings.sweepEvery,
      sweep: this.#sweep,
      deadLetters,
    })
    new LabelEvents(this, 'LabelEvents', { sweep: this.#sweep.function, deadLetters })
    // The next pass does what a failed one did not; a late pass does nothing that the next one would not do.
    new CfnEventInvokeConfig(this, 'SweepInvocations', {
      functionName: this.#sweep.function.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: this.settings.sweepEvery.toSeconds(),
    })
  }

  /** A page that cannot be told is kept, beside ringing the alarm report-failed. */
  #letAlarmsReport(deadLetters: IQueue): void {
    const stack = Stack.of(this)
    new CfnEventInvokeConfig(this, 'ReportInvocations', {
      functionName: this.#report.function.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
    })
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    this.#report.function.addPermission('Alarms', {
      principal: new ServicePrincipal('lambda.alarms.cloudwatch.amazonaws.com'),
      sourceAccount: stack.account,
      sourceArn: stack.formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: `${this.names.deployment}-*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    })
  }

  /** What it writes is read by `report`. */
  #listenTo(each: OverlapFunction): void {
    this.#logGroups.push(each.logGroup)
    this.#readLogs.addResources(each.logGroup.logGroupArn)
  }
}

function functionOptionsOf(props: OverlapProps): FunctionOptions {
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
