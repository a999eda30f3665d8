import { telemetry } from '../aws/telemetry.ts'
import { DEFAULT_THRESHOLDS } from '../inventory/entry.ts'
import { widgetHandler } from '../inventory/widget-handler.ts'

export const handler = widgetHandler({
  telemetry,
  thresholds: DEFAULT_THRESHOLDS,
  async *entriesFor() {},
})
