import { adoptHandler } from '../adopt/handler.ts'
import { lambdaClient, secretsManagerClient } from '../aws/clients.ts'
import { rotateFunction } from '../aws/rotate-function.ts'
import { secretTags } from '../aws/secret-tags.ts'
import { telemetry } from '../aws/telemetry.ts'

const secrets = secretsManagerClient()
const lambda = lambdaClient()

export const handler = adoptHandler({
  telemetry,
  environment: process.env,
  tagsFor: (signal) => secretTags(secrets, signal),
  rotateFor: (functionArn, signal) => rotateFunction(lambda, functionArn, signal),
})
