import type { ErrorCode } from '../rotation/errors.ts'
import type { NextStep } from './step.ts'

/** Why a replaced credential is not retired, as the sweep says it when that takes longer than it should. */
export type StuckReason =
  | 'ROLLOUT_FAILED'
  | 'ROLLOUT_LATE'
  | 'STILL_USED'
  | 'EVIDENCE_LACKING'
  | 'REPLICAS_BEHIND'
  | 'DRAIN_IN_PROGRESS'
  | 'LEAKED'

/** What to do where no function failed, and the old credential stays valid all the same. */
export const stuckSteps: Readonly<Record<Exclude<StuckReason, ErrorCode>, NextStep>> = {
  ROLLOUT_LATE: {
    run: 'status',
    todo: 'A consumer takes longer than the deployment allows to come to the new version. The old credential stays valid; the message says what is waited for.',
  },
  EVIDENCE_LACKING: {
    run: 'status',
    todo: 'Less is known than the tag overlap:evidence asks for, so the old credential stays valid. The message says what is missing: mend that, or ask for less.',
  },
  REPLICAS_BEHIND: {
    run: 'describe',
    todo: 'A replica of the secret in another Region does not have the new version, so whoever reads it there has the old one. ReplicationStatus says why.',
  },
}
