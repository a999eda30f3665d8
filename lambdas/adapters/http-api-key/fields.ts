import { OverlapError } from '../../rotation/errors.ts'

/** Looks at one field of a definition, and throws `CONFIGURATION_INVALID` naming it. */
export type Check = (value: unknown, field: string) => void

/** `expected` goes on after "FIELD must be". Throws `CONFIGURATION_INVALID`. */
export function wrong(field: string, expected: string): never {
  throw new OverlapError('CONFIGURATION_INVALID', `${field} must be ${expected}`, { detail: { field } })
}

/** `expected` as of `wrong`. */
export function textThat(expected: string, accepts: (text: string) => boolean): Check {
  return (value, field) => {
    if (typeof value !== 'string' || !accepts(value)) wrong(field, expected)
  }
}

/** Both ends are allowed. */
export function wholeNumber(least: number, most: number): Check {
  return (value, field) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      wrong(field, `a whole number from ${least} to ${most}`)
  }
}

export function oneOf(...allowed: readonly string[]): Check {
  return textThat(`one of ${allowed.join(', ')}`, (text) => allowed.includes(text))
}

export function listOf(check: Check): Check {
  return (value, field) => {
    if (!Array.isArray(value)) wrong(field, 'a list')
    for (const [position, element] of value.entries()) check(element, `${field}[${position}]`)
  }
}

/** An object whose fields have any name that `names` accepts. */
export function recordOf(check: Check, names: Check): Check {
  return (value, field) => {
    if (!isObject(value)) wrong(field, 'an object')
    for (const [name, element] of Object.entries(value)) {
      names(name, `the name ${JSON.stringify(name)} in ${field}`)
      check(element, `${field}.${name}`)
    }
  }
}

/** An object of these fields and no others: one that is misspelt would be none, and nobody would see it. */
export function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const known = new Map(Object.entries({ ...required, ...optional }))
  return (value, field) => {
    if (!isObject(value)) wrong(field, 'an object')
    for (const [name, element] of Object.entries(value)) {
      const check = known.get(name)
      if (check === undefined)
        wrong(`${field}.${name}`, `left out: known are ${[...known.keys()].join(', ')}`)
      if (element !== undefined) check(element, `${field}.${name}`)
    }
    for (const name of Object.keys(required))
      if (value[name] === undefined) wrong(`${field}.${name}`, 'there')
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
