/** What a state says of a credential. */
export interface StateMeaning {
  /** As people read it. */
  readonly words: string
  /** In a sentence; "it" is the credential. */
  readonly means: string
}

/**
 * Every state that a secret or an access key can be in, worst first. A credential is in one of the first five (a replica, an empty secret and an inactive access key
 * in none of them), and in any of the others besides. These constants are the same wherever a state is told: in the inventory, as reason of a log line and of an event, in runbooks; the metrics
 * `Stale`, `Due`, `NeverRotated`, `Blocked` and `Unowned` count them, `Stale` and `Due` an age that is not known, too. A constant never changes its meaning.
 */
export const states = {
  NEVER_ROTATED: {
    words: 'never rotated',
    means: 'its value is the only one that it has had, and past the warning threshold: the stalest of all',
  },
  STALE: {
    words: 'stale',
    means: 'it is older than the critical threshold, or than its own maximum age where that is less',
  },
  DUE: { words: 'due', means: 'it is past the warning threshold, and will soon be stale' },
  AGE_UNKNOWN: { words: 'age unknown', means: 'how old it is could not be found out, so it may be stale' },
  FRESH: { words: 'fresh', means: 'it is younger than the warning threshold' },
  EMPTY: { words: 'empty', means: 'it has no current value, so there is nothing to be old' },
  BLOCKED: { words: 'blocked', means: 'something keeps it from being rotated, and does not clear by itself' },
  DISABLED: { words: 'disabled', means: 'its rotation is turned off; an access key: it is inactive' },
  ON_HOLD: {
    words: 'on hold',
    means: 'a person, or a freeze of the deployment, holds its rotation until a moment',
  },
  ROTATING: { words: 'rotating', means: 'a rotation is under way, or waits for its turn' },
  DRAINING: {
    words: 'draining',
    means:
      'the credential before it still works, and counts with its own age; or it is disabled already, and can be put back',
  },
  UNOWNED: { words: 'unowned', means: 'no tag says whose it is' },
  UNMANAGED: { words: 'unmanaged', means: 'Overlap does not rotate it' },
  MANAGED_BY_AWS: {
    words: 'managed by AWS',
    means: 'an AWS service made it: whether and when it is rotated is for that service to say',
  },
  REPLICA: {
    words: 'replica',
    means: 'it is a copy: its primary in another Region is rotated, and judged there',
  },
} as const satisfies Readonly<Record<string, StateMeaning>>

export type State = keyof typeof states

/** Worst first. */
export const stateOrder = Object.keys(states) as readonly State[]
