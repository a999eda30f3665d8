/**
 * Retirement, the other half of a rotation, in a function and a role of its own: it disables, and never publishes.
 *
 * The caller says which version; what is disabled is that version's *principal*. So the check that matters compares principals, not
 * versions: nothing that any AWSCURRENT or AWSPENDING version names is ever disabled, and labels are read again under the target's own
 * lock and once more after acting.
 *
 *   inspect  who uses it           disable  out of use, and the way back stays      enable  the way back: it drains once more
 *   remove   the slot is free      restore  AWSCURRENT works again                  try, peek, reclaim, leave
 */
import type { CredentialRetirer } from '../adapters/adapter.ts'
import { disable } from './disable.ts'
import { enable } from './enable.ts'
import { inspect } from './inspect.ts'
import { leave } from './leave.ts'
import { peek } from './peek.ts'
import { watched } from './put-back.ts'
import { reclaim } from './reclaim.ts'
import { remove } from './remove.ts'
import { restore } from './restore.ts'
import type { RetireRequest, RetireResult } from './retire-request.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'
import { tryPrevious } from './try.ts'

export interface Retirement<C> {
  readonly store: SecretStore
  readonly retirerFor: (secret: SecretDescription) => CredentialRetirer<C>
}

/** Throws OverlapError; then the credential still works, or the message says that it is recorded as disabling, or it leaked. */
export async function retire<C>(
  { store, retirerFor }: Retirement<C>,
  request: RetireRequest,
): Promise<RetireResult> {
  if (request.action === 'peek') return peek(store, retirerFor, request)
  if (request.action === 'reclaim') return reclaim(store, retirerFor, request)
  if (request.action === 'leave') return leave(store, retirerFor, request)
  const secret = await store.describe(request.secretId)
  const watching = watched(retirerFor(secret))
  switch (request.action) {
    case 'inspect':
      return inspect(store, watching.retirer, secret, request)
    case 'disable':
      return disable(store, watching, secret, request)
    case 'remove':
      return remove(store, watching.retirer, secret, request)
    case 'enable':
      return enable(store, watching.retirer, secret, request)
    case 'restore':
      return restore(store, watching, secret, request)
    case 'try':
      return tryPrevious(store, watching.retirer, secret, request.versionId)
  }
}
