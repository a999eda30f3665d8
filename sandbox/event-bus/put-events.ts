import { isObject, type Members, Refusal } from '../json-service.ts'

/** An entry of PutEvents that the bus takes. */
export interface AcceptedEntry {
  readonly source: string
  readonly detailType: string
  readonly detail: Members
  readonly resources: readonly string[]
  /** Milliseconds since the epoch; absent when the caller left it to the service. */
  readonly time?: number
}

export interface RefusedEntry {
  readonly ErrorCode: string
  readonly ErrorMessage: string
}

const LARGEST_BATCH = 10
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const LARGEST_REQUEST_BYTES = 256 * 1024

/**
 * The entries of a PutEvents request, in its order. Throws a Refusal for what fails the request as a whole; an entry that is wrong fails alone.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function readEntries(request: Members): readonly (AcceptedEntry | RefusedEntry)[] {
  const { Entries: entries } = request
  if (!Array.isArray(entries) || !entries.every(isObject))
    throw new Refusal('SerializationException', 'Entries must be a list of structures')
  if (entries.length < 1 || entries.length > LARGEST_BATCH)
    throw invalid(`Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10`)
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > LARGEST_REQUEST_BYTES)
    throw invalid('Total size of the entries in the request is over the limit.')
  if (entries.every((entry) => missing(entry) !== undefined))
    throw invalid('No entry has Source, DetailType and Detail.')
  return entries.map(readEntry)
}

export function isRefused(entry: AcceptedEntry | RefusedEntry): entry is RefusedEntry {
  return 'ErrorCode' in entry
}

function readEntry(entry: Members): AcceptedEntry | RefusedEntry {
  const lacking = missing(entry)
  if (lacking !== undefined) return refused('InvalidArgument', `${lacking} is a required argument.`)
  const { Source, DetailType, Detail, Resources, Time, EventBusName } = entry
  const source = String(Source)
  if (source.startsWith('aws.'))
    return refused('NotAuthorizedForSourceException', 'Not authorized for the source.')
  if (String(DetailType).length > 128)
    return refused('InvalidArgument', 'DetailType is longer than 128 characters.')
  if (EventBusName !== undefined && !/^(arn:.*:event-bus\/)?default$/.test(String(EventBusName)))
    return refused('InvalidArgument', `Event bus ${String(EventBusName)} does not exist.`)
  const detail = parseDetail(String(Detail))
  if (detail === undefined) return refused('MalformedDetail', 'Detail is malformed.')
  return {
    source,
    detailType: String(DetailType),
    detail,
    resources: Array.isArray(Resources) ? Resources.map(String) : [],
    ...(typeof Time === 'number' ? { time: Time * 1000 } : {}),
  }
}

function missing(entry: Members): string | undefined {
  return ['Source', 'DetailType', 'Detail'].find(
    (field) => typeof entry[field] !== 'string' || entry[field] === '',
  )
}

function parseDetail(text: string): Members | undefined {
  try {
    const detail: unknown = JSON.parse(text)
    return isObject(detail) ? detail : undefined
  } catch {
    return undefined
  }
}

function bytesOf(entry: Members): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, entry.Resources].flat()
  const time = entry.Time === undefined ? 0 : 14
  return texts.reduce<number>((sum, text) => sum + Buffer.byteLength(String(text ?? '')), time)
}

function refused(ErrorCode: string, ErrorMessage: string): RefusedEntry {
  return { ErrorCode, ErrorMessage }
}

function invalid(what: string): Refusal {
  return new Refusal('ValidationException', `1 validation error detected: ${what}`)
}
