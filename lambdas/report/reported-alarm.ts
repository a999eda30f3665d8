import type { Severity } from '../rotation/severity.ts'

/** What the deployment says of an alarm that this function answers. */
export interface ReportedAlarm {
  readonly severity: Severity
  /** Which log lines are its findings, by their outcome. */
  readonly findings: 'failed' | 'overdue'
  /** URL, or path in the repository. */
  readonly runbook: string
}
