import type { Inspection } from '../adapters/adapter.ts'
import { OverlapError } from '../rotation/errors.ts'
import { acceptedIn } from './accepted.ts'
import type { Journal, LoginLog } from './journal.ts'
import { type LogOfLogins, principalsOf, prove } from './ladder.ts'
import { iso, longestBetween } from './looks.ts'
import { triesWhileDisabled } from './quarantine.ts'
import type { EvidenceRecord, Sample } from './record.ts'
import type { Watched, Watcher } from './watcher.ts'
import { witnessesOf, witnessMargin } from './witnesses.ts'

export interface WatcherOptions {
  readonly journal: Journal
  /** The log that a word of the tag `overlap:login-log` names. What is wrong with the word is said when it is read. */
  readonly loginLog: (source: string) => LoginLog
  /** How often is looked, in milliseconds. */
  readonly sampleEveryMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** So much of the time before a drain's quiet time is read for the last sighting, in milliseconds. */
const LOOK_BACK_MS = 24 * 3_600_000

export function watcher({ journal, loginLog, sampleEveryMs, now }: WatcherOptions): Watcher {
  /** What all logs together say. A use that one of them shows is one, whatever the others would say. */
  const logOf = async (
    { loginLogs, from, until }: Watched,
    records: readonly EvidenceRecord[],
  ): Promise<LogOfLogins> => {
    if (loginLogs.length === 0) return { logins: [], unknown: 'no log of logins is named' }
    const principals = [...principalsOf(records), ...witnessesOf(records)]
    if (principals.length === 0) return { logins: [], unknown: undefined }
    const begin = Math.max(0, from - witnessMargin(sampleEveryMs))
    const results = await Promise.allSettled(
      [...new Set(loginLogs)].map((source) => loginLog(source).read(principals, begin, until)),
    )
    const logins = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    const failed = results.find((result) => result.status === 'rejected')
    return { logins, unknown: failed && whyUnknown(failed.reason) }
  }

  return {
    async note(secretId, versionId, look) {
      const subject = { v: 1, secret: secretId, version: versionId, at: iso(now()) } as const
      await journal.append({ ...subject, ...sampleOf(look) })
    },
    record: (record) => journal.append(record),
    async prove(question) {
      const { secretId, versionId, from } = question
      const records = await journal.read(secretId, versionId, Math.max(0, from - LOOK_BACK_MS))
      return prove({ ...question, sampleEveryMs, records, log: await logOf(question, records) })
    },
    async disabling(secretId, versionId, from) {
      const records = await journal.read(secretId, versionId, from)
      return records.flatMap((record) => (record.event === 'disabled' ? record.proof : [])).at(-1)
    },
    accepted: async (secretId, versionId, from) => acceptedIn(await journal.read(secretId, versionId, from)),
    async refused(question) {
      const { secretId, versionId, from } = question
      // A look before the stretch says whom to find where none within it does.
      const before = Math.max(0, from - longestBetween(sampleEveryMs))
      const records = await journal.read(secretId, versionId, before)
      return triesWhileDisabled({ ...question, sampleEveryMs, records, log: await logOf(question, records) })
    },
  }
}

function whyUnknown(reason: unknown): string {
  if (!(reason instanceof OverlapError)) throw reason
  return `a log of logins could not be read: ${reason.message}`
}

function sampleOf(look: Inspection | { readonly unknown: string }): Sample {
  if ('unknown' in look) return { event: 'sample', sightings: [], unknown: look.unknown }
  const { sightings, others, endpoints, asleep, witness, mark, principal } = look
  return {
    event: 'sample',
    sightings,
    ...(others === undefined ? {} : { others }),
    endpoints,
    ...(asleep ? { asleep } : {}),
    ...(witness === undefined ? {} : { witness }),
    ...(mark === undefined ? {} : { mark }),
    principal,
  }
}
