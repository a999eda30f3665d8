import { Lazy, type Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { type DeclaredConsumer, readConsumer } from './consumers.ts'
import { EcsRights } from './ecs-rights.ts'
import { LambdaRights } from './lambda-rights.ts'
import type { OverlapFunction } from './overlap-function.ts'

export interface RolloutsProps {
  readonly stack: Stack
  /** @default '/' */
  readonly rolePath?: string
  /** Makes the function for ECS, Lambda and events: called when the first consumer needs it. */
  readonly deploy: () => OverlapFunction
  /** Called when the first consumer has to acknowledge. */
  readonly onAcknowledging: () => void
}

/** Of the events that tell a consumer of a new version (lambdas/aws/rollout-events.ts). */
const EVENT = { 'events:source': 'overlap', 'events:detail-type': 'Overlap Rollout Requested' }

/** What brings consumers to a new version: the functions that declared consumers need, each with rights on exactly these. */
export class Rollouts {
  /** Value of OVERLAP_ROLLOUTS. */
  readonly variable: string
  readonly #props: RolloutsProps
  readonly #arns = new Map<string, string>()
  readonly #askers: Asking[] = []
  #function: OverlapFunction | undefined
  #ecs: EcsRights | undefined
  #lambda: LambdaRights | undefined
  #acknowledges = false

  constructor(props: RolloutsProps) {
    this.#props = props
    this.variable = Lazy.string({ produce: () => props.stack.toJsonString(Object.fromEntries(this.#arns)) })
  }

  /** Names of the clusters that are declared. */
  get clusters(): readonly string[] {
    return [...this.#arns.keys()].flatMap((key) => /^kubernetes:(.+)$/.exec(key)?.[1] ?? [])
  }

  /** Whoever may ask each of these functions. Which of them may only look is a matter of its code. */
  letAsk(asker: OverlapFunction): void {
    const asking = { asker }
    this.#askers.push(asking)
    for (const arn of new Set(this.#arns.values())) allowToAsk(asking, arn)
  }

  addCluster(cluster: string, rollout: OverlapFunction): void {
    this.#add(`kubernetes:${cluster}`, rollout.functionArn)
  }

  /** Of one secret, or of any. Those of no known form are refused elsewhere. */
  register(consumers: readonly string[]): void {
    for (const text of consumers) {
      const consumer = readConsumer(text)
      if (consumer !== undefined) this.#register(consumer)
    }
  }

  /** Somebody has to acknowledge, or may. */
  acknowledge(): void {
    if (this.#acknowledges) return
    this.#acknowledges = true
    this.#props.onAcknowledging()
  }

  #register(consumer: DeclaredConsumer): void {
    switch (consumer.kind) {
      case 'ecs':
        this.#ecs ??= new EcsRights(this.#deployed('ecs'))
        this.#ecs.add(consumer.cluster, consumer.service)
        break
      case 'lambda':
        this.#lambda ??= new LambdaRights(this.#deployed('lambda'), this.#props)
        this.#lambda.add(consumer.functionName)
        break
      case 'event':
        if (!this.#arns.has('event')) this.#deployed('event').allow(this.#announce())
        this.acknowledge()
        break
      case 'manual':
        this.acknowledge()
        break
      // Its cluster was declared, and its rights are the cluster's to give.
      case 'kubernetes':
        break
    }
  }

  #deployed(kind: 'ecs' | 'lambda' | 'event'): OverlapFunction {
    this.#function ??= this.#props.deploy()
    this.#add(kind, this.#function.functionArn)
    return this.#function
  }

  #add(key: string, arn: string): void {
    const isKnown = [...this.#arns.values()].includes(arn)
    this.#arns.set(key, arn)
    if (!isKnown) for (const asking of this.#askers) allowToAsk(asking, arn)
  }

  #announce(): PolicyStatement {
    const bus = { service: 'events', resource: 'event-bus', resourceName: 'default' }
    return new PolicyStatement({
      sid: 'TellConsumers',
      actions: ['events:PutEvents'],
      resources: [this.#props.stack.formatArn(bus)],
      conditions: { StringEquals: EVENT },
    })
  }
}

interface Asking {
  readonly asker: OverlapFunction
  /** One without a resource would be none, so it begins with the first. */
  statement?: PolicyStatement
}

function allowToAsk(asking: Asking, arn: string): void {
  if (asking.statement === undefined) {
    asking.statement = new PolicyStatement({
      sid: 'AskRollouts',
      actions: ['lambda:InvokeFunction'],
      resources: [arn],
    })
    asking.asker.allow(asking.statement)
  } else asking.statement.addResources(arn)
}
