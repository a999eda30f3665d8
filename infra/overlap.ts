import { Lazy, Stack } from 'aws-cdk-lib'
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { letAcknowledge } from './acknowledging.ts'
import { Adopters } from './adopters.ts'
import { Alarms } from './alarms.ts'
import { acknowledgerProblems } from './checks/acknowledgers.ts'
import { expecting, refuse } from './checks/problems.ts'
import { Dashboard } from './dashboard.ts'
import { deadLettersOf } from './dead-letters.ts'
import {
  acknowledgeDuties,
  inventoryDuties,
  operateDuties,
  reportDuties,
  revokeDuties,
  sweepDuties,
  viewDuties,
} from './duties.ts'
import { Fleet } from './fleet.ts'
import type { OutsideNetworks } from './function-settings.ts'
import { Journal } from './journal.ts'
import type { KubernetesCluster } from './kubernetes-cluster.ts'
import { LabelEvents } from './label-events.ts'
import { LoginLogs } from './login-logs.ts'
import { DEFAULT_DEPLOYMENT_NAME, Names } from './names.ts'
import {
  type DeployedFunctionOptions,
  type FunctionOptions,
  functionOptionProblems,
  functionOptionsOf,
  OverlapFunction,
} from './overlap-function.ts'
import { type OverlapSettings, type Settings, settingProblems, settingsOf } from './overlap-settings.ts'
import { ownerNameProblems } from './owners.ts'
import { PeoplePolicies } from './people.ts'
import { reportedAlarms } from './reported-alarms.ts'
import { ReportedLogs } from './reported-logs.ts'
import { letAlarmsReport } from './reporting.ts'
import { Rollouts } from './rollouts.ts'
import type { RotationFunctions } from './rotation-functions.ts'
import { Schedules } from './schedules.ts'
import { Topics, type TopicsProps } from './topics.ts'
import {
  freezesVariable,
  functionsVariable,
  judgingVariables,
  ownerNamesVariable,
  ownersVariable,
  retiringVariables,
  topicsVariable,
} from './variables.ts'

export interface OverlapProps extends FunctionOptions, TopicsProps, OverlapSettings {
  /**
   * What functions, alarms and schedules are called after.
   * @default 'overlap'
   */
  readonly deploymentName?: string
  /**
   * Consumers of secrets that no construct of this app rotates, those whose tags something else writes.
   * @default none
   */
  readonly otherConsumers?: readonly string[]
  /**
   * Who else may acknowledge for consumers of the forms `event:` and `manual:`: account ids, and ARNs of roles or users.
   * @default none: whoever of this account may invoke the function
   */
  readonly acknowledgers?: readonly string[]
}

/**
 * One deployment: what an account and Region has once, whatever is rotated in it. Throws a `ConfigurationError`.
 *
 *   schedules, label events -> sweep -> rotate and retire functions of a network, of access keys, of a provider; rollout functions
 *   alarms -> report -> topics and event bus
 *   CloudFormation -> adopt; a person -> view, operate, revoke; a consumer -> acknowledge
 *   a dashboard that somebody looks at -> inventory
 */
export class Overlap extends Construct {
  readonly names: Names
  readonly settings: Settings
  readonly functionOptions: DeployedFunctionOptions
  readonly adopters: Adopters
  readonly topics: Topics
  readonly rollouts: Rollouts
  readonly loginLogs: LoginLogs
  /** Value of OVERLAP_FREEZES. */
  readonly freezesVariable: string
  /** Value of OVERLAP_FUNCTIONS. */
  readonly #functionsVariable: string
  readonly #fleet = new Fleet(this)
  /** Those outside networks. */
  readonly #functions: OverlapFunction[] = []
  readonly #logs = new ReportedLogs(Stack.of(this))
  readonly #journal: Journal
  readonly #secrets = new Map<string, string>()
  readonly #alarms: Alarms
  readonly #sweep: OverlapFunction
  /** Those that ask rollout functions. */
  readonly #asked: Readonly<Record<'sweep' | 'operate' | 'view' | 'revoke', OverlapFunction>>
  readonly #report: OverlapFunction
  readonly #people: PeoplePolicies

  constructor(scope: Construct, id: string, props: OverlapProps) {
    super(scope, id)
    this.names = new Names(props.deploymentName ?? DEFAULT_DEPLOYMENT_NAME)
    const { deployment } = this.names
    this.settings = settingsOf(props)
    refuse([
      ...settingProblems(`deployment ${deployment}`, this.settings),
      ...functionOptionProblems(`deployment ${deployment}`, props),
      ...acknowledgerProblems(`deployment ${deployment}`, props.acknowledgers ?? []),
      ...ownerNameProblems(`deployment ${deployment}`, deployment, Object.keys(props.owners ?? {})),
    ])
    this.functionOptions = { ...functionOptionsOf(props), deploymentName: deployment }
    this.freezesVariable = freezesVariable(this.settings.freezes)
    const deadLetters = deadLettersOf(this)
    this.topics = new Topics(this, 'Topics', { ...props, deploymentName: deployment })

    const stack = Stack.of(this)
    this.#functionsVariable = Lazy.string({ produce: () => functionsVariable(stack, this.#fleet.pairs) })
    this.#journal = new Journal(this, 'Journal', { deploymentName: deployment })
    this.rollouts = new Rollouts({
      stack,
      ...(props.rolePath === undefined ? {} : { rolePath: props.rolePath }),
      deploy: () => this.#deploy('rollout', {}),
      onAcknowledging: () => this.#acknowledged(props.acknowledgers ?? []),
    })
    const living = retiringVariables(this.settings, {
      functions: this.#functionsVariable,
      rollouts: this.rollouts.variable,
      journal: this.#journal.logGroupName,
    })
    this.#sweep = this.#deploy('sweep', {
      ...living,
      OVERLAP_REQUESTS_PER_MINUTE: String(this.settings.rotationsPerMinute),
      OVERLAP_OWNER_NAMES: ownerNamesVariable(this.topics),
    })
    this.#asked = {
      sweep: this.#sweep,
      operate: this.#deploy('operate', living),
      view: this.#deploy('view', living),
      revoke: this.#deploy('revoke', living),
    }
    this.loginLogs = new LoginLogs(this.#sweep, this.#asked.operate)
    this.#report = this.#deploy('report', {
      OVERLAP_LOG_GROUPS: this.#logs.variable,
      OVERLAP_TOPICS: topicsVariable(stack, this.topics),
      OVERLAP_OWNERS: ownersVariable(stack, this.topics),
      OVERLAP_ALARMS: JSON.stringify(reportedAlarms(deployment)),
    })
    const inventory = this.settings.dashboard
      ? this.#show(judgingVariables(this.settings, this.#functionsVariable))
      : undefined
    this.#people = new PeoplePolicies(this, 'People', {
      ...props,
      deploymentName: deployment,
      ...this.#asked,
      inventory,
    })
    this.adopters = new Adopters(this, 'Adopters', {
      ...this.functionOptions,
      names: this.names,
      fleet: this.#fleet,
      functionsVariable: this.#functionsVariable,
      onAdded: (adopt) => {
        this.#functions.push(adopt)
        this.#logs.add(adopt)
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
    this.#allow()
    this.#report.allow(
      this.#logs.statement,
      ...reportDuties(this, this.#fleet, { topics: this.topics, deadLetters }),
    )
    letAlarmsReport(this, this.#report, { deploymentName: deployment, deadLetters })
    this.node.addValidation({
      validate: () =>
        this.#fleet.pairs.length > 0
          ? []
          : [
              `NETWORK_UNKNOWN: ${this.node.path} needs an OverlapNetwork, AccessKeys or a KeyProvider: nothing could be rotated`,
            ],
    })
    this.rollouts.register(props.otherConsumers ?? [])
    if (props.acknowledgers?.length) this.rollouts.acknowledge()
  }

  /** Each network, or whatever else is rotated in, calls it once. `watched`: whose throttles ring an alarm of this name, to which more may come. */
  connect(name: string, { rotate, retire }: RotationFunctions, watched: readonly OverlapFunction[]): void {
    this.#fleet.add({ rotateArn: rotate.functionArn, retireArn: retire.functionArn })
    this.#alarms.watch(name, watched)
    this.#logs.add(rotate)
    this.#logs.add(retire)
  }

  /** Each cluster's network calls it once. Throws `NAME_INVALID` for one that is declared already. */
  addCluster({ clusterName, rollout }: KubernetesCluster): void {
    this.rollouts.addCluster(clusterName, rollout)
    this.#logs.add(rollout)
  }

  /** Each rotated secret calls it once. `place` is its construct's. Throws `SECRET_TWICE`. */
  register(secret: string, place: string, consumers: readonly string[]): void {
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
    this.rollouts.register(consumers)
  }

  #deploy(handler: OutsideNetworks, environment: Record<string, string>): OverlapFunction {
    const deployed = new OverlapFunction(this, handler, {
      ...this.functionOptions,
      handler,
      functionName: this.names.of(handler),
      environment,
    })
    // Whoever asks the others waits for the answer, and hears of a throttle.
    if (!['view', 'revoke', 'acknowledge'].includes(handler)) this.#functions.push(deployed)
    // These two find nothing that anybody would have to be told.
    if (handler !== 'report' && handler !== 'inventory') this.#logs.add(deployed)
    return deployed
  }

  #allow(): void {
    const [fleet, journal] = [this.#fleet, this.#journal]
    const { sweep, operate, view, revoke } = this.#asked
    sweep.allow(...sweepDuties(fleet, journal))
    operate.allow(...operateDuties(fleet, journal))
    view.allow(...viewDuties(fleet, journal))
    revoke.allow(...revokeDuties(fleet, journal))
    for (const asker of Object.values(this.#asked)) this.rollouts.letAsk(asker)
  }

  #acknowledged(principals: readonly string[]): void {
    const acknowledge = this.#deploy('acknowledge', {
      OVERLAP_FUNCTIONS: this.#functionsVariable,
      OVERLAP_JOURNAL: this.#journal.logGroupName,
    })
    acknowledge.allow(...acknowledgeDuties(this.#fleet, this.#journal))
    letAcknowledge(acknowledge, principals)
    this.#people.letAcknowledge(acknowledge)
  }

  #show(environment: Record<string, string>): OverlapFunction {
    const inventory = this.#deploy('inventory', environment)
    inventory.allow(...inventoryDuties(this))
    new Dashboard(this, 'Dashboard', {
      ...this.settings,
      deploymentName: this.names.deployment,
      inventory,
      owners: [...this.topics.owners.keys()],
    })
    return inventory
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
}
