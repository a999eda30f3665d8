import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** A version of the secret, as an application reads it. */
export interface Credential {
  readonly versionId: string
  readonly host: string
  readonly port: number
  readonly dbname: string
  readonly username: string
  readonly password: string
}

export type ReadSecret = () => Promise<Credential>

/** Reads AWSCURRENT anew each time. */
export function secretReader(client: SecretsManagerClient, secretId: string): ReadSecret {
  return async () => {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId }))
    const value = JSON.parse(answer.SecretString ?? '{}') as Omit<Credential, 'versionId'>
    return { ...value, versionId: answer.VersionId ?? '' }
  }
}

/** Keeps what was read for `keepMs`. Callers that come while it is being read share that one read. */
export function cached(read: ReadSecret, keepMs: number): ReadSecret {
  let kept: { readonly credential: Promise<Credential>; readonly until: number } | undefined
  return () => {
    if (!kept || Date.now() >= kept.until) {
      const credential = read()
      const latest = { credential, until: Date.now() + keepMs }
      kept = latest
      credential.catch(() => {
        if (kept === latest) kept = undefined
      })
    }
    return kept.credential
  }
}
