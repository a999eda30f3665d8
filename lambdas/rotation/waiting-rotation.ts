import type { CredentialAdapter, Waiting } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import { refuseOtherTarget, refuseOwnPlace } from './other-target.ts'
import { isOvertaken, plan } from './plan.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'

/** The AWSPENDING version of a rotation that waits or is under way; undefined when none does. Left on AWSCURRENT, the label is that of one that has finished. */
export function pendingIn(secret: SecretDescription): string | undefined {
  const pending = versionWith(secret, 'AWSPENDING')
  return pending === versionWith(secret, 'AWSCURRENT') ? undefined : pending
}

/** A value that waits to be AWSCURRENT. */
export interface Pending {
  readonly versionId: string
  /** undefined: createSecret has made none yet. */
  readonly value: string | undefined
}

/**
 * What the rotation that waits has made, or undefined when it has made nothing yet. Throws what refuses it for ever, before any target is asked:
 * `STALE_TOKEN` and `TARGET_CHANGED`.
 */
export async function waitingRotation<C>(
  store: SecretStore,
  adapter: CredentialAdapter<C>,
  secret: SecretDescription,
  { versionId, value }: Pending,
  { currentVersionId, current }: { readonly currentVersionId: string; readonly current: C },
): Promise<Waiting<C> | undefined> {
  if (value === undefined) return undefined
  const event = {
    step: 'setSecret',
    secretId: secret.arn,
    token: versionId,
    rotationToken: undefined,
  } as const
  const planned = plan(event, { ...secret, rotationEnabled: true })
  if (
    (planned.do === 'refuse' && planned.code === 'STALE_TOKEN') ||
    isOvertaken(versionId, currentVersionId, await store.createdDates(secret.arn))
  )
    throw new OverlapError(
      'STALE_TOKEN',
      `version ${versionId}, which waits as AWSPENDING, was published before or is older than AWSCURRENT, so it is not published. The sweep takes ` +
        'AWSPENDING away from it, unless its value may be the only one that works',
    )
  const credential = adapter.parse(value)
  refuseOtherTarget(adapter, credential, current)
  refuseOwnPlace(adapter, credential, current)
  return { versionId, credential }
}
