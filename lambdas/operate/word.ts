import type { EvidenceRecord } from '../evidence/record.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { Operating } from './operating.ts'

type Word = Extract<
  EvidenceRecord,
  { readonly by: string; readonly event: 'accepted' | 'leaked' | 'rolled-back' | 'repaired' | 'acknowledged' }
>

/** In the caller's own words, which nothing checks. Which identity invoked a function is known to CloudTrail alone, and only where a trail logs data events of it. */
export function callerOf({ by }: { readonly by: string | undefined }): string {
  return by ?? 'somebody unnamed'
}

/** A record of this moment. */
export function wordOf(
  { now }: Pick<Operating, 'now'>,
  secretId: string,
  versionId: string,
  word: Pick<Word, 'event' | 'by' | 'reason' | 'names'>,
): Word {
  return { v: 1, secret: secretId, version: versionId, at: new Date(now()).toISOString(), ...word }
}

/** Keeps what has been done already. A journal that fails undoes nothing of it, so that is only said: a sentence for whoever asked. */
export async function keepDone(
  { watcher }: Pick<Operating, 'watcher'>,
  record: EvidenceRecord,
): Promise<readonly string[]> {
  try {
    await watcher.record(record)
    return []
  } catch (error) {
    if (!(error instanceof OverlapError)) throw error
    return [`it is done, and could not be written into the journal: ${error.message}`]
  }
}
