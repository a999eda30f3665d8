import type { Inspection, Sighting } from '../adapters/adapter.ts'
import type { ErrorCode } from '../rotation/errors.ts'
import type { Acceptance } from './accepted.ts'
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
  /** The target tells of the last use alone, and so late at most, in ms. Absent: a look sees who uses it at that very moment. */
  readonly toldLateMs?: number
}

export interface Proven {
  readonly proof: Proof
  /** The last use within the stretch, as a look or the log of logins saw it. Then the proof is none. */
  readonly lastUse: Use | undefined
  /** Every name that a use within the stretch has, each with its last one, oldest first. */
  readonly uses: readonly Use[]
  /** Only the log of the last minutes keeps the proof from being a better one: asked again a few minutes later it may be. */
  readonly late?: boolean
}

/** `at` in milliseconds since the epoch. */
export interface Use {
  readonly at: number
  readonly sighting: Sighting
}

/** Keeps what is seen of a replaced credential, and says what that proves. */
export interface Watcher {
  /** One look at who uses it, or why nothing is known of this moment. Throws `JOURNAL_FAILED`. */
  note(secretId: string, versionId: string, look: Inspection | { readonly unknown: ErrorCode }): Promise<void>
  /** Throws `JOURNAL_FAILED`. A log of logins that cannot be read only makes the proof worse. */
  prove(question: Proving): Promise<Proven>
  /**
   * Logins as the credential while it was disabled, refused or not, after `from` and up to `until`, oldest first. None: there was none. `undefined`: none was seen,
   * and the log has a gap or cannot be read, so nothing is known. Throws `JOURNAL_FAILED`.
   *
   * What shows that the log has no gap are the looks that `note` was told of: they go on, each sample interval, as long as the credential is disabled.
   * Asked after each of them about the stretch since the look before it, and once, at the end, about the whole quarantine, which decides its rung.
   */
  refused(question: Watched): Promise<readonly LoggedLogin[] | undefined>
  /** The proof with which the version was last disabled, from a moment on (ms since the epoch); undefined where none is kept. Throws `JOURNAL_FAILED`. */
  disabling(secretId: string, versionId: string, from: number): Promise<Proof | undefined>
  /** Whom a person accepted for the version when it was last disabled, as far as it was seen from a moment on (ms since the epoch). Throws `JOURNAL_FAILED`. */
  accepted(secretId: string, versionId: string, from: number): Promise<Acceptance>
  /** Throws `JOURNAL_FAILED`. */
  record(record: EvidenceRecord): Promise<void>
}
