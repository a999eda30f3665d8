import { writtenVersion } from '../rotation/leaked.ts'

/** Consumers that said themselves that they run a version: the version as tags hold it, and the consumers' names, separated by spaces. */
export const ACKNOWLEDGED_TAG = 'overlap:acknowledged'

/** Names of the consumers that run this version, as `consumerName` has them. What the tag says of another version is nothing about this one. */
export function acknowledgedFor(tagValue: string | undefined, versionId: string): readonly string[] {
  const [version, ...names] = (tagValue ?? '').split(' ').filter((word) => word !== '')
  return version === writtenVersion(versionId) ? names : []
}

/** The value for the tag once these consumers run this version. */
export function acknowledging(versionId: string, names: readonly string[]): string {
  return [writtenVersion(versionId), ...new Set(names)].join(' ')
}
