import { lambdaClient, secretsManagerClient } from '../aws/clients.ts'
import { retireFunction } from '../aws/retire-function.ts'
import { secretCatalog } from '../aws/secret-catalog.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { sweepEnvironment } from '../sweep/environment.ts'
import { sweepHandler } from '../sweep/handler.ts'

const secrets = secretsManagerClient()
const lambda = lambdaClient()

export const handler = sweepHandler({
  telemetry,
  environment: sweepEnvironment(process.env),
  storeFor: (signal) => secretStore(secrets, signal),
  catalogFor: (signal) => secretCatalog(secrets, signal),
  retireFor: (functionArn, signal) => retireFunction(lambda, functionArn, signal),
})
