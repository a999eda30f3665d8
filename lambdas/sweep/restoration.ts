import { isDeferred, OverlapError } from '../rotation/errors.ts'
import { isOlder } from '../rotation/plan.ts'
import { type SecretDescription, type SecretStore, versionWith } from '../rotation/secret-store.ts'
import { waitingIn } from './due.ts'
import { perhapsDisabled } from './next-action.ts'
import { settle } from './settled.ts'
import type { SweepState } from './state.ts'
import type { Retire, Visiting } from './visiting.ts'

/** The version that is AWSCURRENT and may be disabled. */
export interface Suspect {
  readonly versionId: string
  /** Likely it works: it is only pinned by a rotation that is about to replace it and has never drained, or somebody stored a value by hand that nobody knows. */
  readonly likelyWorks: boolean
}

/** What a person did to AWSCURRENT: moved it back to an older version, or stored a new value. Neither is what a rotation does. */
export type ByHand = 'moved back' | 'stored'

/**
 * Asked when a label has moved, or when labels show that one has. The version that drains is AWSPREVIOUS after every rotation, which tells without a call; otherwise dates do: a rotation
 * makes its version before it ends, and only a person makes an older one AWSCURRENT.
 */
export async function changedByHand(
  store: SecretStore,
  secret: SecretDescription,
): Promise<ByHand | undefined> {
  const [current, previous] = [versionWith(secret, 'AWSCURRENT'), versionWith(secret, 'AWSPREVIOUS')]
  if (current === undefined || previous === undefined || previous === versionWith(secret, 'DRAINING'))
    return undefined
  const created = await store.createdDates(secret.arn)
  if (isOlder(current, previous, created)) return 'moved back'
  // The service takes AWSPENDING away a moment after a rotation has moved AWSCURRENT.
  const isRotation = versionWith(secret, 'AWSPENDING') === current
  const [made, rotated] = [created.get(current), secret.lastRotated]
  return !isRotation && made !== undefined && rotated !== undefined && made > rotated ? 'stored' : undefined
}

/** After a rotation what drains is AWSPREVIOUS. A value that is stored by hand takes that label along, so no event is needed to see it. */
function isStoredOverDrain(secret: SecretDescription): boolean {
  const draining = versionWith(secret, 'DRAINING')
  const current = versionWith(secret, 'AWSCURRENT')
  return draining !== undefined && draining !== current && draining !== versionWith(secret, 'AWSPREVIOUS')
}

/** `byHand`: what an event led to see. */
export function suspectOf(
  secret: SecretDescription,
  state: SweepState,
  byHand: ByHand | undefined,
  worksByHand: string | undefined,
): Suspect | undefined {
  const current = versionWith(secret, 'AWSCURRENT')
  const back = perhapsDisabled({ secret, state }) ?? (byHand === 'moved back' ? current : undefined)
  if (back !== undefined) {
    const drained = byHand === 'moved back' || state.drain?.version === back
    return { versionId: back, likelyWorks: waitingIn(secret) !== undefined && !drained }
  }
  const isStored = byHand === 'stored' || isStoredOverDrain(secret)
  return isStored && current !== undefined && current !== worksByHand
    ? { versionId: current, likelyWorks: true }
    : undefined
}

/**
 * Makes AWSCURRENT work where its own retirement may have been begun. What fails here may be felt by consumers already. Throws `EDITED_OUTSIDE` when it
 * works again, and a person had stored what was on its way out.
 */
export async function restore(
  { memory }: Pick<Visiting, 'memory'>,
  retire: Retire,
  secret: SecretDescription,
  { versionId, likelyWorks }: Suspect,
): Promise<void> {
  const request = { action: 'restore', secretId: secret.arn, versionId, evenIfUsed: false } as const
  const done = await retire(request).catch((error) => {
    throw likelyWorks ? error : notRestored(versionId, error)
  })
  settle(memory, secret)
  const draining = versionWith(secret, 'DRAINING')
  if (draining !== undefined && draining !== versionId && isStoredOverDrain(secret)) {
    await liftIfSuperseded(retire, secret, draining)
    memory.of(secret.arn, draining).worksByHand = versionId
  }
  if (done.outcome === 'restored' && done.editedOutside === true)
    throw new OverlapError(
      'EDITED_OUTSIDE',
      `version ${versionId}, which is AWSCURRENT, was stored by hand with a credential that was on its way out, and did not work until now. It works again. ` +
        'Find out who stored it and why before the next rotation',
      { detail: { consumersAffected: true } },
    )
}

/**
 * The value that was stored may be of the very principal that drains: its label goes at once, so that nobody takes the use of AWSCURRENT for a use of the old
 * version. Of a secret that was changed at all, nothing is disabled by this.
 */
async function liftIfSuperseded(retire: Retire, { arn }: SecretDescription, draining: string): Promise<void> {
  const request = {
    action: 'disable',
    secretId: arn,
    versionId: draining,
    evenIfUsed: false,
    unchangedSince: 0,
  } as const
  await retire(request).catch((error) => {
    // A rotation that waits may name it, too: what becomes of that is decided after this.
    const isNothing =
      error instanceof OverlapError && (isDeferred(error) || error.code === 'PRINCIPAL_IN_USE')
    if (!isNothing) throw error
  })
}

function notRestored(versionId: string, error: unknown): unknown {
  if (!(error instanceof OverlapError) || error.code === 'LABELS_MOVED') return error
  const { code, message, cause, detail } = error
  const isDead = code === 'CURRENT_REFUSED' || code === 'LEAKED' || code === 'NO_WAY_BACK'
  const how = isDead ? 'does not work' : 'whether it works is not known'
  return new OverlapError(code, `version ${versionId} is AWSCURRENT again, and ${how}: ${message}`, {
    cause,
    detail: { ...detail, consumersAffected: true },
  })
}
