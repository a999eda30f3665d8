import type { Sandbox } from '../../sandbox.ts'
import type { RunningClient } from '../client.ts'
import { type AccessKey, identityCall } from './identity-call.ts'
import { keyClient } from './key-client.ts'
import { REGION } from './key-kind.ts'
import type { KeyRun } from './key-run.ts'

const WHERE = { service: 's3', region: 'eu-central-1' }

/** As sightings name it: AWS tells where a key was used, and not by whom. */
export const JOB_NAME = `${WHERE.service}@${WHERE.region}`

export interface ForgottenJob extends RunningClient {
  /** Somebody gives it the key that is in the secret now. */
  moveOn(): Promise<void>
}

/** A job that read the access key when it was set up, and copies to a bucket in another Region ever since. What fails is counted with the clients' calls. */
export async function startForgottenJob(
  { iam, sts }: Pick<Sandbox, 'iam' | 'sts'>,
  { read, tally }: KeyRun<AccessKey>,
): Promise<ForgottenJob> {
  let value = await read()
  const signed = identityCall({ endpoint: sts.url, region: REGION })
  const running = keyClient({
    name: 'nightly-export',
    read: async () => value,
    tally,
    keyed: {
      ...signed,
      async call(key) {
        await signed.call(key)
        // S3 is not here: what it would tell IAM is told.
        iam.use(key.accessKeyId, WHERE)
      },
    },
  })
  return {
    ...running,
    async moveOn() {
      value = await read()
    },
  }
}
