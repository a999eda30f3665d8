import { setTimeout as sleep } from 'node:timers/promises'
import { channels } from '../aws/channels.ts'
import { secretsManagerClient } from '../aws/clients.ts'
import { logSearch } from '../aws/log-search.ts'
import { eventBridgeClient, logsClient, snsClient } from '../aws/report-clients.ts'
import { secretFacts } from '../aws/secret-facts.ts'
import { telemetry } from '../aws/telemetry.ts'
import { reportEnvironment } from '../report/environment.ts'
import { reportHandler } from '../report/handler.ts'

const [logs, secrets] = [logsClient(), secretsManagerClient()]
const outlets = { sns: snsClient(), eventBridge: eventBridgeClient(), sleep }

export const handler = reportHandler({
  telemetry,
  environment: reportEnvironment(process.env),
  logsFor: (signal) => logSearch(logs, signal),
  secretsFor: (signal) => secretFacts(secrets, signal),
  channelsFor: (signal) => channels(outlets, signal),
})
