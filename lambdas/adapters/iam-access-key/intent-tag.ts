import { toSecond } from './record-tag.ts'
import { versionIn, versionText } from './version-text.ts'

/** The tag of an IAM user that says that a key is about to be minted. */
export const INTENT_TAG = 'overlap:intent'

/**
 * A key is about to be minted: for a version of a secret, at a moment, beside the keys that were there. A key that was not there before and that was made at that
 * time may be the one, should nobody know.
 */
export interface Intent {
  /** Of the secret. */
  readonly mark: string
  readonly versionId: string
  /** In ms since the epoch. */
  readonly at: number
  readonly ids: readonly string[]
}

/** IAM dates keys by its own clock and to the second; a call that is given up after 7 s may still be on its way. Milliseconds. */
const BEFORE_MS = 2_000
export const AFTER_MS = 30_000

/** A moment is told to the second. */
export function intentText({ mark, versionId, at, ids }: Intent): string {
  return `v=1 secret=${mark} version=${versionText(versionId)} at=${toSecond(at)} ids=${ids.join('/')}`
}

/** Undefined: it is none of ours, or of a later release. */
export function readIntent(text: string): Intent | undefined {
  const parts = /^v=1 secret=([0-9a-f]{16}) version=(\S+) at=(\S+) ids=([\w/]*)$/.exec(text)
  const [, mark = '', versionId = '', at = '', ids = ''] = parts ?? []
  const moment = Date.parse(at)
  if (parts === null || Number.isNaN(moment)) return undefined
  return { mark, versionId: versionIn(versionId), at: moment, ids: ids.split('/').filter((id) => id !== '') }
}

/** Was this key perhaps minted by that very call? One whose age is not told was not. */
export function fits(
  { at, ids }: Intent,
  key: { readonly id: string; readonly created: number | undefined },
): boolean {
  if (key.created === undefined || ids.includes(key.id)) return false
  return key.created >= at - BEFORE_MS && key.created <= at + AFTER_MS
}
