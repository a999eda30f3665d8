import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import { iamFailed } from './iam-failure.ts'

/** `unknown`: STS knows no such key that is active, or does not know it yet. `wrong`: it knows the key, and that it has another secret. */
type Caller =
  | { readonly answer: 'accepted'; readonly as: string }
  | { readonly answer: 'unknown' }
  | { readonly answer: 'wrong' }

/**
 * Whom AWS takes the owner of a key for: asks with the key itself for what no policy can deny (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
 * Each time over a connection of its own, so that several answers may come from several front ends. Rejects with OverlapError for whatever says nothing of the
 * key: `IAM_FAILED`, or `TIME_UP`.
 */
export function iamCaller(
  clientOf: (key: { readonly accessKeyId: string; readonly secretAccessKey: string }) => STSClient,
  signal: () => AbortSignal,
) {
  return async (key: { readonly accessKeyId: string; readonly secretAccessKey: string }): Promise<Caller> => {
    const { accessKeyId, secretAccessKey } = key
    const client = clientOf({ accessKeyId, secretAccessKey })
    let arn: string | undefined
    try {
      arn = (await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal() })).Arn
    } catch (error) {
      return refusal(error)
    } finally {
      client.destroy()
    }
    if (arn === undefined) return iamFailed('GetCallerIdentity', new Error('the answer names nobody'))
    return { answer: 'accepted', as: arn }
  }
}

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html. A signature of a wrong time is refused in the same words as one of a wrong secret, but for
 * the message: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
function refusal(error: unknown): Caller {
  const { name, message } = error instanceof Error ? error : new Error('unknown')
  if (name === 'InvalidClientTokenId' || name === 'UnrecognizedClientException') return { answer: 'unknown' }
  if (name === 'SignatureDoesNotMatch' && !/^Signature (expired|not yet current)/.test(message))
    return { answer: 'wrong' }
  return iamFailed('GetCallerIdentity', error)
}
