import { Stack } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Provider } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import { FilledPolicies } from './filled-policies.ts'
import { functionArn, type Names } from './names.ts'
import { type FunctionOptions, OverlapFunction, overlapRole } from './overlap-function.ts'
import { invoke } from './permissions.ts'

export interface AdoptersProps {
  readonly names: Names
  readonly functionOptions: FunctionOptions
  /** Value of OVERLAP_FUNCTIONS. */
  readonly functionsVariable: string
}

/** Carries out the custom resources: tags of secrets that exist, and the check at the end. Takes a further function when a role's policies are full. */
export class Adopters extends Construct {
  readonly functions: OverlapFunction[] = []
  /** ARN of the function that CloudFormation calls for a check. */
  readonly checkServiceToken: string
  readonly #props: AdoptersProps
  readonly #policies: FilledPolicies[] = []
  readonly #checks: PolicyStatement

  constructor(scope: Construct, id: string, props: AdoptersProps) {
    super(scope, id)
    this.#props = props
    this.#checks = invoke('CheckSecrets', [])
    this.#add()
    this.checkServiceToken = this.#serviceToken(1)
  }

  /** Lets an adopter write the `overlap:` tags of this very secret. @returns ARN of the function that CloudFormation calls for it, and its number */
  grantTagging(secretArn: string): { readonly serviceToken: string; readonly adopter: number } {
    const last = this.#policies.at(-1)
    if (!last?.add(secretArn)) this.#add().add(secretArn)
    const adopter = this.functions.length
    return { serviceToken: this.#serviceToken(adopter), adopter }
  }

  /** Lets the first adopter ask this rotation function for a check. ARN. */
  grantCheck(rotateArn: string): void {
    if (this.#checks.resources.length === 0) this.functions[0]?.allow(this.#checks)
    this.#checks.addResources(rotateArn)
  }

  #serviceToken(number: number): string {
    return functionArn(Stack.of(this), this.#props.names.of('adopt-provider', number))
  }

  #add(): FilledPolicies {
    const { names, functionOptions, functionsVariable } = this.#props
    const number = this.functions.length + 1
    const suffix = number === 1 ? '' : `${number}`
    const adopt = new OverlapFunction(this, `adopt${suffix}`, {
      ...functionOptions,
      handler: 'adopt',
      functionName: names.of('adopt', number),
      environment: { OVERLAP_FUNCTIONS: functionsVariable },
    })
    this.functions.push(adopt)
    this.#provide(adopt, suffix, names.of('adopt-provider', number))
    const policies = new FilledPolicies(this, `Tagging${suffix}`, {
      role: adopt.role,
      sid: 'WritePolicyAsTags',
      actions: ['secretsmanager:TagResource', 'secretsmanager:UntagResource'],
      conditions: { 'ForAllValues:StringLike': { 'aws:TagKeys': ['overlap:*'] } },
      ...(functionOptions.rolePath === undefined ? {} : { path: functionOptions.rolePath }),
    })
    this.#policies.push(policies)
    return policies
  }

  /** CDK's own framework answers CloudFormation, whatever becomes of the function behind it. */
  #provide(adopt: OverlapFunction, suffix: string, providerFunctionName: string): void {
    const { functionOptions } = this.#props
    const logGroup = new LogGroup(this, `ProviderLog${suffix}`, {
      retention: functionOptions.logRetention ?? RetentionDays.THREE_MONTHS,
    })
    const role = overlapRole(this, `ProviderRole${suffix}`, 'lambda.amazonaws.com', functionOptions, {
      provider: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'WriteLog',
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [logGroup.logGroupArn],
          }),
          new PolicyStatement({
            sid: 'CallAdopt',
            actions: ['lambda:InvokeFunction', 'lambda:GetFunction'],
            resources: [adopt.function.functionArn],
          }),
        ],
      }),
    })
    new Provider(this, `Provider${suffix}`, {
      onEventHandler: adopt.function,
      providerFunctionName,
      logGroup,
      // Its own grants would allow every version of the function as well.
      frameworkOnEventRole: role.withoutPolicyUpdates(),
    })
  }
}
