import type { PlacedKey } from '../keys/place.ts'
import { AFTER_MS, fits, INTENT_TAG, type Intent, parseIntent } from './intent-tag.ts'
import { keyIdOf, readRecord, recordTag, unreadable } from './record-tag.ts'

/** A key as IAM lists it. */
export interface ListedKey {
  readonly id: string
  readonly active: boolean
  /** In ms since the epoch. */
  readonly created: number | undefined
}

/** A user's tags. */
export type Tags = ReadonlyMap<string, string>

/**
 * Whose each of a user's keys is, by what its tags say to the secret of that mark. Records of keys that are gone say nothing. Throws `STAMP_INVALID` for a tag that
 * speaks of one that is there, or of one that is about to be minted, and cannot be read.
 */
export function placedKeys(mark: string, listed: readonly ListedKey[], tags: Tags): readonly PlacedKey[] {
  const intent = intentIn(tags)
  return listed.map((key): PlacedKey => {
    const tag = recordTag(key.id)
    const text = tags.get(tag)
    const found = text === undefined ? undefined : readRecord(text)
    if (text !== undefined && found === undefined) throw unreadable(tag)
    const isAnothers = found !== undefined && found.mark !== mark
    const isPerhapsOurs = found === undefined && intent?.mark === mark && fits(intent, key)
    return {
      ...key,
      record: isAnothers ? undefined : found?.record,
      perhapsFor: isPerhapsOurs ? { versionId: intent.versionId } : undefined,
      isAnothers,
    }
  })
}

/**
 * May a key still come of a call that was announced before, by whichever secret? IAM's lists may lag (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency),
 * so that it is not seen is no proof. Another announcement would take the place of that one, and then nobody could tell whose that key is.
 */
export function isMinting(tags: Tags, now: number): boolean {
  const intent = intentIn(tags)
  if (intent === undefined || now > intent.at + AFTER_MS) return false
  return !recordsIn(tags).some(
    ({ keyId, mark, versionId }) =>
      mark === intent.mark && versionId === intent.versionId && !intent.ids.includes(keyId),
  )
}

/** What this secret has on record of keys that are not there, and has had so for long that a list that lags would show them by now. */
export function recordsOfGone(
  mark: string,
  listed: readonly Pick<ListedKey, 'id'>[],
  tags: Tags,
  now: number,
): readonly string[] {
  const there = new Set(listed.map(({ id }) => id))
  return recordsIn(tags)
    .filter((record) => record.mark === mark && !there.has(record.keyId) && now - record.since > LIST_LAG_MS)
    .map(({ keyId }) => recordTag(keyId))
}

/** Every tag by which this secret speaks of its user. */
export function tagsOf(mark: string, tags: Tags): readonly string[] {
  const records = recordsIn(tags).filter((record) => record.mark === mark)
  const isIntentOurs = intentIn(tags)?.mark === mark
  return [...records.map(({ keyId }) => recordTag(keyId)), ...(isIntentOurs ? [INTENT_TAG] : [])]
}

/** Far more than IAM's lists are known to lag. */
const LIST_LAG_MS = 3_600_000

function intentIn(tags: Tags): Intent | undefined {
  const text = tags.get(INTENT_TAG)
  return text === undefined ? undefined : parseIntent(text)
}

/** One that cannot be read says nothing. */
function recordsIn(tags: Tags) {
  return [...tags].flatMap(([tag, text]) => {
    const keyId = keyIdOf(tag)
    const found = keyId === undefined ? undefined : readRecord(text)
    return keyId === undefined || found === undefined ? [] : [{ keyId, mark: found.mark, ...found.record }]
  })
}
