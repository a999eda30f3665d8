import { isObject, type Members } from '../json-service.ts'
import type { Datum } from './metric-store.ts'

const LARGEST_DIMENSION_SET = 30
const MOST_METRICS = 100
const MOST_VALUES = 100

/**
 * The metrics that a log line holds in the embedded metric format; none when it is not one. A document that breaks the specification gives
 * nothing at all, as at AWS, where only a count of errors shows it: an alarm on it then never rings.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(line: string): readonly Datum[] {
  const root = parse(line)
  if (!isObject(root?._aws)) return []
  const { Timestamp: at, CloudWatchMetrics: directives } = root._aws
  if (typeof at !== 'number' || !Array.isArray(directives)) return []
  const found = directives.map((directive) => directiveMetrics(root, directive, at))
  return found.includes(undefined) ? [] : found.flatMap((metrics) => metrics ?? [])
}

/** Lambda may write a timestamp and a request id before the document. */
function parse(line: string): Members | undefined {
  try {
    const parsed: unknown = JSON.parse(line.slice(line.indexOf('{')))
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function directiveMetrics(root: Members, directive: unknown, at: number): readonly Datum[] | undefined {
  if (!isObject(directive)) return undefined
  const { Namespace: namespace, Dimensions: sets, Metrics: definitions } = directive
  if (typeof namespace !== 'string' || namespace === '') return undefined
  if (!Array.isArray(sets) || sets.length === 0) return undefined
  if (!Array.isArray(definitions) || definitions.length > MOST_METRICS) return undefined
  const dimensionSets = sets.map((set) => dimensionsOf(root, set))
  const metrics = definitions.map((definition) => measured(root, definition))
  if (dimensionSets.includes(undefined) || metrics.includes(undefined)) return undefined
  return dimensionSets.flatMap((dimensions) =>
    metrics.flatMap((metric) =>
      dimensions === undefined || metric === undefined ? [] : [{ namespace, dimensions, at, ...metric }],
    ),
  )
}

function dimensionsOf(root: Members, set: unknown): Readonly<Record<string, string>> | undefined {
  if (!Array.isArray(set) || set.length > LARGEST_DIMENSION_SET) return undefined
  const dimensions = set.map((key) => [String(key), root[String(key)]] as const)
  return dimensions.every((pair): pair is readonly [string, string] => typeof pair[1] === 'string')
    ? Object.fromEntries(dimensions)
    : undefined
}

function measured(root: Members, definition: unknown): Pick<Datum, 'name' | 'unit' | 'values'> | undefined {
  if (!isObject(definition) || typeof definition.Name !== 'string') return undefined
  const { Name: name, Unit: unit = 'None' } = definition
  const values: readonly unknown[] = [root[name]].flat()
  const isNumeric = values.every((value): value is number => typeof value === 'number')
  if (!isNumeric || values.length > MOST_VALUES || typeof unit !== 'string') return undefined
  return { name, unit, values }
}
