import { OverlapError } from './errors.ts'
import { isLeaked, LEAKED_TAG } from './leaked.ts'
import { sameTo, type TellsSame } from './same-credential.ts'
import type { SecretDescription, SecretStore } from './secret-store.ts'

/**
 * The version that leaked with the credential of this one: itself, as the tag says, or another one whose value somebody stored once more by hand. Undefined
 * when there is none whose value can still be read; the target's record knows those. Costs calls only where something leaked.
 */
export async function leakedAs<C>(
  store: SecretStore,
  kind: TellsSame<C>,
  secret: SecretDescription,
  versionId: string,
): Promise<string | undefined> {
  if (!secret.tags.has(LEAKED_TAG)) return undefined
  if (isLeaked(secret, versionId)) return versionId
  const [value, created] = await Promise.all([
    store.read(secret.arn, versionId),
    store.createdDates(secret.arn),
  ])
  if (value === undefined) return undefined
  for (const id of created.keys()) {
    const leaked = isLeaked(secret, id) ? await store.read(secret.arn, id) : undefined
    if (leaked !== undefined && sameTo(kind, leaked, value)) return id
  }
  return undefined
}

/** Throws `LEAKED`, which ends with what that means. Asked again in the moment of making a version valid: somebody may have told of the leak since. */
export async function refuseLeaked<C>(
  store: SecretStore,
  kind: TellsSame<C>,
  secret: SecretDescription,
  versionId: string,
  consequence = 'nothing makes it valid again',
): Promise<void> {
  const leaked = await leakedAs(store, kind, secret, versionId)
  if (leaked === undefined) return
  const what =
    leaked === versionId
      ? `version ${versionId}`
      : `the credential of version ${versionId}, as version ${leaked},`
  throw new OverlapError('LEAKED', `${what} leaked: ${consequence}`)
}
