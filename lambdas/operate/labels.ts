import { OverlapError } from '../rotation/errors.ts'
import { type SecretDescription, versionWith } from '../rotation/secret-store.ts'

/** Throws `SECRET_DELETED`. */
export function refuseDeleted({ deleted }: SecretDescription): void {
  if (deleted)
    throw new OverlapError(
      'SECRET_DELETED',
      'the secret is scheduled for deletion: restore it first. Nothing was done',
    )
}

/** The version that is AWSCURRENT. Throws `NO_CURRENT_VERSION`. */
export function currentOf(secret: SecretDescription): string {
  const current = versionWith(secret, 'AWSCURRENT')
  if (current !== undefined) return current
  throw new OverlapError(
    'NO_CURRENT_VERSION',
    'no version has the label AWSCURRENT: store a working value first. Nothing was done',
  )
}

/** The version that was replaced and is not retired. A label on AWSCURRENT is that of a rotation which is about to finish. */
export function drainingIn(secret: SecretDescription): string | undefined {
  const draining = versionWith(secret, 'DRAINING')
  return draining === versionWith(secret, 'AWSCURRENT') ? undefined : draining
}
