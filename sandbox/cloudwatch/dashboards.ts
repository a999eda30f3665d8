import { isObject, type Members } from '../json-service.ts'

export interface Dashboard {
  readonly name: string
  readonly arn: string
  readonly widgets: readonly Widget[]
}

/** A widget as the body of the dashboard has it; `x` and `y` may be missing, and CloudWatch then places it. */
export interface Widget {
  readonly type: (typeof types)[number]
  readonly x: number | undefined
  readonly y: number | undefined
  readonly width: number
  readonly height: number
  readonly properties: Members
}

/** A dashboard may hold `log`, `alarm` and `explorer` widgets, too, of which the sandbox knows nothing. */
const types = ['metric', 'text', 'custom'] as const

/**
 * The dashboards of an account, held to the structure of a body
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html). Nothing is drawn.
 */
export class Dashboards {
  readonly #accountId: string
  readonly #dashboards = new Map<string, Dashboard>()

  constructor(accountId: string) {
    this.#accountId = accountId
  }

  /** Adds it, or replaces that of the same name. Throws for what CloudWatch or the sandbox does not take, with the widget that it is about. */
  put(name: string, body: string): Dashboard {
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw new Error(`dashboard ${name}: it cannot be called that`)
    const arn = `arn:aws:cloudwatch::${this.#accountId}:dashboard/${name}`
    const dashboard = { name, arn, widgets: widgetsOf(`dashboard ${name}`, body) }
    this.#dashboards.set(name, dashboard)
    return dashboard
  }

  delete(name: string): void {
    this.#dashboards.delete(name)
  }

  list(): readonly Dashboard[] {
    return [...this.#dashboards.values()]
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const WIDGETS_PER_DASHBOARD = 500

function widgetsOf(at: string, text: string): readonly Widget[] {
  const body = parse(at, text)
  const { widgets, start: _start, end: _end, periodOverride: _period, ...more } = body
  refuseMore(at, more)
  if (!Array.isArray(widgets) || widgets.length > WIDGETS_PER_DASHBOARD)
    throw new Error(`${at}: widgets must be a list of at most ${WIDGETS_PER_DASHBOARD}`)
  return widgets.map((widget: unknown, n) => widgetOf(`${at}: widgets[${n}]`, widget))
}

function parse(at: string, text: string): Members {
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body)) return body
  } catch {}
  throw new Error(`${at}: its body is no JSON object`)
}

function widgetOf(at: string, widget: unknown): Widget {
  if (!isObject(widget)) throw new Error(`${at}: a widget is a structure`)
  const { type: named, x, y, width, height, properties, ...more } = widget
  refuseMore(at, more)
  const type = types.find((known) => known === named)
  if (type === undefined) throw new Error(`${at}: the sandbox does not know widgets of type ${named}`)
  if (!isObject(properties)) throw new Error(`${at}: it has no properties`)
  if (type === 'metric') checkGraph(at, properties)
  if (type === 'text' && typeof properties.markdown !== 'string') throw new Error(`${at}: it has no markdown`)
  if (type === 'custom') checkCustom(at, properties)
  return {
    type,
    x: within(`${at}.x`, x, 0, COLUMNS - 1),
    y: within(`${at}.y`, y, 0, Number.MAX_SAFE_INTEGER),
    width: within(`${at}.width`, width, 1, COLUMNS) ?? 6,
    height: within(`${at}.height`, height, 1, 1_000) ?? 6,
    properties,
  }
}

/** A dashboard is a grid of 24 columns and as many rows as one likes. */
const COLUMNS = 24

function within(at: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`${at} must be a whole number from ${least} to ${most}`)
}

const METRICS_PER_GRAPH = 500

function checkGraph(at: string, properties: Members): void {
  const { metrics = [], annotations } = properties
  if (!Array.isArray(metrics) || metrics.length > METRICS_PER_GRAPH)
    throw new Error(`${at}: metrics must be a list of at most ${METRICS_PER_GRAPH}`)
  if (metrics.length === 0 && annotations === undefined)
    throw new Error(`${at}: a graph shows metrics or an alarm`)
  if (typeof properties.region !== 'string') throw new Error(`${at}: a graph names its Region`)
  metrics.forEach((metric: unknown, n) => {
    if (!isMetric(metric)) throw new Error(`${at}.metrics[${n}]: it is no metric and no expression`)
  })
}

/** Namespace, name, pairs of dimension and value, and perhaps how it is drawn; or an expression alone. */
function isMetric(metric: unknown): boolean {
  if (!Array.isArray(metric)) return false
  const drawn = metric.at(-1)
  const named = isObject(drawn) ? metric.slice(0, -1) : metric
  if (named.length === 0) return isObject(drawn) && typeof drawn.expression === 'string'
  return named.length >= 2 && named.length % 2 === 0 && named.every((part) => typeof part === 'string')
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard.html */
function checkCustom(at: string, properties: Members): void {
  const { endpoint, params: _params, title: _title, theme: _theme, updateOn, ...more } = properties
  refuseMore(`${at}.properties`, more)
  if (typeof endpoint !== 'string' || endpoint === '')
    throw new Error(`${at}: a custom widget has an endpoint`)
  if (updateOn === undefined) return
  if (!isObject(updateOn)) throw new Error(`${at}: updateOn must be a structure`)
  const { refresh, resize, timeRange, ...other } = updateOn
  refuseMore(`${at}.properties.updateOn`, other)
  if ([refresh, resize, timeRange].some((flag) => flag !== undefined && typeof flag !== 'boolean'))
    throw new Error(`${at}: what a widget is updated on is true or false`)
}

function refuseMore(at: string, more: Members): void {
  const [first] = Object.keys(more)
  if (first !== undefined) throw new Error(`${at}: the sandbox does not know ${first} there`)
}
