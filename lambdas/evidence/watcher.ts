import type { Inspection, Sighting } from '../adapters/adapter.ts'
import type { ErrorCode } from '../rotation/errors.ts'
import type { LoggedLogin } from './journal.ts'
import type { EvidenceRecord, Proof } from './record.ts'

/** A version of a secret, and a stretch of time. Milliseconds since the epoch. */
export interface Watched {
  readonly secretId: string
  readonly versionId: string
  readonly from: number
  readonly until: number
  /** Where the server's logins are logged, as the tag `overlap:login-log` names it; empty when nowhere. */
  readonly loginLogs: readonly string[]
}

export interface Proving extends Watched {
  /** Consumers that were seen on the new version. */
  readonly consumers: Proof['consumers']
  /** How many are declared. */
  readonly declared: number
}

export interface Proven {
  readonly proof: Proof
  /** The last use within the stretch, as a look or the log of logins saw it. Then the proof is none. Milliseconds since the epoch. */
  readonly lastUse: { readonly at: number; readonly sighting: Sighting } | undefined
}

/** Keeps what is seen of a replaced credential, and says what that proves. */
export interface Watcher {
  /** One look at who uses it, or why nothing is known of this moment. Throws `JOURNAL_FAILED`. */
  note(secretId: string, versionId: string, look: Inspection | { readonly unknown: ErrorCode }): Promise<void>
  /** Throws `JOURNAL_FAILED`. A log of logins that cannot be read only makes the proof worse. */
  prove(question: Proving): Promise<Proven>
  /** Logins as the credential that were refused. `undefined`: there is no log without a gap, so nothing is known. Throws `JOURNAL_FAILED`. */
  refused(question: Watched): Promise<readonly LoggedLogin[] | undefined>
  /** Throws `JOURNAL_FAILED`. */
  record(record: EvidenceRecord): Promise<void>
}
