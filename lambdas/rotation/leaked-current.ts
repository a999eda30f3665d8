/** AWSCURRENT leaked, or sits in the place of what leaked: nothing makes it valid, and whoever has to do something is told what. */
import type { CredentialRetirer } from '../adapters/adapter.ts'
import { OverlapError } from './errors.ts'
import { isLeaked } from './leaked.ts'
import { mints } from './minting.ts'
import { type SecretDescription, versionWith } from './secret-store.ts'
import { publishCommand, quoted, rotateCommand } from './way-out.ts'

interface Current<C> {
  readonly versionId: string
  readonly credential: C
}

/** Says what the target's `LEAKED` means for AWSCURRENT: `consumersAffected` unless that works all the same. Any other error is rethrown. */
export async function deadLeaked<C>(
  retirer: CredentialRetirer<C>,
  secret: SecretDescription,
  current: Current<C>,
  error: unknown,
): Promise<never> {
  if (!(error instanceof OverlapError) || error.code !== 'LEAKED') throw error
  if (!(await opens(retirer, current.credential))) throw leakedAndDead(secret, current.versionId)
  throw new OverlapError(
    'LEAKED',
    `version ${current.versionId} is AWSCURRENT in the place of a credential that leaked, and works. If somebody stored the leaked value again, rotate now. ` +
      `Run: ${rotateCommand(secret.arn)}`,
    { detail: { versionId: current.versionId } },
  )
}

/** False when the target refuses it. Throws whatever keeps that from being known. */
export async function opens<C>(retirer: CredentialRetirer<C>, credential: C): Promise<boolean> {
  try {
    await retirer.login(credential)
    return true
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'CURRENT_REFUSED') return false
    throw error
  }
}

/** What a person does where nothing that is stored may be made valid. */
export function anotherByHand({ tags }: Pick<SecretDescription, 'tags'>): string {
  return mints(tags)
    ? 'Make another key at the target and store that as a new version'
    : 'Give the user another password at the target and store that as a new version'
}

/** AWSCURRENT works, and whoever has what leaked has it, too. `leaked`: the version that is known to have leaked. */
export function leakedAgain(versionId: string, leaked: string): OverlapError {
  return new OverlapError(
    'LEAKED',
    `version ${versionId} is AWSCURRENT and holds the credential of version ${leaked}, which leaked. Mark version ${versionId} as leaked, too, so that it is replaced: ` +
      `overlap leaked --version ${quoted(versionId)}`,
    { detail: { versionId } },
  )
}

/** A rotation begins with a login as AWSCURRENT, so one that works has to be AWSCURRENT first. */
export function leakedAndDead(secret: SecretDescription, versionId: string): OverlapError {
  const previous = versionWith(secret, 'AWSPREVIOUS')
  const instead =
    previous === undefined || isLeaked(secret, previous)
      ? anotherByHand(secret)
      : `If AWSPREVIOUS works, publish it. Run: ${publishCommand(secret.arn, previous, versionId)}`
  const what = isLeaked(secret, versionId)
    ? 'and its credential leaked and was taken out of use: nothing makes it valid again'
    : mints(secret.tags)
      ? 'and names a key that leaked and was taken out of use'
      : 'and names the user of a credential that leaked and was taken out of use. If its own value did not leak, have that applied by a person: overlap repair'
  return new OverlapError(
    'LEAKED',
    `version ${versionId} is AWSCURRENT, ${what}. Its consumers are kept out. ${instead}. Then rotate now. Run: ${rotateCommand(secret.arn)}`,
    { detail: { versionId, consumersAffected: true } },
  )
}
