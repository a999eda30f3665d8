import { secretsManagerClient } from '../aws/clients.ts'
import { secretList } from '../aws/secret-list.ts'
import { telemetry } from '../aws/telemetry.ts'
import { labelledDates } from '../aws/version-dates.ts'
import { thresholdsVariable } from '../inventory/environment.ts'
import { widgetHandler } from '../inventory/widget-handler.ts'
import { sweepEnvironment } from '../sweep/environment.ts'

const client = secretsManagerClient()

export const handler = widgetHandler({
  telemetry,
  environment: sweepEnvironment(process.env),
  thresholds: thresholdsVariable(process.env),
  secretsFor: (signal) => secretList(client, signal),
  createdDatesFor: labelledDates(client),
})
