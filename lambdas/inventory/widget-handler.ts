import { callSignal, type RemainingTime } from '../rotation/deadline.ts'
import { OverlapError } from '../rotation/errors.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { SweepEnvironment } from '../sweep/environment.ts'
import type { ListedSecret } from '../sweep/listed-secret.ts'
import { type AgesMemory, agesMemory } from './ages-memory.ts'
import type { Entry, Thresholds } from './entry.ts'
import { secretEntries } from './gather.ts'
import { leftBehindBy } from './left-behind.ts'
import { isOursAmong, nameOfFunction } from './ours.ts'
import { type WidgetFacts, widget, widgetProblem } from './widget.ts'
import { describeWidget } from './widget-description.ts'
import { parseWidgetRequest, themeOf } from './widget-request.ts'

type Signal = () => AbortSignal

export interface WidgetFunction {
  readonly telemetry: Telemetry
  readonly environment: Pick<SweepEnvironment, 'deployment' | 'functions'>
  readonly thresholds: Thresholds
  /** `signal` makes an AbortSignal that fires shortly before the function's time is up. */
  readonly secretsFor: (signal: Signal) => AsyncIterable<ListedSecret>
  /** When each version of a secret was created. */
  readonly createdDatesFor: (signal: Signal) => (secretArn: string) => Promise<ReadonlyMap<string, Date>>
}

/** The parts of Lambda's context that a widget needs. */
export interface WidgetContext extends RemainingTime {
  readonly invokedFunctionArn: string
}

/**
 * The inventory function, as CloudWatch calls it for the dashboard. Whatever goes wrong is answered as something to read, since whoever looks has no log at
 * hand.
 */
export function widgetHandler(wiring: WidgetFunction) {
  const { telemetry, thresholds } = wiring
  const memory = agesMemory()
  return async (event: unknown, context: WidgetContext): Promise<string> => {
    try {
      const request = parseWidgetRequest(event)
      if (request === 'describe') return describeWidget
      const at = telemetry.now()
      const listed = await listedInTime(entriesFor(wiring, context, memory, at), context)
      return widget(request, { ...listed, at, thresholds, endpoint: context.invokedFunctionArn })
    } catch (error) {
      const { code, message } =
        error instanceof OverlapError
          ? error
          : { code: 'UNEXPECTED', message: 'an unexpected error kept the list from being drawn' }
      telemetry.logger.warn(`widget: ${code}`, { kind: 'inventory', step: 'widget', reason: code })
      return widgetProblem(themeOf(event), code, message)
    }
  }
}

function entriesFor(
  { environment, thresholds, ...wiring }: WidgetFunction,
  context: WidgetContext,
  memory: AgesMemory,
  now: number,
): AsyncIterable<Entry> {
  const { deployment } = environment
  const functions = new Set(environment.functions.map(({ rotate }) => rotate))
  const signal = () => callSignal(context)
  const createdDates = wiring.createdDatesFor(signal)
  const askUntil = context.getRemainingTimeInMillis() * KEPT_FROM_AGES
  return secretEntries(
    {
      secrets: () => wiring.secretsFor(signal),
      createdDates: (secretArn) =>
        context.getRemainingTimeInMillis() > askUntil ? createdDates(secretArn) : Promise.reject(notAsked()),
    },
    {
      now,
      region: regionOf(context),
      thresholds,
      deployment,
      isOurs: isOursAmong(functions),
      leftBehind: leftBehindBy(deploymentName(context), functions),
      ownerTags: [],
      exact: false,
    },
    memory,
  )
}

/**
 * Shares of the function's time: what is kept from looking up ages, so that the listing comes to its end (a list without some ages is better than half a list), and
 * what is kept from the listing for drawing it.
 */
const KEPT_FROM_AGES = 0.4
const KEPT_FROM_LISTING = 0.1

const notAsked = () => new OverlapError('TIME_UP', 'there was no time to look up its age')

function deploymentName({ invokedFunctionArn }: WidgetContext): string {
  return nameOfFunction(invokedFunctionArn).replace(/-inventory$/, '')
}

function regionOf({ invokedFunctionArn }: WidgetContext): string {
  return invokedFunctionArn.split(':')[3] ?? ''
}

/** What could be listed in time, and what it lacks. What was looked up once is remembered, so that the next call comes further. */
async function listedInTime(
  found: AsyncIterable<Entry>,
  context: RemainingTime,
): Promise<Pick<WidgetFacts, 'entries' | 'notes'>> {
  const entries: Entry[] = []
  const notes: string[] = []
  const listUntil = context.getRemainingTimeInMillis() * KEPT_FROM_LISTING
  const incomplete = (why: string) => notes.push(`The list ends after ${entries.length} secrets: ${why}`)
  try {
    for await (const entry of found) {
      entries.push(entry)
      if (context.getRemainingTimeInMillis() > listUntil) continue
      incomplete('time was up.')
      break
    }
  } catch (error) {
    if (entries.length === 0 || !(error instanceof OverlapError)) throw error
    incomplete(`${error.code}: ${error.message}`)
  }
  const unasked = entries.filter(({ reason }) => reason === 'TIME_UP').length
  if (unasked > 0) notes.push(`There was no time to look up the age of ${unasked} secrets. Reload to go on.`)
  return { entries, notes }
}
