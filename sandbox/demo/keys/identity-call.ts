import { GetCallerIdentityCommand, STSClient, STSServiceException } from '@aws-sdk/client-sts'
import { WrongAnswer } from '../failure-kind.ts'
import { Refused } from './call-failure.ts'
import type { KeyedCall } from './keyed-call.ts'

/** The value of a secret that holds an IAM access key. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly userName: string
}

/**
 * Signs a call with the key, as any use of an AWS service is signed, and never tries again. A client stays as long as its key does, as applications keep them. Throws
 * Refused, and WrongAnswer when AWS takes the caller for somebody else.
 */
export function identityCall(place: {
  readonly endpoint: string
  readonly region: string
}): KeyedCall<AccessKey> {
  let kept: { readonly keyId: string; readonly client: STSClient } | undefined

  function clientFor({ accessKeyId, secretAccessKey }: AccessKey): STSClient {
    if (kept?.keyId === accessKeyId) return kept.client
    kept?.client.destroy()
    const client = new STSClient({ ...place, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey } })
    kept = { keyId: accessKeyId, client }
    return client
  }

  return {
    async call(value) {
      let arn: string | undefined
      try {
        arn = (await clientFor(value).send(new GetCallerIdentityCommand({}))).Arn
      } catch (error) {
        throw error instanceof STSServiceException ? new Refused(error.name) : error
      }
      if (!arn?.endsWith(`:user/${value.userName}`)) throw new WrongAnswer('taken for another user')
    },
    close: () => kept?.client.destroy(),
  }
}
