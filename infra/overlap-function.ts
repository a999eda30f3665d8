import { Duration, Stack } from 'aws-cdk-lib'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { expecting, found, type Problem } from './checks/problems.ts'
import { functionSettings, HANDLER, type HandlerName } from './function-settings.ts'
import { functionArn } from './names.ts'
import { networkInterfaces, writeLog, writeTraces } from './permissions.ts'
import { OverlapRole, type RoleOptions } from './roles.ts'
import { textLength } from './template-size.ts'

/** Bytes of all variables of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_VARIABLES = 4_096

/** The folder of each function's bundle. */
export type FunctionCode = Readonly<Record<HandlerName, string>>

/** What all functions of a deployment have in common. */
export interface FunctionOptions extends RoleOptions {
  readonly code: FunctionCode
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays
  /**
   * AWS X-Ray traces.
   * @default false
   */
  readonly tracing?: boolean
  /**
   * Concurrent invocations that a function keeps to itself, and is limited to.
   * @default none: the account's shared pool
   */
  readonly reservedConcurrency?: Readonly<Partial<Record<HandlerName, number>>>
}

/** What is wrong with them. `subject` names the deployment. */
export function functionOptionProblems(
  subject: string,
  { rolePath = '/', reservedConcurrency = {} }: Pick<FunctionOptions, 'rolePath' | 'reservedConcurrency'>,
): Problem[] {
  const expect = expecting(subject)
  return [
    ...expect(
      /^\/([!-~]+\/)?$/.test(rolePath) && rolePath.length <= 512,
      'SETTING_INVALID',
      'rolePath',
      `must begin and end with "/", such as /overlap/; ${found(rolePath)}`,
    ),
    ...Object.entries(reservedConcurrency).flatMap(([handler, concurrency]) =>
      expect(
        Object.hasOwn(functionSettings, handler) && Number.isInteger(concurrency) && concurrency > 0,
        'SETTING_INVALID',
        `reservedConcurrency.${handler}`,
        `must be a whole number from 1 for one of ${Object.keys(functionSettings).join(', ')}; ${found(concurrency)}`,
      ),
    ),
  ]
}

/** Of whatever else a deployment is told, what its functions have in common. */
export function functionOptionsOf(props: FunctionOptions): FunctionOptions {
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

export interface Placement {
  readonly vpc: IVpc
  readonly vpcSubnets: SubnetSelection
  readonly securityGroup: ISecurityGroup
}

/** Beside them, what no user sets for functions alone. */
export interface DeployedFunctionOptions extends FunctionOptions {
  /** Of the metrics: two deployments in one account and Region must not have theirs in common. */
  readonly deploymentName: string
}

export interface OverlapFunctionProps extends DeployedFunctionOptions {
  readonly handler: HandlerName
  readonly functionName: string
  readonly environment: Readonly<Record<string, string>>
  /** @default outside any VPC */
  readonly placement?: Placement
}

/** A function with its log group, and a role that may write that log and do what `allow` adds: nothing else. */
export class OverlapFunction extends Construct {
  readonly functionName: string
  /** Built from the fixed name. */
  readonly functionArn: string
  readonly function: LambdaFunction
  readonly logGroup: LogGroup
  readonly role: OverlapRole

  constructor(scope: Construct, id: string, props: OverlapFunctionProps) {
    super(scope, id)
    const { handler, functionName, placement } = props
    const { timeoutSeconds, memoryMb } = functionSettings[handler]
    this.functionName = functionName
    this.functionArn = functionArn(Stack.of(this), functionName)
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
    })
    this.role = new OverlapRole(this, 'Role', {
      ...props,
      assumedBy: 'lambda.amazonaws.com',
      policyName: handler,
    })
    this.role.allow(writeLog(this.logGroup.logGroupArn))
    if (placement) this.#allowPlacement(placement)
    if (props.tracing) this.role.allow(writeTraces())

    const reserved = props.reservedConcurrency?.[handler]
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      code: Code.fromAsset(props.code[handler]),
      handler: HANDLER,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      environment: { POWERTOOLS_SERVICE_NAME: props.deploymentName, ...props.environment },
      role: this.role,
      logGroup: this.logGroup,
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...(placement && {
        vpc: placement.vpc,
        vpcSubnets: placement.vpcSubnets,
        securityGroups: [placement.securityGroup],
      }),
    })
    const resource = this.function.node.defaultChild as CfnFunction
    // CDK's own way would add a policy for X-Ray that cannot be told from others.
    if (props.tracing) resource.tracingConfig = { mode: 'Active' }
    this.node.addValidation({ validate: () => this.#variablesTooLarge(resource) })
  }

  allow(...statements: readonly PolicyStatement[]): void {
    this.role.allow(...statements)
  }

  #allowPlacement({ vpc, vpcSubnets, securityGroup }: Placement): void {
    const { subnetIds } = vpc.selectSubnets(vpcSubnets)
    const { securityGroupId } = securityGroup
    this.role.allow(...networkInterfaces(this, this.functionArn, { subnetIds, securityGroupId }))
  }

  #variablesTooLarge(resource: CfnFunction): string[] {
    const stack = Stack.of(this)
    const { variables = {} } = stack.resolve(resource.environment) ?? {}
    const sizes = Object.entries(variables)
      .map(([name, value]) => ({ name, bytes: name.length + textLength(stack, value) }))
      .sort((one, other) => other.bytes - one.bytes)
    const sum = sizes.reduce((total, { bytes }) => total + bytes, 0)
    if (sum <= MAX_VARIABLES) return []
    const largest = sizes.slice(0, 3).map(({ name, bytes }) => `${name} (${bytes})`)
    return [
      `VARIABLES_TOO_LARGE: function ${this.functionName}: its variables have ${sum} bytes, and Lambda allows ${MAX_VARIABLES}; most are of ${largest.join(', ')}. ` +
        'Use fewer networks, groups of accessKeys, providers, freezes, schedules, replicas or owners in one deployment, or a second deployment with another deploymentName. ' +
        'Secrets of an owner that is not declared in owners lose nothing but alarms of their own: they count with all the others, and are told at ticket. ' +
        "A provider's definition is in OVERLAP_PROVIDER: shorten it, ca above all",
    ]
  }
}
