/**
 * What brings the consumers of a secret to its new version. A rollout is level-triggered: what is done, under way or failed is read from the platform
 * each time, and nothing is remembered between.
 */

/** What a consumer is to run. */
export interface Goal {
  /** ARN of the secret. */
  readonly secretId: string
  /** The version that is AWSCURRENT. It is stamped on the workload where the platform has a place for it. */
  readonly versionId: string
  /**
   * Milliseconds since the epoch. The version was AWSCURRENT by then, for sure: whatever began later has read it, however it was begun. It is the moment
   * at which a pass first saw the version before it replaced, so it is later than the move of the label.
   */
  readonly since: number
  /** Milliseconds since the epoch: nothing that was written before can hold the version. */
  readonly created: number
  /** The version that it took the place of, where that is the newer one. */
  readonly rolledBack?: string
}

export interface Progress {
  /**
   * `absent`: nothing that would bring the consumer there is done or under way. `failed`: it was tried and did not succeed, or was rolled back; it is not tried
   * again by itself, and a later success, whoever brings it about, is `done`.
   */
  readonly state: 'absent' | 'running' | 'done' | 'failed'
  /** What a person needs to know, plain text: what is waited for, or why it failed and what to do. */
  readonly detail?: string
}

/** Rollouts of one platform. Every method throws OverlapError; then nothing is known, which is neither `failed` nor `done`. */
export interface Rollout<T> {
  /**
   * Begins to bring the consumer there, or goes one step on. Called where `progress` says `absent`, perhaps twice at once and again after a crash: the second
   * call may cost a further restart, never an interruption. Resolves with what came of it where that is known to be something else than `running`.
   */
  start(consumer: T, goal: Goal): Promise<Progress | undefined>
  progress(consumer: T, goal: Goal): Promise<Progress>
}

/** What the sweep and `status` ask of a rollout function. `advance` begins what is absent; `look` changes nothing. */
export interface RolloutRequest extends Goal {
  readonly action: 'advance' | 'look'
  /** As the tag `overlap:consumers` names it. */
  readonly consumer: string
}

/** Rejects with OverlapError carrying the code that the function reported. */
export type AskRollout = (request: RolloutRequest) => Promise<Progress>
