export type Severity = 'page' | 'ticket'

/** What `report` is told of an alarm that it answers. */
interface ReportedAlarm {
  readonly severity: Severity
  /** Which of the log lines are its findings. */
  readonly findings: 'failed' | 'overdue' | 'due' | 'stale'
  /** Path in the repository. */
  readonly runbook: string
  /** Whose findings alone; undefined: everybody's. */
  readonly owner?: string
}

export function runbook(slug: string): string {
  return `docs/runbooks/${slug}.md`
}

/** Without the deployment's name. `owner` is one that has alarms of its own. */
export function ageAlarmSlug(findings: 'due' | 'stale', owner?: string): string {
  return ['secrets', findings, ...(owner === undefined ? [] : [owner])].join('-')
}

/** Value of OVERLAP_ALARMS, keyed by the alarms' names. `owners` have alarms of their own. */
export function reportedAlarms(
  deploymentName: string,
  owners: readonly string[],
): Record<string, ReportedAlarm> {
  const alarm = (slug: string, reported: Omit<ReportedAlarm, 'runbook'>, runbookSlug = slug) => {
    const { severity, findings, ...ofOwner } = reported
    return [`${deploymentName}-${slug}`, { severity, findings, runbook: runbook(runbookSlug), ...ofOwner }]
  }
  const ages = (ofOwner: { readonly owner?: string }) =>
    (['due', 'stale'] as const).map((findings) =>
      alarm(ageAlarmSlug(findings, ofOwner.owner), { severity: 'ticket', findings, ...ofOwner }, AGE_RUNBOOK),
    )
  return Object.fromEntries([
    alarm('consumers-affected', { severity: 'page', findings: 'failed' }),
    alarm('rotation-failed', { severity: 'ticket', findings: 'failed' }),
    alarm('rotation-missed', { severity: 'ticket', findings: 'overdue' }),
    ...ages({}),
    ...owners.flatMap((owner) => ages({ owner })),
  ])
}

/** One page tells what to do whether a credential soon is too old, or is. */
export const AGE_RUNBOOK = 'secrets-stale'
