import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { functionSettings, HANDLER, type HandlerName } from './function-settings.ts'
import { functionArn, permissions } from './permissions.ts'

export interface OverlapStackProps extends StackProps {
  /** The folder of each function's bundle. */
  readonly code: Readonly<Record<HandlerName, string>>
  /**
   * ARNs of the secrets that `masterarn` may name: those of the admins who rotate the others.
   * @default none: only secrets that are rotated by their own user
   */
  readonly adminSecretArns?: readonly string[]
}

/** The functions of a deployment, with the least that each must be allowed. */
export class OverlapStack extends Stack {
  constructor(scope: Construct, id: string, props: OverlapStackProps) {
    super(scope, id, props)

    const postgres = { OVERLAP_LOCK_DATABASE: 'postgres', OVERLAP_POSTGRES_ENDPOINTS: '{}' }
    const environments: Record<HandlerName, Record<string, string>> = {
      'rotate-postgres': postgres,
      'retire-postgres': postgres,
      sweep: {
        OVERLAP_FUNCTIONS: JSON.stringify([
          { rotate: functionArn(this, 'rotate-postgres'), retire: functionArn(this, 'retire-postgres') },
        ]),
        OVERLAP_DRAIN_FLOOR: '1h',
        OVERLAP_ABANDON_AFTER: '24h',
      },
    }
    const statements = permissions(this, props.adminSecretArns ?? [])

    const deploy = (name: HandlerName) =>
      this.#deploy(name, props.code[name], environments[name], statements[name])
    const rotate = deploy('rotate-postgres')
    deploy('retire-postgres')
    deploy('sweep')

    // Without the account, anybody's Secrets Manager could invoke it (aws-cdk#28406).
    rotate.addPermission('SecretsManager', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: this.account,
    })
  }

  #deploy(
    name: HandlerName,
    folder: string,
    environment: Record<string, string>,
    statements: PolicyStatement[],
  ): LambdaFunction {
    const { functionName, timeoutSeconds, memoryMb } = functionSettings[name]
    const logGroup = new LogGroup(this, `${name}-log`, { retention: RetentionDays.THREE_MONTHS })
    const writeLog = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    })
    const role = new Role(this, `${name}-role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { [name]: new PolicyDocument({ statements: [writeLog, ...statements] }) },
    })
    return new LambdaFunction(this, name, {
      functionName,
      code: Code.fromAsset(folder),
      handler: HANDLER,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      environment,
      role,
      logGroup,
    })
  }
}
