import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** A version of a secret whose value is a JSON object, as an application reads it. */
export type Version<Value> = Value & { readonly versionId: string }

export type Read<Value> = () => Promise<Version<Value>>

/** What opens a database. */
export type Credential = Version<{
  readonly host: string
  readonly port: number
  readonly dbname: string
  readonly username: string
  readonly password: string
}>

export type ReadSecret = () => Promise<Credential>

/** Reads AWSCURRENT anew each time. */
export function secretReader(client: SecretsManagerClient, secretId: string): ReadSecret {
  return readerOf(client, secretId)
}

/** As `secretReader`, for a value of any form. */
export function readerOf<Value>(client: SecretsManagerClient, secretId: string): Read<Value> {
  return async () => {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId }))
    const value = JSON.parse(answer.SecretString ?? '{}') as Value
    return { ...value, versionId: answer.VersionId ?? '' }
  }
}

/** Keeps what was read for `keepMs`. Callers that come while it is being read share that one read. */
export function cached<Value>(read: Read<Value>, keepMs: number): Read<Value> {
  let kept: { readonly version: Promise<Version<Value>>; readonly until: number } | undefined
  return () => {
    if (!kept || Date.now() >= kept.until) {
      const version = read()
      const latest = { version, until: Date.now() + keepMs }
      kept = latest
      version.catch(() => {
        if (kept === latest) kept = undefined
      })
    }
    return kept.version
  }
}
