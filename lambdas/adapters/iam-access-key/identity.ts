import { OverlapError } from '../../rotation/errors.ts'
import type { IamAccessKey } from './credential.ts'

/**
 * Throws `TARGET_NOT_ALLOWED` unless a key opens the very IAM user that the secret names, in the account of the secret: the user's keys are listed and minted by
 * that name. `as` is the ARN by which AWS knows the key's owner (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
 */
export function refuseAnother(secretArn: string, as: string, { userName }: IamAccessKey): void {
  const account = secretArn.split(':')[4]
  const [, found, path] = /^arn:[\w-]+:iam::(\d{12}):user(\/.*)$/.exec(as) ?? []
  if (path === undefined)
    throw new OverlapError(
      'TARGET_NOT_ALLOWED',
      `the key is not one of an IAM user, but of ${as}: only keys of IAM users are rotated`,
    )
  if (path.slice(path.lastIndexOf('/') + 1) !== userName || found !== account)
    throw new OverlapError(
      'TARGET_NOT_ALLOWED',
      `the key is of ${as}, and the secret is for the IAM user ${userName} of the account ${account}. Store a key of that user, or correct the name`,
    )
}
