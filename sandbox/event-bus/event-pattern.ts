import { isObject } from '../json-service.ts'

/** What a rule asks of an event: the same nesting, and at each leaf a list of which one must match. */
export interface EventPattern {
  readonly [field: string]: EventPattern | readonly Wanted[]
}

/** A value that must be equal, or the beginning of a text. */
type Wanted = string | number | boolean | null | { readonly prefix: string }

/**
 * Reads a rule's EventPattern as a template holds it. Throws for what the sandbox cannot match, naming the place: a rule that is read differently
 * here than at AWS would show nothing.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function parseEventPattern(pattern: unknown, place = 'EventPattern'): EventPattern {
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new Error(`${place} must be an object with at least one field`)
  return Object.fromEntries(
    Object.entries(pattern).map(([field, wanted]) => [
      field,
      Array.isArray(wanted)
        ? parseWanted(wanted, `${place}.${field}`)
        : parseEventPattern(wanted, `${place}.${field}`),
    ]),
  )
}

function parseWanted(list: readonly unknown[], place: string): readonly Wanted[] {
  if (list.length === 0) throw new Error(`${place} must name at least one value`)
  return list.map((wanted) => {
    if (wanted === null || ['string', 'number', 'boolean'].includes(typeof wanted)) return wanted as Wanted
    if (isObject(wanted) && Object.keys(wanted).length === 1 && typeof wanted.prefix === 'string')
      return { prefix: wanted.prefix }
    throw new Error(`${place}: the sandbox matches exact values and {"prefix": "text"} only`)
  })
}

/** Every field of the pattern must be in the event; the event's other fields do not matter. */
export function matchesPattern(event: unknown, pattern: EventPattern): boolean {
  if (!isObject(event)) return false
  return Object.entries(pattern).every(([field, wanted]) =>
    isLeaf(wanted) ? matchesOne(event[field], wanted) : matchesPattern(event[field], wanted),
  )
}

function isLeaf(wanted: EventPattern | readonly Wanted[]): wanted is readonly Wanted[] {
  return Array.isArray(wanted)
}

/** A list matches by any of its members: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html */
function matchesOne(found: unknown, wanted: readonly Wanted[]): boolean {
  const values: readonly unknown[] = Array.isArray(found) ? found : [found]
  return values.some((value) =>
    wanted.some((one) =>
      isObject(one) ? typeof value === 'string' && value.startsWith(one.prefix) : value === one,
    ),
  )
}
