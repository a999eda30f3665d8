export type Severity = 'page' | 'ticket'

/** What `report` is told of an alarm that it answers. */
interface ReportedAlarm {
  readonly severity: Severity
  /** Which of the log lines are its findings. */
  readonly findings: 'failed' | 'overdue' | 'stuck' | 'due' | 'stale'
  /** Path in the repository. */
  readonly runbook: string
}

export function runbook(slug: string): string {
  return `docs/runbooks/${slug}.md`
}

/** Without the deployment's name. `owner` is one that has alarms of its own. */
export function ageAlarmSlug(findings: 'due' | 'stale', owner?: string): string {
  return ['secrets', findings, ...(owner === undefined ? [] : [owner])].join('-')
}

/**
 * Value of OVERLAP_ALARMS, keyed by the alarms' names. `report` adds those of owners, which are named after the two on ages, by itself: each would take as much of the
 * variables' 4 KB as all the others together.
 */
export function reportedAlarms(deploymentName: string): Record<string, ReportedAlarm> {
  const alarm = (slug: string, reported: Omit<ReportedAlarm, 'runbook'>, runbookSlug = slug) => [
    `${deploymentName}-${slug}`,
    { ...reported, runbook: runbook(runbookSlug) },
  ]
  return Object.fromEntries([
    alarm('consumers-affected', { severity: 'page', findings: 'failed' }),
    alarm('rotation-failed', { severity: 'ticket', findings: 'failed' }),
    alarm('rotation-missed', { severity: 'ticket', findings: 'overdue' }),
    alarm('drain-stuck', { severity: 'ticket', findings: 'stuck' }),
    alarm(ageAlarmSlug('due'), { severity: 'ticket', findings: 'due' }, AGE_RUNBOOK),
    alarm(ageAlarmSlug('stale'), { severity: 'ticket', findings: 'stale' }, AGE_RUNBOOK),
  ])
}

/** One page tells what to do whether a credential soon is too old, or is. */
export const AGE_RUNBOOK = 'secrets-stale'
