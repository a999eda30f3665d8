import { OverlapError } from '../../rotation/errors.ts'
import { isKey, isKeyId } from './credential.ts'
import { pointed } from './pointers.ts'
import type { Expectation, HttpProvider } from './provider.ts'

/** An answer to one step: what it holds is named by the step and by pointers, and never repeated in an error. */
export interface Told {
  readonly step: string
  readonly host: string
  /** Parsed JSON; undefined: the answer is empty. */
  readonly document: unknown
}

/** Throws `PROVIDER_ANSWER_INVALID` for what is not JSON. */
export function parsedAnswer(step: string, host: string, text: string): Told {
  if (text === '') return { step, host, document: undefined }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw invalid(
      { step, host },
      /^\s*</.test(text) ? 'is HTML or XML, not JSON' : 'is not JSON, or is cut off',
    )
  }
  if (isDeep(document)) throw invalid({ step, host }, `is nested more than ${MOST_LEVELS} levels deep`)
  return { step, host, document }
}

/** More than any answer has; whoever follows one that never ends runs out of stack. */
const MOST_LEVELS = 100

function isDeep(document: unknown): boolean {
  let level: readonly unknown[] = [document]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) return true
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    )
  }
  return false
}

/** Throws `PROVIDER_FAILED` where an answer of a 2xx status says that the request failed all the same. */
export function refuseFailure(
  told: Told,
  { failure, success }: Pick<HttpProvider, 'failure' | 'success'>,
): void {
  if (told.document === undefined) return
  if (failure !== undefined && isAnything(pointed(told.document, failure))) throw failed(told, failure)
  if (success !== undefined && !meets(told.document, success)) throw failed(told, success.pointer)
}

/** Throws `PROVIDER_ANSWER_INVALID` for an empty answer: it says neither that something is there nor that it is not. */
export function refuseEmpty(told: Told): void {
  if (told.document === undefined) throw invalid(told, 'is empty, where it is to say something')
}

/** Is exactly that value there? Of texts, numbers, truth values and null; an object or a list never is. */
export function meets(document: unknown, { pointer, equals }: Expectation): boolean {
  return pointed(document, pointer) === equals
}

/** A text that is not empty, or a whole number as one. Throws `PROVIDER_ANSWER_INVALID` where there is none, or one that `accepts` does not. */
export function textAt(told: Told, pointer: string, accepts: (text: string) => boolean = () => true): string {
  const value = pointed(told.document, pointer)
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof text === 'string' && text !== '' && accepts(text)) return text
  throw invalid(told, `holds no text of the expected form at ${shown(pointer)}`)
}

/** Throws `PROVIDER_ANSWER_INVALID` unless the id can be a part of an address. */
export function keyIdAt(told: Told, pointer: string): string {
  return textAt(told, pointer, isKeyId)
}

/** Throws `PROVIDER_ANSWER_INVALID` unless a header can hold the key. */
export function keyAt(told: Told, pointer: string): string {
  return textAt(told, pointer, isKey)
}

/** Throws `PROVIDER_ANSWER_INVALID` where what was read at a pointer, and may be shown to people, holds the very key that was sent. */
export function refuseKey(told: Told, pointer: string, text: string, key: string): void {
  if (text.includes(key) || text.includes(JSON.stringify(key).slice(1, -1)))
    throw invalid(told, `repeats the key at ${shown(pointer)}, which is to say something else`)
}

/** Throws `PROVIDER_ANSWER_INVALID` where there is no list. An empty list is one. */
export function listAt(told: Told, pointer: string): readonly unknown[] {
  const value = pointed(told.document, pointer)
  if (Array.isArray(value)) return value
  throw invalid(told, `holds no list at ${shown(pointer)}`)
}

/** In ms since the epoch; undefined: null, or nothing. Throws `PROVIDER_ANSWER_INVALID` for anything else. */
export function instantAt(told: Told, pointer: string, times: HttpProvider['times']): number | undefined {
  const value = pointed(told.document, pointer)
  if (value === undefined || value === null) return undefined
  const at = times === 'seconds' || times === 'milliseconds' ? counted(value, times) : written(value)
  if (at !== undefined && at >= 0 && at <= LATEST) return at
  throw invalid(told, `holds no instant (${times ?? 'iso'}) at ${shown(pointer)}`)
}

/** The end of the year 9999. */
const LATEST = 253_402_300_799_999

function counted(value: unknown, unit: 'seconds' | 'milliseconds'): number | undefined {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
  return Math.floor(unit === 'seconds' ? number * 1000 : number)
}

/** Without a time zone nobody knows which instant is meant. */
function written(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}

/** The same text for the same rights: neither the order of fields nor that of a list of texts counts. */
export function comparable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(comparable).toSorted().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${comparable(field)}`)
  return `{${fields.toSorted().join()}}`
}

/** `what` goes on after "the answer of HOST", and repeats nothing that the answer holds. */
export function invalid({ step, host }: Pick<Told, 'step' | 'host'>, what: string): OverlapError {
  return new OverlapError('PROVIDER_ANSWER_INVALID', `${step}: the answer of ${host} ${what}`, {
    detail: { step },
  })
}

function failed({ step, host }: Told, pointer: string): OverlapError {
  return new OverlapError(
    'PROVIDER_FAILED',
    `${step}: ${host} answered with a success that holds an error (at ${shown(pointer)})`,
    { detail: { step } },
  )
}

function isAnything(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** A pointer as messages name it: the empty one, which means the whole answer, would be no word. */
export function shown(pointer: string): string {
  return pointer === '' ? 'its top' : pointer
}
