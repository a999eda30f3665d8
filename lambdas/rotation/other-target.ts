import type { CredentialAdapter } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'

/** Throws `TARGET_CHANGED`: a value never changes, so what is refused here is refused for ever. */
export function refuseOtherTarget<C>(adapter: CredentialAdapter<C>, pending: C, current: C): void {
  if (adapter.target(pending) !== adapter.target(current))
    throw new OverlapError(
      'TARGET_CHANGED',
      'the pending value names another target than AWSCURRENT: a rotation changes a credential, never where it is valid',
    )
  // A person may have promoted a version that is older than this rotation, which its date does not show.
  if (adapter.carried(pending) !== adapter.carried(current))
    throw new OverlapError(
      'TARGET_CHANGED',
      'the pending value and AWSCURRENT differ in more than the credential: somebody moved AWSCURRENT while this rotation was under way, and it would undo that',
    )
}

/** A person may have moved AWSCURRENT to the very principal that this rotation was going to use: it would overwrite what consumers use. */
export function refuseOwnPlace<C>(adapter: CredentialAdapter<C>, pending: C, current: C): void {
  if (adapter.overlap && adapter.principal(pending) === adapter.principal(current))
    throw new OverlapError(
      'TARGET_CHANGED',
      'the pending value names the principal that AWSCURRENT names by now: it would overwrite what consumers use',
    )
}
