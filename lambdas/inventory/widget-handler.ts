import { callSignal, type RemainingTime, spareTime } from '../rotation/deadline.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { Entry, Thresholds } from './entry.ts'
import { type WidgetFacts, widget, widgetProblem } from './widget.ts'
import { describeWidget } from './widget-description.ts'
import { parseWidgetRequest, themeOf } from './widget-request.ts'

type Signal = () => AbortSignal

export interface WidgetFunction {
  readonly telemetry: Telemetry
  readonly thresholds: Thresholds
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up; `now` in ms since the epoch. */
  readonly entriesFor: (signal: Signal, now: number) => AsyncIterable<Entry>
}

interface Context extends RemainingTime {
  readonly invokedFunctionArn: string
}

/** The inventory function as CloudWatch calls it for the dashboard. It always answers with something that a person can read: whoever looks has no log at hand. */
export function widgetHandler({ telemetry, thresholds, entriesFor }: WidgetFunction) {
  return async (event: unknown, context: Context): Promise<string> => {
    try {
      const request = parseWidgetRequest(event)
      if (request === 'describe') return describeWidget
      const at = telemetry.now()
      const listed = await listing(
        entriesFor(() => callSignal(context), at),
        context,
      )
      return widget(request, { ...listed, at, thresholds, endpoint: context.invokedFunctionArn })
    } catch (error) {
      const { code, message } = told(error)
      telemetry.logger.warn(`widget: ${code}`, { kind: 'inventory', step: 'widget', reason: code })
      return widgetProblem(themeIn(event), code, message)
    }
  }
}

/** What could be listed in time, and what is missing. */
async function listing(
  found: AsyncIterable<Entry>,
  context: RemainingTime,
): Promise<Pick<WidgetFacts, 'entries' | 'notes'>> {
  const entries: Entry[] = []
  for await (const entry of found) {
    entries.push(entry)
    if (spareTime(context) < 0)
      return {
        entries,
        notes: [`Time was up after ${entries.length} secrets: there may be more. Reload to go on.`],
      }
  }
  return { entries, notes: [] }
}

function told(error: unknown): { readonly code: string; readonly message: string } {
  return error instanceof OverlapError
    ? { code: error.code, message: error.message }
    : { code: 'UNEXPECTED', message: 'the list could not be drawn' }
}

function themeIn(event: unknown) {
  return themeOf(
    typeof event === 'object' && event !== null && 'widgetContext' in event && event.widgetContext,
  )
}
