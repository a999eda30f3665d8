import type { SecretStore } from '../rotation/secret-store.ts'
import type { SecretTags } from '../rotation/secret-tags.ts'
import type { SecretCatalog } from '../sweep/gather.ts'

/** Secrets Manager as people's requests need it: no value and no label. Every method throws OverlapError. */
export interface OperatedSecrets extends SecretTags {
  /** By name or ARN. */
  readonly describe: SecretStore['describe']
  readonly list: SecretCatalog['list']
  /** Ends a rotation that is under way, and none begins any more. What is configured stays. */
  turnOff(secretId: string): Promise<void>
  /** As it was configured; nothing is rotated now. */
  turnOn(secretId: string): Promise<void>
}
