import { type SecretDescription, versionWith } from './secret-store.ts'

/** A description with what follows from it for who may be made for the secret. */
export type SecretWithPast = SecretDescription & { readonly rotated: boolean }

export function withPast(secret: SecretDescription): SecretWithPast {
  return { ...secret, rotated: wasRotated(secret) }
}

/**
 * Was a rotation of this secret ever finished? The date of the last one tells while rotation is turned on; turned off, the service keeps it to itself
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html), and then a replaced version is taken for one that a rotation
 * has replaced, though a person may have.
 */
export function wasRotated(secret: SecretDescription): boolean {
  if (secret.lastRotated !== undefined || versionWith(secret, 'DRAINING') !== undefined) return true
  return !secret.rotationEnabled && versionWith(secret, 'AWSPREVIOUS') !== undefined
}
