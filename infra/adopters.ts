import { type CfnResource, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Provider } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import { FilledPolicies } from './filled-policies.ts'
import type { Fleet } from './fleet.ts'
import { functionArn, type Names } from './names.ts'
import { type DeployedFunctionOptions, OverlapFunction } from './overlap-function.ts'
import { writeLog } from './permissions.ts'
import { OverlapRole } from './roles.ts'

const SECRETS_AT_ONCE = 3

export interface AdoptersProps extends DeployedFunctionOptions {
  readonly names: Names
  readonly fleet: Fleet
  /** Value of OVERLAP_FUNCTIONS. */
  readonly functionsVariable: string
  /** Hears of each function. */
  readonly onAdded: (adopt: OverlapFunction) => void
}

/** Whom CloudFormation asks for a custom resource. */
export interface Adopter {
  /** ARN. */
  readonly serviceToken: string
  /** What must be deployed before it can be asked. */
  readonly needs: readonly CfnResource[]
}

/**
 * Carries out the custom resources: it writes the tags of secrets that exist already, and checks every secret in the end. One function does, until its role can
 * name no more secrets; then there is a second one.
 */
export class Adopters extends Construct {
  readonly #props: AdoptersProps
  readonly #queues = new Map<Stack, readonly CfnResource[]>()
  /** One of each for each function. */
  readonly #providers: CfnResource[] = []
  readonly #tagging: FilledPolicies[] = []

  constructor(scope: Construct, id: string, props: AdoptersProps) {
    super(scope, id)
    this.#props = props
    this.#add().allow(props.fleet.invokeRotate('CheckAndProvision'))
  }

  /**
   * CloudFormation makes whatever it can at once; a check keeps three functions busy, and a new account has ten at a time. So the resources of a secret wait for those
   * of an earlier one. `first` and `last` are the first and the last of the secret's.
   */
  queue(first: CfnResource, last: CfnResource): void {
    const stack = Stack.of(first)
    const earlier = this.#queues.get(stack) ?? []
    const before = earlier.at(-SECRETS_AT_ONCE)
    if (before) first.addResourceDependency(before)
    this.#queues.set(stack, [...earlier, last])
  }

  /** The one that may invoke rotation functions. */
  get checker(): Adopter {
    return this.#adopter(1)
  }

  /** Lets an adopter write the `overlap:` tags of this very secret, and no other tag. ARN; each once. */
  grantTagging(secretArn: string): Adopter {
    const policy = this.#tagging.at(-1)?.add(secretArn) ?? this.#grantToAnother(secretArn)
    return this.#adopter(this.#tagging.length, policy)
  }

  #grantToAnother(secretArn: string): CfnResource | undefined {
    this.#add()
    return this.#tagging.at(-1)?.add(secretArn)
  }

  #adopter(number: number, ...policies: readonly (CfnResource | undefined)[]): Adopter {
    const name = this.#props.names.of('adopt-provider', number)
    return {
      serviceToken: functionArn(Stack.of(this), name),
      needs: [this.#providers[number - 1], ...policies].filter((each) => each !== undefined),
    }
  }

  #add(): OverlapFunction {
    const { names, functionsVariable, rolePath, onAdded } = this.#props
    const number = this.#tagging.length + 1
    const adopt = new OverlapFunction(this, `adopt${number}`, {
      ...this.#props,
      handler: 'adopt',
      functionName: names.of('adopt', number),
      environment: { OVERLAP_FUNCTIONS: functionsVariable },
    })
    onAdded(adopt)
    this.#provide(adopt, number)
    this.#tagging.push(
      new FilledPolicies(this, `Tagging${number}`, {
        role: adopt.role,
        sid: 'WritePolicyAsTags',
        actions: ['secretsmanager:TagResource', 'secretsmanager:UntagResource'],
        conditions: { 'ForAllValues:StringLike': { 'aws:TagKeys': ['overlap:*'] } },
        description: 'The secrets whose policy this deployment writes as tags',
        ...(rolePath === undefined ? {} : { path: rolePath }),
      }),
    )
    return adopt
  }

  /** CDK's framework answers CloudFormation whatever becomes of the function behind it. */
  #provide(adopt: OverlapFunction, number: number): void {
    const { names, logRetention = RetentionDays.THREE_MONTHS } = this.#props
    const logGroup = new LogGroup(this, `ProviderLog${number}`, { retention: logRetention })
    const role = new OverlapRole(this, `ProviderRole${number}`, {
      ...this.#props,
      assumedBy: 'lambda.amazonaws.com',
      policyName: 'provider',
    })
    role.allow(
      writeLog(logGroup.logGroupArn),
      new PolicyStatement({
        sid: 'CallAdopt',
        actions: ['lambda:InvokeFunction', 'lambda:GetFunction'],
        resources: [adopt.functionArn],
      }),
    )
    const provider = new Provider(this, `Provider${number}`, {
      onEventHandler: adopt.function,
      providerFunctionName: names.of('adopt-provider', number),
      logGroup,
      // Its own grant would reach every version of the function as well.
      frameworkOnEventRole: role.withoutPolicyUpdates(),
    })
    const framework = provider.node.findChild('framework-onEvent')
    this.#providers.push(framework.node.defaultChild as CfnResource)
  }
}
