import { isNetwork } from './addresses.ts'
import {
  type Check,
  isObject,
  listOf,
  object,
  oneOf,
  recordOf,
  textThat,
  wholeNumber,
  wrong,
} from './fields.ts'
import { checkPlaceholders } from './placeholders.ts'
import { isPointer } from './pointers.ts'
import type { HttpProvider } from './provider.ts'
import { filled, withValues } from './template.ts'

const anyText = textThat('a text', () => true)
const pointer = textThat('a JSON pointer such as /result/id', isPointer)
const expectation = object({
  pointer,
  equals: (value, field) => {
    if (!['string', 'number', 'boolean'].includes(typeof value))
      wrong(field, 'a text, a number, true or false')
  },
})
/** One, or several of which the first counts that leads to something. */
const pointers: Check = (value, field) => {
  if (!Array.isArray(value)) return pointer(value, field)
  listOf(pointer)(value, field)
  if (value.length === 0) wrong(field, 'a JSON pointer, or a list of some')
}
const copies = recordOf(
  pointers,
  textThat('a JSON pointer into the body', (text) => text !== '' && isPointer(text)),
)
/** `not`: those that say that it is too early or too much, or that another one was refused. */
const statuses = (...not: readonly number[]) =>
  listOf((value, field) => {
    wholeNumber(400, 499)(value, field)
    if (not.includes(value as number)) wrong(field, `another status than ${not.join(', ')}`)
  })

/** Headers that Node.js or this client sets, or that would change what an answer is. */
const ownHeaders = [
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'accept-encoding',
  'expect',
  'upgrade',
]
const headerName = textThat(
  `the name of a header other than ${ownHeaders.join(', ')}`,
  (text) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text) && !ownHeaders.includes(text.toLowerCase()),
)
const headerText = textThat('characters of ASCII, no control characters', (text) =>
  /^[\x20-\x7e]*$/.test(text),
)
const authentication = {
  headers: recordOf(headerText, headerName),
  basic: object({ user: anyText, password: anyText }),
}

const json: Check = (value, field) => {
  if (!isObject(value)) wrong(field, 'an object: it is sent as JSON')
}
/** What only looks must not change anything, and nothing is changed by what a browser or a crawler may repeat. */
const looking = { method: oneOf('GET', 'POST'), url: anyText }
const changing = { method: oneOf('POST', 'PUT', 'PATCH', 'DELETE'), url: anyText }
const optional = { body: json }
const copying = { ...optional, copy: copies, copyIfAny: copies }

/** Whether it is in PEM; what it certifies is seen when a connection is made. */
function isPem(text: string): boolean {
  const begun = text.split('-----BEGIN CERTIFICATE-----').slice(1)
  return begun.length > 0 && begun.every((rest) => /^\s[\w+/=\s]+-----END CERTIFICATE-----(\s|$)/.test(rest))
}

/** It stands in addresses and headers: one part of a path, or a host. */
const said = textThat(
  'up to 200 characters of ASCII, other than / \\ % ? #, and no dots alone',
  (text) => /^[\x20-\x7e]{1,200}$/.test(text) && !/[/\\%?#]|^\.+$/.test(text),
)
const paging: Check = (value, field) =>
  isObject(value) && 'next' in value
    ? object({ next: pointer })(value, field)
    : object({
        parameter: textThat('the name of a parameter', (text) => /^[\w.-]+$/.test(text)),
        total: pointer,
      })(value, field)

const provider = object(
  {
    hosts: listOf(anyText),
    origin: anyText,
    keys: wholeNumber(1, 1_000_000),
    admin: object({}, authentication),
    key: object({}, { ...authentication, begins: anyText }),
    create: object(
      { ...changing, expect: object({ key: pointer, id: pointer }) },
      { ...copying, full: statuses(401, 408, 425, 429) },
    ),
    list: object(
      {
        ...looking,
        expect: object(
          { items: pointer, id: pointer, name: pointer },
          { created: pointer, active: expectation },
        ),
      },
      { ...optional, paging },
    ),
    whoami: object(looking, {
      ...optional,
      refused: statuses(408, 425, 429),
      expect: object({}, { as: pointer, keyId: pointer, rights: pointer, active: expectation }),
    }),
    remove: object(changing, optional),
  },
  {
    documentation: listOf(anyText),
    with: recordOf(
      said,
      textThat('letters, digits or _', (text) => /^\w+$/.test(text)),
    ),
    allowAddresses: listOf(textThat('a network such as 10.1.0.0/16', isNetwork)),
    ca: textThat('PEM of certificates', isPem),
    failure: pointer,
    success: expectation,
    times: oneOf('iso', 'seconds', 'milliseconds'),
    rate: object({ calls: wholeNumber(1, 10_000), seconds: wholeNumber(1, 3_600) }),
    limits: object({}, { bytes: wholeNumber(1_024, 4_194_304), milliseconds: wholeNumber(100, 30_000) }),
    describe: object(looking, optional),
    disable: object(changing, copying),
    enable: object(changing, copying),
    lastUsed: object(
      { ...looking, expect: object({ at: pointer }, { by: pointer, from: pointer }) },
      optional,
    ),
  },
)

/**
 * A definition as it is used: complete, consistent, and with what the deployment says (`given`) for its `{{with.x}}`, which `hosts` and `origin` have in them already. Asks
 * nobody anything.
 *
 * Throws `CONFIGURATION_INVALID` naming the field, which begins with `name`.
 */
export function validProvider(
  written: unknown,
  given: Readonly<Record<string, string>> = {},
  name = 'definition',
): HttpProvider {
  provider(written, name)
  // Every field was looked at.
  const definition = written as HttpProvider
  const complete = { ...definition, with: { ...definition.with, ...given } }
  const asked = JSON.stringify(definition)
  for (const [key, value] of Object.entries(given)) {
    said(value, `with.${key}`)
    if (!asked.includes(`{{with.${key}}}`))
      wrong(`with.${key}`, 'left out: the definition does not ask for it')
  }
  checkTogether(complete, name)
  checkPlaceholders(complete, name)
  const values = withValues(complete.with)
  return {
    ...complete,
    hosts: complete.hosts.map((host) => filled(host, values).toLowerCase()),
    origin: filled(complete.origin, values),
  }
}

/** What fields ask of each other. */
function checkTogether(definition: HttpProvider, name: string): void {
  const { admin, key, create, disable, enable, list, describe } = definition
  for (const [field, { headers, basic }] of Object.entries({ admin, key }))
    if (basic === undefined && Object.keys(headers ?? {}).length === 0)
      wrong(`${name}.${field}`, 'an object with headers, or with basic')
  if ((disable === undefined) !== (enable === undefined))
    wrong(
      `${name}.${disable === undefined ? 'disable' : 'enable'}`,
      'there: what is taken out of use can be put back',
    )
  if (disable !== undefined && list.expect.active === undefined)
    wrong(`${name}.list.expect.active`, 'there where keys are disabled: else nobody sees which are')
  for (const [field, step] of Object.entries({ create, disable, enable }))
    if ((step?.copy ?? step?.copyIfAny) !== undefined && describe === undefined)
      wrong(`${name}.describe`, `there: ${field} copies from it`)
  if (key.begins !== undefined && !/\{\{keyId\}\}[^A-Za-z0-9{]/.test(key.begins))
    wrong(
      `${name}.key.begins`,
      'such that {{keyId}} is in it, and after that what ends it, such as SG.{{keyId}}.',
    )
}
