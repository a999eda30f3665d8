import type { Severity } from '../rotation/severity.ts'

/** What the deployment says of an alarm that this function answers. */
export interface ReportedAlarm {
  readonly severity: Severity
  /** Which log lines are its findings. */
  readonly findings: 'failed' | 'overdue' | 'stuck' | 'stale' | 'due'
  /** URL, or path in the repository. */
  readonly runbook: string
  /** It counts the secrets of this owner alone, and is told to the owner's topic, when there is one. */
  readonly owner?: string
}

/** Does it watch a gauge? Then it says how things are: while one secret is so it rings, and its end proves that none is. The others count what happens. */
export function watchesGauge({ findings }: Pick<ReportedAlarm, 'findings'>): boolean {
  return findings === 'stale' || findings === 'due'
}
