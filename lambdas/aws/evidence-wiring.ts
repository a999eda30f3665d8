import { randomUUID } from 'node:crypto'
import type { Journal } from '../evidence/journal.ts'
import { watcher } from '../evidence/watch.ts'
import type { Watcher } from '../evidence/watcher.ts'
import { cloudWatchJournal } from './journal.ts'
import { loginLogs } from './login-log.ts'
import { logsClient } from './report-clients.ts'
import { telemetry } from './telemetry.ts'

/** Of each call. */
type Signal = () => AbortSignal

export interface EvidenceWiring {
  readonly journalFor: (signal: Signal) => Journal
  readonly watcherFor: (signal: Signal) => Watcher
}

/** The journal, and who keeps it, for one instance of a function. `logGroup`: of the journal. */
export function evidenceWiring(
  logGroup: string,
  functionName: string,
  { sampleEverySeconds }: { readonly sampleEverySeconds: number },
): EvidenceWiring {
  const logs = logsClient()
  const rds = async () => new (await import('@aws-sdk/client-rds')).RDSClient({})
  const instance = randomUUID().replaceAll('-', '')
  const { now } = telemetry
  const journalFor = (signal: Signal) =>
    cloudWatchJournal(logs, { logGroup, functionName, instance, now, signal })
  return {
    journalFor,
    watcherFor: (signal) =>
      watcher({
        journal: journalFor(signal),
        loginLog: loginLogs({ logs, rds, signal }),
        sampleEveryMs: sampleEverySeconds * 1000,
        now,
      }),
  }
}
