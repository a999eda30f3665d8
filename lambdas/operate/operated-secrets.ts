import type { SecretDescription, SecretStore } from '../rotation/secret-store.ts'
import type { SecretTags } from '../rotation/secret-tags.ts'

/** Secrets Manager as people's requests need it: no value and no label. Every method throws OverlapError. */
export interface OperatedSecrets extends SecretTags {
  /** By name or ARN. */
  readonly describe: SecretStore['describe']
  /** Those that are rotated by one of these functions. A listing may be minutes late, so nothing is decided on it. */
  list(rotationFunctions: ReadonlySet<string>): AsyncIterable<SecretDescription>
  readonly createdDates: SecretStore['createdDates']
  /** Ends a rotation that is under way, and none begins any more. What is configured stays. */
  turnOff(secretId: string): Promise<void>
  /** As it was configured; nothing is rotated now. */
  turnOn(secretId: string): Promise<void>
  /** Asks for a rotation whose version is to have this id, and turns rotation on. One that is incomplete is tried again by the service, which counts as success. */
  rotate(secretId: string, token: string): Promise<void>
}
