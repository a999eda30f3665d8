import type { Standing } from './standing.ts'

/** What became of one secret. */
export interface Entry {
  /** ARN; what was asked for where there is no such secret. */
  readonly secret: string
  readonly name?: string
  /**
   * `failed` and `blocked` have a code and a message, `stuck` and `overdue` a code. `held` and `released` are also what already was so, which of a user is `exists`, of a value that is
   * repaired `works`. `unconfirmed`: nothing was done, and `message` says what would be. `disabled` is what a person ended by name; what a status finds is `standing`.
   */
  readonly outcome:
    | 'ready'
    | 'blocked'
    | 'provisioned'
    | 'exists'
    | 'held'
    | 'released'
    | 'left'
    | 'rolled-back'
    | 'already-rolled-back'
    | 'disabled'
    | 'leaked'
    | 'repaired'
    | 'works'
    | 'acknowledged'
    | 'unconfirmed'
    | 'stuck'
    | 'overdue'
    | 'failed'
    | Standing['phase']
  readonly code?: string
  readonly message?: string
  /** What a person can run: SQL, or a command for the shell. */
  readonly run?: string
  /** Of `unconfirmed` alone: the version that it is about. Whoever confirms names it. */
  readonly confirm?: string
  /** Of `held` alone: the hold that was there and stays, since it ends no sooner than the one asked for. ISO 8601, and a person's words. */
  readonly kept?: { readonly until: string; readonly reason: string }
  readonly information?: readonly string[]
  /** Of a status, in place of the outcome: where the secret stands, in one line. */
  readonly headline?: string
  /** Of a status: where the secret stands, for programs. */
  readonly standing?: Standing
}
