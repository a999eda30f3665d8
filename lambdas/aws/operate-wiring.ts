import { operateEnvironment } from '../operate/environment.ts'
import type { OperateWiring } from '../operate/handler.ts'
import type { Part } from '../operate/request.ts'
import { lambdaClient, secretsManagerClient } from './clients.ts'
import { evidenceWiring } from './evidence-wiring.ts'
import { operatedSecrets } from './operated-secrets.ts'
import { retireFunction } from './retire-function.ts'
import { rolloutFunction } from './rollout-function.ts'
import { rotateFunction } from './rotate-function.ts'
import { telemetry } from './telemetry.ts'

/** What every function that people invoke is made of. `part`: which of them this is. Throws `CONFIGURATION_INVALID`. */
export function operateWiring(part: Part): OperateWiring {
  const environment = operateEnvironment(process.env, part)
  const { settings, journal, deployment } = environment
  const [secrets, lambda] = [secretsManagerClient(), lambdaClient()]
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? `${deployment}-${part}`
  return {
    telemetry,
    environment,
    secretsFor: (signal) => operatedSecrets(secrets, signal),
    rotateFor: (functionArn, signal) => rotateFunction(lambda, functionArn, signal),
    retireFor: (functionArn, signal) => retireFunction(lambda, functionArn, signal),
    rolloutFor: (functionArn, signal) => rolloutFunction(lambda, functionArn, signal),
    ...evidenceWiring(journal, functionName, settings),
  }
}
