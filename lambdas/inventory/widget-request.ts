import { OverlapError } from '../rotation/errors.ts'
import { type SortKey, sortKeys } from './report-order.ts'

/** The lists of the dashboard. */
export const viewNames = ['stale', 'rotations', 'drains'] as const
export type ViewName = (typeof viewNames)[number]

export interface WidgetRequest {
  readonly view: ViewName
  /** undefined: as the view itself is sorted. */
  readonly sort: { readonly key: SortKey; readonly descending: boolean } | undefined
  readonly theme: Theme
}

export type Theme = 'light' | 'dark'

/**
 * What CloudWatch asks a custom widget's function for: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html.
 * The parameters are whatever somebody wrote into the dashboard. `describe` asks what they can be. Throws `EVENT_INVALID` naming the parameter.
 */
export function parseWidgetRequest(event: unknown): WidgetRequest | 'describe' {
  const { describe, view, sort, descending = false } = fields(event)
  if (describe === true) return 'describe'
  if (descending !== true && descending !== false) throw invalid('descending', ['true', 'false'])
  return {
    view: oneOf('view', viewNames, view),
    sort: sort === undefined ? undefined : { key: oneOf('sort', sortKeys, sort), descending },
    theme: themeOf(event),
  }
}

/** Of whoever looks at the dashboard; light when an event does not say. */
export function themeOf(event: unknown): Theme {
  return fields(fields(event).widgetContext).theme === 'dark' ? 'dark' : 'light'
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function oneOf<T extends string>(parameter: string, known: readonly T[], value: unknown): T {
  const found = known.find((name) => name === value)
  if (found === undefined) throw invalid(parameter, known)
  return found
}

function invalid(parameter: string, known: readonly string[]): OverlapError {
  return new OverlapError('EVENT_INVALID', `${parameter} must be one of ${known.join(', ')}`)
}
