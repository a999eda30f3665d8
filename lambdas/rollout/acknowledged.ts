import { versionInTag } from '../rotation/leaked.ts'

/**
 * Consumers that said themselves that they run a version: the version as tags hold it, since when the one before it drains (seconds since the epoch, base 36; nothing
 * where none is known to), and the consumers' names, separated by spaces.
 */
export const ACKNOWLEDGED_TAG = 'overlap:acknowledged'

/**
 * Names of the consumers that run this version, as `consumerName` has them. What the tag says of another version is nothing about this one, nor is what was said in
 * another drain: the version was rolled back meanwhile, and has returned. `since` (ms since the epoch): when the drain began; undefined where there is none.
 */
export function acknowledgedFor(
  tagValue: string | undefined,
  versionId: string,
  since: number | undefined,
): readonly string[] {
  const [version, ...words] = (tagValue ?? '').split(' ').filter((word) => word !== '')
  const begun = words.find((word) => !isName(word))
  if (version !== versionInTag(versionId)) return []
  return since === undefined || begun === writtenMoment(since) ? words.filter(isName) : []
}

/** The value for the tag once these consumers run this version. */
export function acknowledging(
  versionId: string,
  since: number | undefined,
  names: readonly string[],
): string {
  const begun = since === undefined ? [] : [writtenMoment(since)]
  return [versionInTag(versionId), ...begun, ...new Set(names)].join(' ')
}

function isName(word: string): boolean {
  return word.includes(':')
}

/** As the state's tag is written, so that a drain which was read and one that was just begun are the same. */
function writtenMoment(since: number): string {
  return Math.ceil(since / 1000).toString(36)
}
