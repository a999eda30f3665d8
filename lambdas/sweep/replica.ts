import type { SecretDescription } from '../rotation/secret-store.ts'

/** Is it a copy? The primary names its own Region, and is rotated there. */
export function isReplica({ arn, primaryRegion }: Pick<SecretDescription, 'arn' | 'primaryRegion'>): boolean {
  return primaryRegion !== undefined && primaryRegion !== arn.split(':')[3]
}
