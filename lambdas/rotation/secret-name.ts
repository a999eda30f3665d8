/** What a command may be told of a secret without quotes: its name's own characters, and not the beginning of an option. */
const plainName = /^[A-Za-z0-9/_+=.@][A-Za-z0-9/_+=.@-]{0,511}$/
const secretArn =
  /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:([A-Za-z0-9/_+=.@-]{1,512})-[A-Za-z0-9]{6}$/

/** The name in a secret's ARN; undefined when it is none. */
export function nameInArn(arn: string): string | undefined {
  return secretArn.exec(arn)?.[1]
}

/** What stands for a secret in a command that a person pastes into a shell: nothing but a name or an ARN can. */
export function inCommand(name: string, arn: string): string {
  if (plainName.test(name)) return name
  return secretArn.test(arn) ? arn : 'SECRET'
}
