/** Which version there is to go back to, as labels and dates tell; what the target has on record is another question. */
import type { RolledBack } from './asked-rotation.ts'
import { OverlapError } from './errors.ts'
import { isOlder } from './plan.ts'
import { type SecretDescription, type SecretStore, versionWith } from './secret-store.ts'
import { quoted } from './way-out.ts'

/** As `AskedRotation.rollback` has them. */
export interface Wanted {
  readonly to?: string
  readonly from?: string
}

/** The answer where the version is AWSCURRENT: it was asked for once more, or by a second person. Throws `NO_WAY_BACK`. */
export function alreadyThere(secret: SecretDescription, to: string): RolledBack {
  const draining = versionWith(secret, 'DRAINING')
  const replaced = draining === undefined || draining === to ? versionWith(secret, 'AWSPREVIOUS') : draining
  if (replaced !== undefined) return { outcome: 'rolled-back', versionId: to, replaced }
  throw noWayBack(`version ${to} is AWSCURRENT already, and no other version was`)
}

/** Throws `NO_WAY_BACK` with the reason. `current`: the version that is AWSCURRENT. */
export async function versionToGoBackTo(
  store: SecretStore,
  secret: SecretDescription,
  current: string,
  { to }: Wanted,
): Promise<string> {
  if (to !== undefined) {
    const labels = secret.versions.get(to) ?? []
    if (labels.some((label) => label === 'DRAINING' || label === 'AWSPREVIOUS')) return to
    if (labels.includes('AWSPENDING'))
      throw noWayBack(`version ${to} waits as AWSPENDING and never was AWSCURRENT`)
    const created = await store.createdDates(secret.arn)
    throw noWayBack(
      created.has(to)
        ? `version ${to} does not drain and is not AWSPREVIOUS: its credential was removed, or it never was AWSCURRENT`
        : `there is no version ${to}`,
    )
  }
  const draining = versionWith(secret, 'DRAINING')
  const found = draining === undefined || draining === current ? versionWith(secret, 'AWSPREVIOUS') : draining
  if (found === undefined) throw noWayBack('no version drains, and none is AWSPREVIOUS')
  // What is asked for twice must not go there and back again.
  if (isOlder(current, found, await store.createdDates(secret.arn)))
    throw noWayBack(
      `AWSCURRENT is what somebody went back to, and version ${found} is newer. To go forward to that version, name it: --to ${quoted(found)}`,
    )
  return found
}

export function noWayBack(reason: string): OverlapError {
  return new OverlapError('NO_WAY_BACK', `nothing was rolled back: ${reason}`)
}
