import { OverlapError } from '../../rotation/errors.ts'
import { invalid, type Told } from './answers.ts'
import { isWithin } from './placeholders.ts'
import { placed, pointed } from './pointers.ts'
import type { CopyingStep, HttpProvider, Step } from './provider.ts'
import { filled, filledDocument, type Values, withValues } from './template.ts'

/** The address of a step. Throws `TARGET_NOT_ALLOWED` unless it is one of the declared hosts, whatever the placeholders stand for. */
export function addressOf(provider: HttpProvider, { url }: Step, values: Values): URL {
  const all = new Map([...withValues(provider.with), ...values])
  const address = filled(url, all, encodeURIComponent)
  const whole = address.startsWith('/') ? `${provider.origin}${address}` : address
  const made = URL.canParse(whole) ? new URL(whole) : undefined
  if (made !== undefined && isWithin(made, provider.hosts)) return made
  throw new OverlapError(
    'TARGET_NOT_ALLOWED',
    'an address of the definition leads to none of its hosts. Nothing was sent',
  )
}

/** The address of a page that an answer names. Throws `PROVIDER_ANSWER_INVALID` unless it is one of the declared hosts. */
export function pageAt(provider: HttpProvider, told: Told, base: URL, pointer: string): URL | undefined {
  const next = pointed(told.document, pointer)
  if (next === undefined || next === null || next === '') return undefined
  if (typeof next !== 'string' || !URL.canParse(next, base.href))
    throw invalid(told, `holds no address at ${pointer}`)
  const address = new URL(next, base)
  if (!isWithin(address, provider.hosts))
    throw invalid(told, `leads to an address at ${pointer} that is none of the hosts of the definition`)
  return address
}

/** What a step sends. `description`: of the key that is copied from. Throws `PROVIDER_ANSWER_INVALID` where that does not hold what must be copied. */
export function bodyOf(
  provider: HttpProvider,
  { body, copy = {}, copyIfAny = {} }: CopyingStep,
  values: Values,
  description: Told | undefined,
): object | undefined {
  const all = new Map([...withValues(provider.with), ...values])
  const filledBody = body === undefined ? undefined : filledDocument(body, all)
  let made: object | undefined =
    typeof filledBody === 'object' && filledBody !== null ? filledBody : undefined
  if (description === undefined) return made
  for (const [into, from] of Object.entries({ ...copyIfAny, ...copy })) {
    const pointers = typeof from === 'string' ? [from] : from
    const value = pointers
      .map((pointer) => pointed(description.document, pointer))
      .find((found) => found !== undefined && found !== null)
    if (value === undefined) {
      if (into in copy)
        throw invalid(
          description,
          `holds nothing at ${pointers.join(' or ')}, which the new key must have too`,
        )
      continue
    }
    made = placed(made ?? {}, into, value)
  }
  return made
}
