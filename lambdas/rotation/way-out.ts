/** Commands for a rotation that cannot go on by itself, ready to be pasted into a shell. */
import { inCommand } from './secret-name.ts'

/** Gives a rotation up: the next one can begin. */
export function giveUpCommand(secretId: string, pendingVersionId: string): string {
  return (
    `aws secretsmanager update-secret-version-stage --secret-id ${quoted(secretId)} ` +
    `--version-stage AWSPENDING --remove-from-version-id ${quoted(pendingVersionId)}`
  )
}

/** Makes a version AWSCURRENT in place of the one that has the label. */
export function publishCommand(secretId: string, versionId: string, currentVersionId: string): string {
  return (
    `aws secretsmanager update-secret-version-stage --secret-id ${quoted(secretId)} --version-stage AWSCURRENT ` +
    `--move-to-version-id ${quoted(versionId)} --remove-from-version-id ${quoted(currentVersionId)}`
  )
}

/** Stores a value for a version whose own is gone, and has it drained and retired. */
export function drainLostVersionCommand(secretId: string, versionId: string): string {
  return (
    `aws secretsmanager put-secret-value --secret-id ${quoted(secretId)} --client-request-token ${quoted(versionId)} ` +
    '--version-stages DRAINING --secret-string file://value.json'
  )
}

export function rotateCommand(secretId: string): string {
  return `aws secretsmanager rotate-secret --secret-id ${quoted(secretId)}`
}

/** Turns rotation on again as it was configured, without rotating now; with this function, where that may be forgotten. */
export function turnOnCommand(secretId: string, functionArn?: string): string {
  const by = functionArn === undefined ? '' : ` --rotation-lambda-arn ${quoted(functionArn)}`
  return `${rotateCommand(secretId)}${by} --no-rotate-immediately`
}

/** Ends a hold before its time. */
export function releaseCommand({ name, arn }: { name: string; arn: string }, deployment: string): string {
  return overlapCommand(`release ${inCommand(name, arn)}`, deployment)
}

/** Makes the user of a secret that is new. */
export function provisionCommand({ name, arn }: { name: string; arn: string }, deployment: string): string {
  return overlapCommand(`provision ${inCommand(name, arn)}`, deployment)
}

/** Says for a consumer that it runs the new version. `consumer`: as the tag overlap:consumers has it. */
export function acknowledgeCommand(
  { name, arn }: { name: string; arn: string },
  consumer: string,
  deployment: string,
): string {
  return overlapCommand(`acknowledge ${inCommand(name, arn)} --consumer ${quoted(consumer)}`, deployment)
}

/** Makes the version AWSCURRENT again. */
export function rollbackCommand(
  { name, arn }: { name: string; arn: string },
  versionId: string,
  deployment: string,
): string {
  return overlapCommand(
    `rollback ${inCommand(name, arn)} --to ${quoted(versionId)} --reason REASON`,
    deployment,
  )
}

/** From it on the sweep retires what has drained. */
export function enforceCommand(secretId: string): string {
  return `aws secretsmanager tag-resource --secret-id ${quoted(secretId)} --tags Key=overlap:mode,Value=enforce`
}

export const DEFAULT_DEPLOYMENT = 'overlap'

/** A command for people. `deployment`: name of the one that it is for. */
export function overlapCommand(words: string, deployment: string): string {
  return `npm run overlap -- ${words}${deployment === DEFAULT_DEPLOYMENT ? '' : ` --deployment ${deployment}`}`
}

/** As one word of a shell. A version id may hold any character. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9:/@._+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
