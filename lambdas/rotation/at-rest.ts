import { OverlapError } from './errors.ts'
import { type SecretDescription, versionWith } from './secret-store.ts'
import { TAG_PREFIX } from './secret-tags.ts'
import { giveUpCommand } from './way-out.ts'

/**
 * The AWSCURRENT version of a secret whose labels say that nothing waits and nothing drains. Throws `LEAVE_TOO_SOON` with what to do, `SECRET_DELETED` and
 * `NO_CURRENT_VERSION`. What the target has on record is another question.
 */
export function currentAtRest(secret: SecretDescription): string {
  if (secret.deleted)
    throw new OverlapError(
      'SECRET_DELETED',
      'the secret is scheduled for deletion: restore it before handing its user back',
    )
  const current = versionWith(secret, 'AWSCURRENT')
  const pending = versionWith(secret, 'AWSPENDING')
  const draining = versionWith(secret, 'DRAINING')
  if (current === undefined)
    throw new OverlapError('NO_CURRENT_VERSION', 'no version has the label AWSCURRENT: nobody is handed back')
  if (pending !== undefined && pending !== current)
    throw new OverlapError(
      'LEAVE_TOO_SOON',
      `a rotation is under way: version ${pending} has the label AWSPENDING. Wait until it is AWSCURRENT and its drain is over, then leave again; or give ` +
        `the rotation up. Run: ${giveUpCommand(secret.arn, pending)}`,
    )
  if (draining !== undefined)
    throw new OverlapError(
      'LEAVE_TOO_SOON',
      `version ${draining} has the label DRAINING: wait until the sweep has retired it, then leave again` +
        (secret.tags.get('overlap:mode') === 'enforce'
          ? ''
          : '. In observe mode it retires nothing: tag the secret overlap:mode=enforce'),
    )
  return current
}

/**
 * Was its user handed back? The service keeps the rotation function on a secret whose rotation was turned off, so what tells is that nothing waits or drains and
 * that no tag speaks of Overlap.
 */
export function isHandedBack(secret: SecretDescription): boolean {
  const pending = versionWith(secret, 'AWSPENDING')
  const waits = pending !== undefined && pending !== versionWith(secret, 'AWSCURRENT')
  const isTagged = [...secret.tags.keys()].some((key) => key.startsWith(TAG_PREFIX))
  return !secret.rotationEnabled && !isTagged && !waits && versionWith(secret, 'DRAINING') === undefined
}
