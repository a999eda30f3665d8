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

/** Says what blocks a rotation. */
export function checkCommand({ name, arn }: Named, deployment: string): string {
  return overlapCommand(`check ${inCommand(name, arn)}`, deployment)
}

/** Ends uses that are known and accepted. `sightings`: their names, which may begin as an option does. */
export function despiteCommand(
  { name, arn }: Named,
  sightings: readonly string[],
  reason: string,
  deployment: string,
): string {
  const flags = sightings.map((sighting) => `--despite=${quoted(sighting)}`).join(' ')
  return overlapCommand(`retire ${inCommand(name, arn)} ${flags} --reason ${quoted(reason)}`, deployment)
}

/** Ends what still drains, so that what leaked can be replaced. */
export function leakedCommand({ name, arn }: Named, deployment: string): string {
  return overlapCommand(`leaked ${inCommand(name, arn)} --reason REASON`, deployment)
}
