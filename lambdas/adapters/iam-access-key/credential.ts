import type { StoredCsv } from './csv-value.ts'
import type { StoredJson } from './json-value.ts'

/** An access key of an IAM user, as a secret holds it. */
export interface IamAccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly userName: string
  /** The value as it was stored: whatever a rotation does not change goes back as it came. */
  readonly stored: StoredJson | StoredCsv
}
