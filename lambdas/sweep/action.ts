import type { Proof } from '../evidence/record.ts'
import type { Obstacle } from './due.ts'
import type { SweepState } from './state.ts'

/** What the sweep does next for one secret. */
export type Action =
  /** The next action turns on something that nobody knows yet. It is asked for, and decided again. */
  | { readonly do: 'ask'; readonly about: Question; readonly version: string }
  /** The replaced version is seen for the first time: its clock starts now. */
  | { readonly do: 'start-drain'; readonly version: string }
  /** The version is AWSCURRENT again: when it is next replaced, its drain begins anew. */
  | { readonly do: 'stop-drain'; readonly version: string }
  /** Every declared consumer is on the version after it: the quiet time may begin. */
  | { readonly do: 'note-rolled'; readonly version: string }
  /** A consumer is on another version again: it is brought back, and the quiet time begins anew after that. */
  | { readonly do: 'forget-rolled'; readonly version: string }
  /** The version was used (ms since the epoch): the quiet time begins anew. `putBack`: an attempt to disable it may have been cut off, and is undone first. */
  | { readonly do: 'note-seen'; readonly version: string; readonly at: number; readonly putBack: boolean }
  | { readonly do: 'wait'; readonly because: Waiting }
  /**
   * The quiet time is over and what is known suffices: disable the version unless something still uses it, or the secret was changed after `unchangedSince` (ms
   * since the epoch). `swap`: a drain of 0, which ends sessions, asks for no time, and leaves nothing to put back.
   */
  | {
      readonly do: 'retire'
      readonly version: string
      readonly swap: boolean
      readonly unchangedSince: number
      /** The drain, in ms. */
      readonly quietForMs: number
      readonly proof: Proof
    }
  /** As `wait`, but an attempt to retire the version may have been cut off just before: what that left is put back, and nothing is retired. */
  | { readonly do: 'put-back'; readonly version: string; readonly because: Waiting }
  /** The version works, though it is told as disabled: it drains anew. */
  | { readonly do: 'note-valid'; readonly version: string }
  /** The version was used while it was disabled: it works again at once, and its quiet time begins anew. */
  | { readonly do: 'enable'; readonly version: string; readonly use: string }
  /**
   * The quarantine is over: the slot is free. `proof`: what is known by then; undefined when the journal has none. `quietForMs`: the quarantine, in ms. `unusedSince`: it works until
   * now, and one that was used after this is not removed (ms since the epoch).
   */
  | {
      readonly do: 'remove'
      readonly version: string
      readonly proof: Proof | undefined
      readonly quietForMs: number
      readonly unusedSince?: number
    }
  /** The version leaked, and its short drain is over: it is disabled whoever uses it, and never comes back. */
  | { readonly do: 'revoke'; readonly version: string; readonly proof: Proof }
  /** AWSCURRENT leaked: ask for the rotation that replaces it, with this token. */
  | { readonly do: 'replace-leaked'; readonly token: string }
  /** DRAINING sits on AWSCURRENT and no rotation is about to finish, or nowhere and AWSPREVIOUS leaked: it belongs on AWSPREVIOUS. */
  | { readonly do: 'move-draining'; readonly from: string | undefined; readonly to: string | undefined }
  /** A rotation waits for a slot that has become free: ask Secrets Manager to try it again. */
  | { readonly do: 'resume'; readonly version: string }
  | { readonly do: 'note-pending'; readonly version: string }
  /** A rotation waits for a hold to end: its clock starts again after that, so that it is not given up for having waited. */
  | { readonly do: 'forget-pending'; readonly version: string }
  /** An AWSPENDING that no attempt will ever finish, or has finished for long: take the label away, so that the next rotation can begin. */
  | { readonly do: 'clear-pending'; readonly version: string }
  /** The secret's schedule is seen for the first time, or is none any more: runs before this are made up by nobody. */
  | { readonly do: 'record-plan'; readonly plan: SweepState['plan'] }
  /** A rotation is due: ask for it with this token. */
  | { readonly do: 'request'; readonly token: string }
  | { readonly do: 'nothing'; readonly because?: Obstacle }

/**
 * - `look`: who uses the version now
 * - `consumers`: how far each declared consumer is
 * - `proof`: what is known of the whole quiet time
 * - `logins`: who was refused since it was disabled
 * - `disabling`: what was known when it was disabled
 */
export type Question = 'look' | 'consumers' | 'proof' | 'logins' | 'disabling'

export type Waiting =
  /** A replica of the secret does not have the new version yet. */
  | 'REPLICAS'
  /** A declared consumer is not known to be on the new version. */
  | 'ROLLING_OUT'
  /** The quiet time is not over. */
  | 'DRAINING'
  /** It is over, and less is known than the policy asks for. */
  | 'EVIDENCE_LACKING'
  /** It is over, and the policy does not let anything be disabled, or removed. */
  | 'OBSERVING'
  /** What would begin or end something is put off. */
  | 'ON_HOLD'
  /** Disabled, and may still be put back. */
  | 'QUARANTINE'
  | 'ROTATION_UNDER_WAY'
  /** What a crash lost is being removed, and the rotation goes on after that. */
  | 'ORPHAN_KEY'
