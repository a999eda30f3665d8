import type { PlacedKey } from '../keys/place.ts'
import { AFTER_MS, fits, INTENT_TAG, type Intent, readIntent } from './intent-tag.ts'
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
 * Whose each of a user's keys is, by what its tags say to the secret of that mark. Records of keys that are gone say nothing. A tag that cannot be read leaves those in doubt that it may
 * speak of, and no other.
 */
export function placedKeys(mark: string, listed: readonly ListedKey[], tags: Tags): readonly PlacedKey[] {
  const announced = tags.get(INTENT_TAG)
  const intent = announced === undefined ? undefined : readIntent(announced)
  return listed.map((key): PlacedKey => {
    const tag = recordTag(key.id)
    const text = tags.get(tag)
    const nobodys = { ...key, record: undefined, perhapsFor: undefined, isAnothers: false }
    if (text === undefined) {
      if (announced !== undefined && intent === undefined)
        return { ...nobodys, unreadable: { what: 'intent', error: unreadable(INTENT_TAG) } }
      const isPerhapsOurs = intent?.mark === mark && fits(intent, key)
      return { ...nobodys, perhapsFor: isPerhapsOurs ? { versionId: intent.versionId } : undefined }
    }
    const found = readRecord(text)
    if (found === undefined) return { ...nobodys, unreadable: { what: 'record', error: unreadable(tag) } }
    return found.mark === mark ? { ...nobodys, record: found.record } : { ...nobodys, isAnothers: true }
  })
}

/**
 * May a key still come of a call that was announced before, by whichever secret? IAM's lists may lag (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency),
 * so that it is not seen is no proof. Another announcement would take the place of that one, and then nobody could tell whose that key is. Throws `STAMP_INVALID`.
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
  const isIntentOurs = readIntent(tags.get(INTENT_TAG) ?? '')?.mark === mark
  return [...records.map(({ keyId }) => recordTag(keyId)), ...(isIntentOurs ? [INTENT_TAG] : [])]
}

/** Far more than IAM's lists are known to lag. */
const LIST_LAG_MS = 3_600_000

function intentIn(tags: Tags): Intent | undefined {
  const text = tags.get(INTENT_TAG)
  if (text === undefined) return undefined
  const intent = readIntent(text)
  if (intent === undefined) throw unreadable(INTENT_TAG)
  return intent
}

/** One that cannot be read says nothing. */
function recordsIn(tags: Tags) {
  return [...tags].flatMap(([tag, text]) => {
    const keyId = keyIdOf(tag)
    const found = keyId === undefined ? undefined : readRecord(text)
    return keyId === undefined || found === undefined ? [] : [{ keyId, mark: found.mark, ...found.record }]
  })
}
