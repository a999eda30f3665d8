import { OverlapError } from './errors.ts'
import { mints } from './minting.ts'
import { type SecretDescription, versionWith } from './secret-store.ts'
import { TAG_PREFIX } from './secret-tags.ts'
import { enforceCommand, giveUpCommand } from './way-out.ts'

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
  const isObserved = secret.tags.get('overlap:mode') !== 'enforce'
  if (current === undefined)
    throw new OverlapError('NO_CURRENT_VERSION', 'no version has the label AWSCURRENT: nobody is handed back')
  if (pending !== undefined && pending !== current)
    throw new OverlapError(
      'LEAVE_TOO_SOON',
      `a rotation is under way: version ${pending} has the label AWSPENDING. Wait until it is AWSCURRENT and leave again, which then says how to go on; or give ` +
        `the rotation up. Run: ${giveUpCommand(secret.arn, pending)}`,
    )
  if (draining !== undefined) throw drains(secret, draining, isObserved)
  return current
}

/** The whole way: whoever takes one step of it at a time waits for days, and for ever in observe mode. */
function drains({ arn, tags }: SecretDescription, draining: string, isObserved: boolean): OverlapError {
  const way = [
    ...(isObserved
      ? ['set the mode to enforce, here and in the configuration: in observe mode nothing is retired']
      : []),
    'wait until the sweep has retired it and the label is gone',
    // A key is no partner's: whichever is left is its owner's.
    ...(mints(tags)
      ? []
      : [
          'if AWSCURRENT names the partner then, as it does after a first rotation, rotate once more and wait again',
        ]),
    'leave again',
  ]
  const statement = enforceCommand(arn)
  return new OverlapError(
    'LEAVE_TOO_SOON',
    `version ${draining} has the label DRAINING. In this order: ${way.map((step, at) => `${at + 1}. ${step}`).join('; ')}` +
      (isObserved ? `. Run: ${statement}` : ''),
    { detail: isObserved ? { statement } : {} },
  )
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
