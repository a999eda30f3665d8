import { lambdaClient, secretsManagerClient } from '../aws/clients.ts'
import { retireFunction } from '../aws/retire-function.ts'
import { secretCatalog } from '../aws/secret-catalog.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { callSignal, type RemainingTime } from '../rotation/deadline.ts'
import { sweepEnvironment } from '../sweep/environment.ts'
import { sweep } from '../sweep/sweep.ts'

const secrets = secretsManagerClient()
const lambda = lambdaClient()
const { functions, deployment } = sweepEnvironment(process.env)

export const handler = (_event: unknown, context: RemainingTime) => {
  const signal = () => callSignal(context)
  const retirers = new Map(
    functions.map(({ rotate, retire }) => [rotate, retireFunction(lambda, retire, signal)]),
  )
  const remaining = () => context.getRemainingTimeInMillis()
  const [store, catalog] = [secretStore(secrets, signal), secretCatalog(secrets, signal)]
  return sweep({ store, catalog, retirers, deployment, telemetry, now: Date.now, remaining })
}
