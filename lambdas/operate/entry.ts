/** What became of one secret. */
export interface Entry {
  /** ARN; what was asked for where there is no such secret. */
  readonly secret: string
  readonly name?: string
  /** `failed` and `blocked` have a code and a message. `held` and `released` are also what already was so, which of a user is `exists`. */
  readonly outcome: 'ready' | 'blocked' | 'provisioned' | 'exists' | 'held' | 'released' | 'left' | 'failed'
  readonly code?: string
  readonly message?: string
  /** What a person can run: SQL, or a command for the shell. */
  readonly run?: string
  /** Of `held` alone: the hold that was there and stays, since it ends no sooner than the one asked for. ISO 8601, and a person's words. */
  readonly kept?: { readonly until: string; readonly reason: string }
  readonly information?: readonly string[]
}
