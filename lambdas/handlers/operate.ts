import { lambdaClient, secretsManagerClient } from '../aws/clients.ts'
import { operatedSecrets } from '../aws/operated-secrets.ts'
import { retireFunction } from '../aws/retire-function.ts'
import { rotateFunction } from '../aws/rotate-function.ts'
import { telemetry } from '../aws/telemetry.ts'
import { operateEnvironment } from '../operate/environment.ts'
import { operateHandler } from '../operate/handler.ts'

const secrets = secretsManagerClient()
const lambda = lambdaClient()

export const handler = operateHandler({
  telemetry,
  environment: operateEnvironment(process.env),
  secretsFor: (signal) => operatedSecrets(secrets, signal),
  rotateFor: (functionArn, signal) => rotateFunction(lambda, functionArn, signal),
  retireFor: (functionArn, signal) => retireFunction(lambda, functionArn, signal),
})
