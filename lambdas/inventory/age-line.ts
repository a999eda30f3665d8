import { ageWords, spanWords } from './age-words.ts'
import type { Age, Entry, Thresholds } from './entry.ts'
import { dayOf } from './report-words.ts'

/** What the log says of a credential that is due or stale, or may be since nobody knows its age; a message to its owner tells the same. */
export interface AgeLine {
  readonly kind: 'sweep'
  readonly step: 'age'
  readonly outcome: 'stale' | 'due'
  /** ARN. */
  readonly secret: string
  readonly owner: string
  readonly reason: 'NEVER_ROTATED' | 'STALE' | 'DUE' | 'AGE_UNKNOWN'
  /** How old it is and since when, and what is allowed, or why that is not known; and the way to its replacement. */
  readonly error: string
  readonly severity: 'ticket'
}

/** `thresholds`: the secret's own. `now` in ms since the epoch. undefined: it is neither due nor stale. What is of no known age is told as stale. */
export function ageLine(entry: Entry, thresholds: Thresholds, now: number): AgeLine | undefined {
  const { id, owner = 'unowned', age, states, reason, because } = entry
  const line = { kind: 'sweep', step: 'age', secret: id, owner, severity: 'ticket' } as const
  if (states.includes('AGE_UNKNOWN'))
    return {
      ...line,
      outcome: 'stale',
      reason: 'AGE_UNKNOWN',
      error: `how old the credential is could not be found out, so it may be stale: ${reason}: ${because}. ${entry.path.says}`,
    }
  const outcome = states.includes('STALE') ? 'stale' : states.includes('DUE') ? 'due' : undefined
  if (age === undefined || outcome === undefined) return undefined
  const ripe = outcome === 'stale' ? 'STALE' : 'DUE'
  return {
    ...line,
    outcome,
    reason: states.includes('NEVER_ROTATED') ? 'NEVER_ROTATED' : ripe,
    error: `${whatIsOld(age)} ${ageWords(age, now)} old (since ${dayOf(age.since)}), ${tooOld(outcome, thresholds)}: ${wayOn(entry)}`,
  }
}

function whatIsOld({ of }: Age): string {
  const subjects: Readonly<Record<Age['of'], string>> = {
    AWSCURRENT: 'the credential is',
    DRAINING: 'the credential before this one still works, and is',
    secret: 'the credential was never replaced, and is',
    'access key': 'the access key is',
  }
  return subjects[of]
}

function tooOld(outcome: AgeLine['outcome'], { warningSeconds, criticalSeconds }: Thresholds): string {
  return outcome === 'stale'
    ? `older than ${spanWords(criticalSeconds)}`
    : `older than ${spanWords(warningSeconds)}, and stale from ${spanWords(criticalSeconds)} on`
}

function wayOn({ path: { says, run }, reason, because }: Entry): string {
  const isSaid = because === undefined || says.includes(because)
  return [
    says,
    ...(isSaid ? [] : [`${reason} ${because}`]),
    ...(run === undefined ? [] : [`Run: ${run}`]),
  ].join('. ')
}
