import { OverlapError } from './errors.ts'

/**
 * Do two values of a secret hold the same credential? Only when every field that both have is the same: which of them is the password is known to nobody
 * outside the adapter; or when they are the same in all, whatever their form.
 */
export function sameCredential(one: string, other: string): boolean {
  if (one === other) return true
  const [fields, others] = [fieldsOf(one), fieldsOf(other)]
  const shared = [...fields.keys()].filter((name) => others.has(name))
  return shared.length > 0 && shared.every((name) => fields.get(name) === others.get(name))
}

/** A kind whose values say which credential they hold, and can be wrong about its name: it tells itself whether two hold the same. */
export interface TellsSame<C> {
  parse(secretString: string): C
  holdsSame?(one: C, other: C): boolean
}

/** As the kind tells, where it does: what else either value holds does not count then. */
export function sameTo<C>(kind: TellsSame<C>, one: string, other: string): boolean {
  if (kind.holdsSame === undefined || sameCredential(one, other)) return sameCredential(one, other)
  try {
    return kind.holdsSame(kind.parse(one), kind.parse(other))
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'SECRET_INVALID') return false
    throw error
  }
}

function fieldsOf(value: string): ReadonlyMap<string, string> {
  try {
    return new Map(
      Object.entries(JSON.parse(value) ?? {}).map(([name, field]) => [name, JSON.stringify(field)]),
    )
  } catch {
    // The error would repeat a part of the value.
    return new Map()
  }
}
