import type { ErrorCode } from './errors.ts'
import type { RotationEvent } from './event.ts'
import { isLeaked } from './leaked.ts'
import { type SecretDescription, versionWith } from './secret-store.ts'
import { giveUpCommand } from './way-out.ts'

export type Plan =
  | { readonly do: 'nothing'; readonly because: 'ALREADY_CURRENT' }
  | { readonly do: 'refuse'; readonly code: ErrorCode; readonly message: string }
  | { readonly do: 'run'; readonly currentVersionId: string }

function refuse(code: ErrorCode, message: string): Plan {
  return { do: 'refuse', code, message }
}

/**
 * Whether a step may run, from labels alone. The order matters: a repeat of a finished rotation is success whatever else has
 * changed since, and nothing that was ever published is published again by a late delivery.
 */
export function plan(event: RotationEvent, secret: SecretDescription): Plan {
  const labels = secret.versions.get(event.token) ?? []
  const pending = labels.includes('AWSPENDING')
  const current = versionWith(secret, 'AWSCURRENT')

  if (secret.deleted)
    return refuse('SECRET_DELETED', 'the secret is scheduled for deletion: restore it before rotating it')
  if (secret.owningService !== undefined)
    return refuse(
      'MANAGED_SECRET',
      `the secret is managed by ${secret.owningService}, which rotates it by itself: remove this rotation function from it`,
    )
  // A lone testSecret may put AWSPENDING beside AWSCURRENT: that is the preflight, and it only reads.
  if (labels.includes('AWSCURRENT') && !(pending && event.step === 'testSecret'))
    return { do: 'nothing', because: 'ALREADY_CURRENT' }
  if (labels.includes('AWSPREVIOUS') || labels.includes('DRAINING'))
    return refuse(
      'STALE_TOKEN',
      `version ${event.token} was published before and is on its way out: it is not published again. ` +
        (pending
          ? `The sweep takes AWSPENDING away from it, and then a new rotation can begin. To begin one before that, run: ${giveUpCommand(event.secretId, event.token)}`
          : 'Start a new rotation instead of repeating this one'),
    )
  if (!labels.includes('AWSCURRENT') && isLeaked(secret, event.token))
    return refuse('LEAKED', `version ${event.token} leaked: it is not published`)
  if (!pending)
    return refuse(
      'NOT_PENDING',
      `version ${event.token} does not have the label AWSPENDING: this rotation was cancelled or replaced`,
    )
  if (!secret.rotationEnabled)
    return refuse('ROTATION_DISABLED', 'rotation of this secret is turned off: turn it on with RotateSecret')
  if (current === undefined)
    return refuse('NO_CURRENT_VERSION', 'no version has the label AWSCURRENT: store a working value first')
  return { do: 'run', currentVersionId: current }
}

/**
 * A pending version older than AWSCURRENT belongs to a rotation that somebody overtook by writing a value by hand. Publishing it
 * would silently undo that person's change.
 */
export function isOvertaken(
  pendingVersionId: string,
  currentVersionId: string,
  created: ReadonlyMap<string, Date>,
): boolean {
  return isOlder(pendingVersionId, currentVersionId, created)
}

/** False where nobody knows when either of the two was created. */
export function isOlder(versionId: string, than: string, created: ReadonlyMap<string, Date>): boolean {
  const [one, other] = [created.get(versionId), created.get(than)]
  return one !== undefined && other !== undefined && one < other
}
