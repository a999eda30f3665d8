import { invalid, type Told } from './answers.ts'
import { isDeclared } from './places.ts'
import { placed, pointed } from './pointers.ts'
import type { HttpProvider, Step } from './provider.ts'
import { filled, filledDocument, type Values, withValues } from './template.ts'

/** The address of a step. */
export function addressOf(provider: HttpProvider, { url }: Step, values: Values): URL {
  const all = new Map([...withValues(provider.with), ...values])
  const address = filled(url, all, encodeURIComponent)
  return new URL(address.startsWith('/') ? `${provider.origin}${address}` : address)
}

/** The address of a page that an answer names. Throws `PROVIDER_ANSWER_INVALID` unless it is one of the declared hosts. */
export function pageAt(provider: HttpProvider, told: Told, base: URL, pointer: string): URL | undefined {
  const next = pointed(told.document, pointer)
  if (next === undefined || next === null || next === '') return undefined
  if (typeof next !== 'string' || !URL.canParse(next, base.href))
    throw invalid(told, `holds no address at ${pointer}`)
  const address = new URL(next, base)
  if (
    address.protocol !== 'https:' ||
    address.username !== '' ||
    address.password !== '' ||
    !isDeclared(address, provider.hosts)
  )
    throw invalid(told, `leads to an address at ${pointer} that is none of the hosts of the definition`)
  return address
}

/** What a step sends. `description`: of the key that is copied from. Throws `PROVIDER_ANSWER_INVALID` where that does not hold what must be copied. */
export function bodyOf(
  provider: HttpProvider,
  { body, copy = {}, copyIfAny = {} }: Step,
  values: Values,
  description: Told | undefined,
): object | undefined {
  const all = new Map([...withValues(provider.with), ...values])
  const filledBody = body === undefined ? undefined : filledDocument(body, all)
  let made: object | undefined =
    typeof filledBody === 'object' && filledBody !== null ? filledBody : undefined
  if (description === undefined) return made
  for (const [into, from] of Object.entries({ ...copyIfAny, ...copy })) {
    const value = pointed(description.document, from)
    if (value === undefined || value === null) {
      if (into in copy)
        throw invalid(description, `holds nothing at ${from}, which the new key must have too`)
      continue
    }
    made = placed(made ?? {}, into, value)
  }
  return made
}
