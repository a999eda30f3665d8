import { createHash } from 'node:crypto'
import { OverlapError } from '../../rotation/errors.ts'
import type { KeyRecord, KeyState } from '../keys/place.ts'
import { versionIn, versionText } from './version-text.ts'

/**
 * What is known of a key stands in a tag of its IAM user: `overlap:key:<id of the key>`. IAM takes 50 tags of a user, 128 characters for a name and 256 of letters,
 * digits, spaces and `_.:/=+-@` for a value (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules).
 */
const PREFIX = 'overlap:key:'

/** Which secret speaks in a tag: an ARN would take most of the room. */
export function secretMark(secretArn: string): string {
  return createHash('sha256').update(secretArn).digest('hex').slice(0, 16)
}

/** The tag in which a key is on record. */
export function recordTag(keyId: string): string {
  return `${PREFIX}${keyId}`
}

/** The key that a tag is about; undefined: the tag is about none. */
export function keyIdOf(tag: string): string | undefined {
  return tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : undefined
}

/** A moment is told to the second. */
export function recordText(mark: string, { versionId, state, since }: KeyRecord): string {
  return `v=1 secret=${mark} version=${versionText(versionId)} state=${state} since=${toSecond(since)}`
}

/** What a tag says; undefined: it is none of ours, or of a later release. */
export function readRecord(text: string): { readonly mark: string; readonly record: KeyRecord } | undefined {
  const parts = /^v=1 secret=([0-9a-f]{16}) version=(\S+) state=([a-z]+) since=(\S+)$/.exec(text)
  const [, mark = '', versionId = '', state = '', since = ''] = parts ?? []
  const moment = Date.parse(since)
  if (parts === null || !isState(state) || Number.isNaN(moment)) return undefined
  return { mark, record: { versionId: versionIn(versionId), state, since: moment } }
}

/** `STAMP_INVALID`, naming the tag and never what it says. */
export function unreadable(tag: string): OverlapError {
  return new OverlapError(
    'STAMP_INVALID',
    `the tag ${tag} of the IAM user is not as Overlap writes it. Correct it, or take it away once it is known whose the key is`,
    { detail: { tag } },
  )
}

/** ISO 8601, cut off to the second. `moment` in ms since the epoch. */
export function toSecond(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`
}

const states: Readonly<Record<KeyState, true>> = {
  live: true,
  disabling: true,
  disabled: true,
  leaked: true,
  orphan: true,
}

function isState(text: string): text is KeyState {
  return Object.hasOwn(states, text)
}
