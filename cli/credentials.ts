import { placeFlags } from './place-flags.ts'

/**
 * In a sentence, what to do about credentials that are not there or that AWS does not take; undefined: the error is of another kind.
 *
 * @param name of the error, as the SDK or a service calls it; IAM has names of its own
 * @param profile that was asked for
 */
export function credentialsAdvice(
  { name, message }: { readonly name: string; readonly message: string },
  profile: string | undefined,
): string | undefined {
  const login = `aws sso login${placeFlags({ region: undefined, profile })}`
  switch (name) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return (
        `no AWS credentials were found${profile === undefined ? '' : ` for the profile ${profile}`}: ${message}. ` +
        `Log in (${login}), name a profile with --profile, or set AWS_PROFILE`
      )
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'InvalidClientTokenId':
      return `AWS does not take these credentials (${name}). Log in again, for instance by ${login}`
    default:
      return undefined
  }
}

/** The same of a Region: the SDK has no class for it. */
export function regionAdvice({ message }: { readonly message: string }): string | undefined {
  if (!/^Region /.test(message)) return undefined
  return `${message.replace(/\.$/, '')}. Name one with --region, or set AWS_REGION`
}
