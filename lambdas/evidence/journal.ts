import type { EvidenceRecord } from './record.ts'

/** The append-only log of what was seen and done. */
export interface Journal {
  /** Resolves when the record is kept. Throws `JOURNAL_FAILED`. */
  append(record: EvidenceRecord): Promise<void>
  /**
   * Of one version of a secret, from a moment on (ms since the epoch), oldest first. What was appended a moment ago may be missing. Throws `JOURNAL_FAILED`.
   */
  read(secretId: string, versionId: string, from: number): Promise<readonly EvidenceRecord[]>
}

/** A server's log of logins, where there is one. */
export interface LoginLog {
  /**
   * Between two moments (ms since the epoch). Throws `LOGIN_LOG_FAILED`: then nothing is known.
   *
   * @param principals as the server knows them; names are compared exactly
   */
  read(principals: readonly string[], from: number, until: number): Promise<readonly ServerLogin[]>
}

/** One log may hold what several servers wrote, and a server may write to none. */
export interface ServerLogin extends LoggedLogin {
  /** Which server wrote it, as the log tells servers apart. */
  readonly server: string
}

export interface LoggedLogin {
  readonly principal: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly outcome: 'authorized' | 'refused'
  /** What the log says of where it came from and of what it calls itself; empty when nothing. */
  readonly address: string
  readonly application: string
}
