/** AWS CLI commands for a rotation that cannot go on by itself, ready to be pasted into a shell. */

/** Gives a rotation up: the next one can begin. */
export function giveUpCommand(secretId: string, pendingVersionId: string): string {
  return (
    `aws secretsmanager update-secret-version-stage --secret-id ${quoted(secretId)} ` +
    `--version-stage AWSPENDING --remove-from-version-id ${quoted(pendingVersionId)}`
  )
}

/** Stores a value for a version whose own is gone, and has it drained and retired. */
export function drainLostVersionCommand(secretId: string, versionId: string): string {
  return (
    `aws secretsmanager put-secret-value --secret-id ${quoted(secretId)} --client-request-token ${quoted(versionId)} ` +
    '--version-stages DRAINING --secret-string file://value.json'
  )
}

/** A version id may hold any character. */
function quoted(text: string): string {
  return /^[A-Za-z0-9:/@._+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
