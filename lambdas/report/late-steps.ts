import type { NextStep } from './step.ts'

/** Why a rotation that should have happened has not, as the sweep says it. */
export type OverdueReason = 'ROTATION_MISSED' | 'MAX_AGE_EXCEEDED'

/** What a credential's age is called when it is too old, or may be, as the sweep says it. */
export type AgeReason = 'NEVER_ROTATED' | 'STALE' | 'DUE' | 'AGE_UNKNOWN'

/** What to do where a credential was not replaced in time. */
export const lateSteps: Readonly<Record<OverdueReason | AgeReason, NextStep>> = {
  ROTATION_MISSED: {
    run: 'check',
    todo: 'The rotation that the schedule asked for has not happened. The message says what holds it up; check says what would block it now.',
  },
  MAX_AGE_EXCEEDED: {
    run: 'check',
    todo: 'The credential is older than its policy allows. The message says what keeps the rotation.',
  },
  NEVER_ROTATED: {
    run: 'check',
    todo: 'Nobody has ever shown that this value can be replaced. Find out with check what a first rotation needs, and have it rotated as the message says.',
  },
  STALE: {
    run: 'check',
    todo: 'The credential is older than it may be. The message says what keeps it from being replaced, and check says whether a rotation would work now.',
  },
  DUE: {
    run: 'check',
    todo: 'The credential will soon be older than it may be. The message says what would replace it, and check says whether that would work.',
  },
  AGE_UNKNOWN: {
    run: 'describe',
    todo: 'Nobody knows how old the credential is, so it counts as stale until somebody does. The message says what kept its age from being found out: mend that.',
  },
}
