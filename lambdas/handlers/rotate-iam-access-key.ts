import { iamAccessKeyInvocation } from '../adapters/iam-access-key/wiring.ts'
import { iamAccessKeyAdapter } from '../adapters/iam-access-key.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { iamForRotation } from '../aws/iam-wiring.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { rememberingValues } from '../aws/value-memory.ts'
import { rotationHandler } from '../rotation/handler.ts'
import { lineage } from '../rotation/lineage.ts'

const client = secretsManagerClient()
const iam = iamForRotation(process.env)
export const handler = rotationHandler({
  kind: 'iam-access-key',
  telemetry,
  lineage: lineage(Date.now),
  environment: process.env,
  storeFor: rememberingValues(Date.now, (signal) => secretStore(client, signal)),
  adapterFor: (...invoked) => iamAccessKeyAdapter(iamAccessKeyInvocation(...invoked), iam(invoked[1])),
})
