import { ageWords, spanWords } from './age-words.ts'
import type { Age, Entry, Thresholds } from './entry.ts'
import { dayOf } from './report-words.ts'

/** What the log says of a credential that is due or stale; a message to its owner tells the same. */
export interface AgeLine {
  readonly kind: 'sweep'
  readonly step: 'age'
  readonly outcome: 'stale' | 'due'
  /** ARN. */
  readonly secret: string
  readonly owner: string
  readonly reason: 'NEVER_ROTATED' | 'STALE' | 'DUE'
  /** How old it is and since when, what is allowed, and the way to its replacement. */
  readonly error: string
  readonly severity: 'ticket'
}

/** `thresholds`: the secret's own. `now` in ms since the epoch. undefined: it is neither due nor stale. */
export function ageLine(entry: Entry, thresholds: Thresholds, now: number): AgeLine | undefined {
  const { id, owner = 'unowned', age, states } = entry
  const outcome = states.includes('STALE') ? 'stale' : states.includes('DUE') ? 'due' : undefined
  if (age === undefined || outcome === undefined) return undefined
  const ripe = outcome === 'stale' ? 'STALE' : 'DUE'
  return {
    kind: 'sweep',
    step: 'age',
    outcome,
    secret: id,
    owner,
    reason: states.includes('NEVER_ROTATED') ? 'NEVER_ROTATED' : ripe,
    error: `${whatIsOld(age)} ${ageWords(age, now)} old (since ${dayOf(age.since)}), ${tooOld(outcome, thresholds)}: ${wayOn(entry)}`,
    severity: 'ticket',
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
