import type { Dialer, Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import type { Endpoint } from './endpoint.ts'

/** A login with the credential that consumers read, at one endpoint of its server. Throws `CURRENT_REFUSED`. */
export function logInAsCurrent(
  dial: Dialer,
  { dbname: database, username, password }: PostgresCredential,
  { host, port }: Endpoint,
): Promise<Session> {
  return dial.open({ as: 'current', endpoint: { host, port }, database, username, password })
}

/** Has neither partner nor stamp, and needs no admin. */
export function isSingle({ masterarn }: PostgresCredential, tags: ReadonlyMap<string, string>): boolean {
  return masterarn === undefined || tags.get('overlap:strategy') === 'single-user'
}
