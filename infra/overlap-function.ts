import { Duration } from 'aws-cdk-lib'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import {
  type IManagedPolicy,
  PermissionsBoundary,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { functionSettings, HANDLER, type HandlerName } from './function-settings.ts'

/** The folder of each function's bundle. */
export type FunctionCode = Readonly<Record<HandlerName, string>>

/** What all functions and roles of a deployment have in common. */
export interface FunctionOptions {
  readonly code: FunctionCode
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays
  /** @default false */
  readonly tracing?: boolean
  /** @default none: the account's shared pool */
  readonly reservedConcurrency?: Readonly<Partial<Record<HandlerName, number>>>
  /** @default none */
  readonly permissionsBoundary?: IManagedPolicy
  /** @default '/' */
  readonly rolePath?: string
}

export interface OverlapFunctionProps extends FunctionOptions {
  readonly handler: HandlerName
  readonly functionName: string
  readonly environment: Readonly<Record<string, string>>
  /** @default outside any VPC */
  readonly placement?: { vpc: IVpc; vpcSubnets?: SubnetSelection; securityGroup: ISecurityGroup }
}

/** A function with its log group, and a role that may write that log and do what `allow` adds: nothing else. */
export class OverlapFunction extends Construct {
  readonly functionName: string
  readonly function: LambdaFunction
  readonly logGroup: LogGroup
  readonly role: Role
  readonly #document: PolicyDocument

  constructor(scope: Construct, id: string, props: OverlapFunctionProps) {
    super(scope, id)
    const { handler, functionName, placement } = props
    const { timeoutSeconds, memoryMb } = functionSettings[handler]
    this.functionName = functionName
    this.logGroup = new LogGroup(this, 'Log', { retention: props.logRetention ?? RetentionDays.THREE_MONTHS })
    this.#document = new PolicyDocument()
    this.role = overlapRole(this, 'Role', 'lambda.amazonaws.com', props, { [handler]: this.#document })
    this.allow(
      new PolicyStatement({
        sid: 'WriteLog',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
      }),
    )
    const reserved = props.reservedConcurrency?.[handler]
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      code: Code.fromAsset(props.code[handler]),
      handler: HANDLER,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      environment: { ...props.environment },
      role: this.role,
      logGroup: this.logGroup,
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...(placement && {
        vpc: placement.vpc,
        ...(placement.vpcSubnets && { vpcSubnets: placement.vpcSubnets }),
        securityGroups: [placement.securityGroup],
      }),
    })
    if (props.tracing) this.#trace()
  }

  allow(...statements: readonly PolicyStatement[]): void {
    this.#document.addStatements(...statements)
  }

  /** X-Ray's actions have no resource to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html */
  #trace(): void {
    const resource = this.function.node.defaultChild as CfnFunction
    resource.tracingConfig = { mode: 'Active' }
    this.allow(
      new PolicyStatement({
        sid: 'Trace',
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
      }),
    )
  }
}

/** Every role of a deployment is made here, so that none misses the boundary or the path. */
export function overlapRole(
  scope: Construct,
  id: string,
  service: string | ServicePrincipal,
  { permissionsBoundary, rolePath }: Pick<FunctionOptions, 'permissionsBoundary' | 'rolePath'>,
  inlinePolicies: Record<string, PolicyDocument>,
): Role {
  const role = new Role(scope, id, {
    assumedBy: typeof service === 'string' ? new ServicePrincipal(service) : service,
    inlinePolicies,
    ...(rolePath === undefined ? {} : { path: rolePath }),
    ...(permissionsBoundary && { permissionsBoundary }),
  })
  if (permissionsBoundary) PermissionsBoundary.of(role).apply(permissionsBoundary)
  return role
}
