import { functionSettings, HANDLER, type HandlerName } from '../infra/function-settings.ts'
import type { FunctionDefinition } from './lambda/host.ts'

/** Everything that the functions must be told about where they are. */
export interface Surroundings {
  /** Handler name to its bundle. */
  readonly bundles: Readonly<Record<string, { readonly file: string }>>
  /** The ARN that a function of this name has. */
  arn(name: string): string
  /** URLs of the two services. */
  readonly secretsManager: string
  readonly lambda: string
  /** `host:port` of the server that the admin secret opens, and of the replicas that belong to it. */
  readonly server: string
  readonly replicas: readonly string[]
  /** Path of a PEM file. */
  readonly caFile: string
  /** A duration, such as `1h`. */
  readonly drainFloor: string
}

/** The name under which a handler's function is deployed, there and here. */
export function functionName(handler: HandlerName): string {
  return functionSettings[handler].functionName
}

/** The deployed functions as they are configured there, told where they are by their environment alone. */
export function functionDefinitions(around: Surroundings): readonly FunctionDefinition[] {
  const postgres = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: around.secretsManager,
    OVERLAP_POSTGRES_ENDPOINTS: JSON.stringify({ [around.server]: around.replicas }),
    OVERLAP_CA_FILE: around.caFile,
  }
  const arn = (handler: HandlerName) => around.arn(functionName(handler))
  const sweep = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: around.secretsManager,
    AWS_ENDPOINT_URL_LAMBDA: around.lambda,
    OVERLAP_FUNCTIONS: JSON.stringify([{ rotate: arn('rotate-postgres'), retire: arn('retire-postgres') }]),
    OVERLAP_DRAIN_FLOOR: around.drainFloor,
  }
  return [
    definition(around, 'rotate-postgres', postgres),
    definition(around, 'retire-postgres', postgres),
    definition(around, 'sweep', sweep),
  ]
}

function definition(
  { bundles }: Surroundings,
  handler: HandlerName,
  environment: Readonly<Record<string, string>>,
): FunctionDefinition {
  const bundle = bundles[handler]
  if (!bundle) throw new Error(`lambdas/handlers/${handler}.ts is missing`)
  const { timeoutSeconds, memoryMb } = functionSettings[handler]
  return {
    name: functionName(handler),
    bundle: bundle.file,
    handler: HANDLER,
    environment,
    timeoutSeconds,
    memoryMb,
  }
}
