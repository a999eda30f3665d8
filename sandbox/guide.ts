/** Where a running sandbox is, for people and for programs. */
export interface Whereabouts {
  readonly endpoint: string
  readonly region: string
  readonly secrets: readonly string[]
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string }
}

/** How to try it from another terminal. Version 2.9 of the AWS CLI ignores AWS_ENDPOINT_URL, hence the flag. */
export function guide(at: Whereabouts, caFile: string): string {
  const { host, port, database } = at.postgres
  const secret = at.secrets[0] ?? ''
  const aws = (operation: string) =>
    `  aws --endpoint-url ${at.endpoint} --region ${at.region} secretsmanager ${operation} --secret-id ${secret}`
  return `The sandbox is up. One secret is ready to rotate: ${secret}

In another terminal (any credentials will do):

  export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox
${aws('get-secret-value')}
${aws('rotate-secret')}
${aws('describe-secret')}

Log in with username and password of any version that is current or draining, over TLS:

  psql "host=${host} port=${port} dbname=${database} user=USERNAME sslmode=verify-full sslrootcert=${caFile}"

Ctrl-C ends everything.
`
}
