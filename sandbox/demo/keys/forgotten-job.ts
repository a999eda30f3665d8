import type { Sandbox } from '../../sandbox.ts'
import type { RunningClient } from '../client.ts'
import { Refused } from './call-failure.ts'
import type { AccessKey } from './identity-call.ts'
import { keyClient } from './key-client.ts'
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
  { iam }: Pick<Sandbox, 'iam'>,
  { read, tally, kind }: KeyRun<AccessKey>,
): Promise<ForgottenJob> {
  let value = await read()
  const running = keyClient({
    name: 'nightly-export',
    read: async () => value,
    tally,
    keyed: {
      // S3 is not here: whom it would let in, and what it would tell IAM of that, is played.
      async call(key) {
        if ((await kind.stateOf(key)) !== 'active') throw new Refused('InvalidAccessKeyId')
        iam.use(key.accessKeyId, WHERE)
      },
      close() {},
    },
  })
  return {
    ...running,
    async moveOn() {
      value = await read()
    },
  }
}
