/** Commands for a retirement that does not come, ready to be pasted into a shell. */
import { inCommand } from '../rotation/secret-name.ts'
import { overlapCommand, quoted } from '../rotation/way-out.ts'

interface Named {
  readonly name: string
  readonly arn: string
}

/** Says where a rotation stands. */
export function statusCommand({ name, arn }: Named, deployment: string): string {
  return overlapCommand(`status ${inCommand(name, arn)}`, deployment)
}

/** Ends a use that is known and accepted. `sighting`: its name. */
export function despiteCommand({ name, arn }: Named, sighting: string, deployment: string): string {
  return overlapCommand(
    `retire ${inCommand(name, arn)} --despite ${quoted(sighting)} --reason REASON`,
    deployment,
  )
}

/** Says for a consumer that it runs the new version. */
export function acknowledgeCommand({ name, arn }: Named, consumer: string, deployment: string): string {
  return overlapCommand(`acknowledge ${inCommand(name, arn)} ${consumer}`, deployment)
}

/** Ends what still drains, so that what leaked can be replaced. */
export function leakedCommand({ name, arn }: Named, deployment: string): string {
  return overlapCommand(`leaked ${inCommand(name, arn)} --reason REASON`, deployment)
}
