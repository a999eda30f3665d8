import type { ClientConfig } from 'pg'
import type { Credential } from './secret-reader.ts'

/** How an application opens this credential: TLS, verified, and impatient, so that a silent server counts as a failure. */
export function connection(
  credential: Credential,
  client: { readonly name: string; readonly ca: string },
  place: { readonly host: string; readonly port: number } = credential,
): ClientConfig {
  return {
    host: place.host,
    port: place.port,
    database: credential.dbname,
    user: credential.username,
    password: credential.password,
    application_name: client.name,
    ssl: { ca: client.ca },
    connectionTimeoutMillis: 10_000,
    query_timeout: 15_000,
  }
}
