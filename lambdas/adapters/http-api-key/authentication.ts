import { OverlapError } from '../../rotation/errors.ts'
import { withoutMark } from '../keys/byte-order-mark.ts'
import { isObject } from './fields.ts'
import type { Authentication } from './provider.ts'
import { filled, placeholdersOf, type Values } from './template.ts'

/** The admin secret, a JSON object or a plain text, with or without the quotes of JSON, as what `{{admin.field}}` and `{{admin}}` stand for. */
function adminValues(secretString: string): Values {
  const plain = withoutMark(secretString)
  let value: unknown = plain
  try {
    value = JSON.parse(plain)
  } catch {
    // A plain text.
  }
  if (Array.isArray(value)) return new Map()
  if (!isObject(value)) return new Map([['admin', typeof value === 'string' ? value : plain]])
  return new Map(
    Object.entries(value).flatMap(([field, text]): [string, string][] =>
      typeof text === 'string' ? [[`admin.${field}`, text]] : [],
    ),
  )
}

/** Throws `ADMIN_SECRET_INVALID` naming what `{{admin}}` or `{{admin.field}}` asks for and the secret does not hold. */
export function adminHeaders(
  admin: Authentication,
  secretString: string,
  others: Values,
  secretArn: string,
): Readonly<Record<string, string>> {
  const values = new Map([...others, ...adminValues(secretString)])
  for (const placeholder of templatesOf(admin).flatMap(placeholdersOf)) {
    const [expected, field = ''] =
      placeholder === 'admin'
        ? ['hold a plain text, no JSON object or list']
        : ['be a JSON object with that field as a text', placeholder.slice('admin.'.length)]
    const value = values.get(placeholder)
    if (value === undefined || value === '')
      throw invalid(`the admin secret ${secretArn} must ${expected}${field && `: ${field}`}`)
    if (placeholder.startsWith('admin') && !/^[\x20-\x7e]*$/.test(value))
      throw invalid(
        `the admin secret ${secretArn} holds characters${field && ` in field ${field}`} that no header can hold, such as a line break`,
      )
  }
  return headersOf(admin, values)
}

/** What a key that its codec accepted needs in order to be used. */
export function headersOf(
  { headers = {}, basic }: Authentication,
  values: Values,
): Readonly<Record<string, string>> {
  const told = Object.entries(headers).map(([name, template]) => [
    name.toLowerCase(),
    filled(template, values),
  ])
  if (basic !== undefined) {
    const both = `${filled(basic.user, values)}:${filled(basic.password, values)}`
    told.push(['authorization', `Basic ${Buffer.from(both).toString('base64')}`])
  }
  return Object.fromEntries(told)
}

function templatesOf({ headers = {}, basic }: Authentication): readonly string[] {
  return [...Object.values(headers), ...(basic === undefined ? [] : [basic.user, basic.password])]
}

function invalid(message: string): OverlapError {
  return new OverlapError('ADMIN_SECRET_INVALID', message)
}
