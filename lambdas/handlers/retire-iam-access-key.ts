import { iamAccessKeyInvocation } from '../adapters/iam-access-key/wiring.ts'
import { iamAccessKeyRetirer } from '../adapters/iam-access-key.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { iamForRetirement } from '../aws/iam-wiring.ts'
import { secretStore } from '../aws/secret-store.ts'
import { telemetry } from '../aws/telemetry.ts'
import { retireHandler } from '../rotation/retire-handler.ts'

const client = secretsManagerClient()
const iam = iamForRetirement(process.env)

export const handler = retireHandler({
  kind: 'iam-access-key',
  telemetry,
  storeFor: (signal) => secretStore(client, signal),
  retirerFor: (...invoked) => iamAccessKeyRetirer(iamAccessKeyInvocation(...invoked), iam(invoked[1])),
})
