/** Where a running sandbox is, for people and for programs. */
export interface Whereabouts {
  /** URLs of Secrets Manager, of Lambda, of IAM and of STS. */
  readonly endpoint: string
  readonly lambda: string
  readonly iam: string
  readonly sts: string
  readonly region: string
  readonly secrets: readonly string[]
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string }
}

/**
 * How to try it from another terminal. Version 2.9 of the AWS CLI ignores AWS_ENDPOINT_URL, hence the flag.
 *
 * @param checks what the deployment's check of each secret found
 * @param times what time it is, and when schedules run
 * @param company what the account holds besides
 */
export function guide(
  at: Whereabouts,
  more: {
    readonly caFile: string
    readonly checks: readonly string[]
    readonly times: string
    readonly commands: string
    readonly company: string
  },
): string {
  const { host, port, database } = at.postgres
  const secret = at.secrets[0] ?? ''
  const aws = (operation: string) =>
    `  aws --endpoint-url ${at.endpoint} --region ${at.region} secretsmanager ${operation} --secret-id ${secret}`
  return `The sandbox is up, deployed as cdk synth wrote it. Its secrets: ${at.secrets.join(', ')}
${more.checks.map((check) => `  ${check}`).join('\n')}

${more.times}
Move the clock by typing here: ${more.commands}

In another terminal (with these credentials, since IAM knows no others but its users' access keys):

  export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=${at.region}
${aws('get-secret-value')}
${aws('rotate-secret')}
${aws('describe-secret')}

  export AWS_ENDPOINT_URL_LAMBDA=${at.lambda} AWS_ENDPOINT_URL_SECRETS_MANAGER=${at.endpoint}
  npm run overlap -- check ${secret}
  npm run overlap -- status
  npm run overlap -- status ${secret}

When it has been rotated, and the clock was moved by some minutes a few times, its consumers (services, a Deployment and a function that are played here) run the
new version; the old one drains for a day, is disabled for two, and then removed. Until then there is a way back, and who still uses it is said by name:

  npm run overlap -- rollback ${secret} --reason "errors since the rotation"
  npm run overlap -- retire ${secret}
  npm run overlap -- retire ${secret} --despite psql@127.0.0.1 --reason "a forgotten terminal"
  npm run overlap -- leaked ${secret} --reason "found in a public repository"
  npm run overlap -- repair ${secret}

The keys in robots/deploy (of an IAM user) and mail/sender (of a company that gives out two) rotate in the same way, and drain for two days, since their last use is told
late. A key of robots/deploy signs any call of STS, as long as it is current or draining:

  AWS_ACCESS_KEY_ID=ACCESSKEYID AWS_SECRET_ACCESS_KEY=SECRETACCESSKEY aws --endpoint-url ${at.sts} --region ${at.region} sts get-caller-identity

A consumer that is declared as event:NAME or manual:NAME says itself that it runs the new version:

  npm run overlap -- acknowledge mail/sender --consumer manual:newsletters

How old is every credential of the account, among them ${more.company}? By the sandbox's clock, so moving it ages them:

  export AWS_ENDPOINT_URL_IAM=${at.iam}
  npm run overlap -- inventory
  npm run overlap -- inventory --state stale --csv
  npm run overlap -- inventory --html inventory.html

The deployment payments belongs to that company and is not deployed here, so a command with --deployment payments finds no function.

Log in with username and password of any version that is current or draining, over TLS:

  psql "host=${host} port=${port} dbname=${database} user=USERNAME sslmode=verify-full sslrootcert=${more.caFile}"

Ctrl-C ends everything.
`
}
