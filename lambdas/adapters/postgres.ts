import { OverlapError } from '../rotation/errors.ts'
import type { CredentialAdapter, CredentialRetirer } from './adapter.ts'
import { alternatingUsers } from './postgres/alternating-users.ts'
import type { PostgresCredential } from './postgres/credential.ts'
import { leaving } from './postgres/leaving.ts'
import type { PostgresOptions } from './postgres/options.ts'
import { retirement } from './postgres/retirement.ts'
import { singleUser } from './postgres/single-user.ts'

/** Alternating users, or what the tag overlap:strategy says. Throws `POLICY_INVALID` and `FAILED_LOGINS_NOT_ACCEPTED`. */
export function postgresAdapter(options: PostgresOptions): CredentialAdapter<PostgresCredential> {
  const strategy = options.tags.get('overlap:strategy') ?? 'alternating-users'
  if (strategy === 'alternating-users') return alternatingUsers(options)
  if (strategy === 'single-user') return singleUser(options)
  throw new OverlapError('POLICY_INVALID', 'tag overlap:strategy must be alternating-users or single-user')
}

/** Only alternating users leave something to retire; a credential without a stamp is refused. */
export function postgresRetirer(options: PostgresOptions): CredentialRetirer<PostgresCredential> {
  return { ...retirement(options), leave: leaving(options) }
}
