import { randomUUID } from 'node:crypto'
import { watcher } from '../evidence/watch.ts'
import { operateEnvironment } from '../operate/environment.ts'
import type { OperateWiring } from '../operate/handler.ts'
import type { Part } from '../operate/request.ts'
import { lambdaClient, secretsManagerClient } from './clients.ts'
import { cloudWatchJournal } from './journal.ts'
import { loginLogs } from './login-log.ts'
import { operatedSecrets } from './operated-secrets.ts'
import { logsClient } from './report-clients.ts'
import { retireFunction } from './retire-function.ts'
import { rolloutFunction } from './rollout-function.ts'
import { rotateFunction } from './rotate-function.ts'
import { telemetry } from './telemetry.ts'

/** What every function that people invoke is made of. `part`: which of them this is. Throws `CONFIGURATION_INVALID`. */
export function operateWiring(part: Part): OperateWiring {
  const environment = operateEnvironment(process.env, part)
  const { settings, journal: logGroup, deployment } = environment
  const [secrets, lambda, logs] = [secretsManagerClient(), lambdaClient(), logsClient()]
  const rds = async () => new (await import('@aws-sdk/client-rds')).RDSClient({})
  const instance = randomUUID().replaceAll('-', '')
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? `${deployment}-${part}`
  const { now } = telemetry
  const journalFor = (signal: () => AbortSignal) =>
    cloudWatchJournal(logs, { logGroup, functionName, instance, now, signal })
  return {
    telemetry,
    environment,
    secretsFor: (signal) => operatedSecrets(secrets, signal),
    rotateFor: (functionArn, signal) => rotateFunction(lambda, functionArn, signal),
    retireFor: (functionArn, signal) => retireFunction(lambda, functionArn, signal),
    rolloutFor: (functionArn, signal) => rolloutFunction(lambda, functionArn, signal),
    journalFor,
    watcherFor: (signal) =>
      watcher({
        journal: journalFor(signal),
        loginLog: loginLogs({ logs, rds, signal }),
        sampleEveryMs: settings.sampleEverySeconds * 1000,
        now,
      }),
  }
}
