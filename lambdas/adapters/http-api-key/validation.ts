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
import { checkPlaces } from './places.ts'
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
const copies = recordOf(
  pointer,
  textThat('a JSON pointer into the body', (text) => text !== '' && isPointer(text)),
)
const statuses = listOf(wholeNumber(400, 499))

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
const authentication = {
  headers: recordOf(anyText, headerName),
  basic: object({ user: anyText, password: anyText }),
}

const json: Check = (value, field) => {
  if (!isObject(value)) wrong(field, 'an object: it is sent as JSON')
}
const required = { method: oneOf('GET', 'POST', 'PUT', 'PATCH', 'DELETE'), url: anyText }
const optional = { body: json, copy: copies, copyIfAny: copies }
const step = object(required, optional)
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
      { ...required, expect: object({ key: pointer, id: pointer }) },
      { ...optional, full: statuses },
    ),
    list: object(
      {
        ...required,
        expect: object(
          { items: pointer, id: pointer, name: pointer },
          { created: pointer, active: expectation },
        ),
      },
      { ...optional, paging },
    ),
    whoami: object(required, {
      ...optional,
      refused: statuses,
      expect: object({}, { as: pointer, keyId: pointer, rights: pointer, active: expectation }),
    }),
    remove: step,
  },
  {
    documentation: listOf(anyText),
    with: recordOf(
      anyText,
      textThat('letters, digits or _', (text) => /^\w+$/.test(text)),
    ),
    allowAddresses: listOf(textThat('a network such as 10.1.0.0/16', isNetwork)),
    ca: textThat('PEM of certificates', (text) => text.includes('-----BEGIN CERTIFICATE-----')),
    failure: pointer,
    success: expectation,
    times: oneOf('iso', 'seconds', 'milliseconds'),
    rate: object({ calls: wholeNumber(1, 10_000), seconds: wholeNumber(1, 3_600) }),
    limits: object({}, { bytes: wholeNumber(1_024, 4_194_304), milliseconds: wholeNumber(100, 30_000) }),
    describe: step,
    disable: step,
    enable: step,
    lastUsed: object(
      { ...required, expect: object({ at: pointer }, { by: pointer, from: pointer }) },
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
  for (const key of Object.keys(given))
    if (!asked.includes(`{{with.${key}}}`))
      wrong(`with.${key}`, 'left out: the definition does not ask for it')
  checkTogether(complete, name)
  checkPlaces(complete, name)
  const values = withValues(complete.with)
  return {
    ...complete,
    hosts: complete.hosts.map((host) => filled(host, values).toLowerCase()),
    origin: filled(complete.origin, values),
  }
}

/** What fields ask of each other. */
function checkTogether(definition: HttpProvider, name: string): void {
  const { admin, key, disable, enable, list, describe } = definition
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
  for (const [field, { copy, copyIfAny }] of Object.entries(stepsOf(definition))) {
    if (copy === undefined && copyIfAny === undefined) continue
    if (describe === undefined) wrong(`${name}.describe`, `there: ${field} copies from it`)
    if (field === 'describe' || field === 'list' || field === 'whoami')
      wrong(`${name}.${field}`, 'without copy and copyIfAny')
  }
}

function stepsOf({ create, list, describe, whoami, disable, enable, lastUsed, remove }: HttpProvider) {
  const steps = { create, list, describe, whoami, disable, enable, lastUsed, remove }
  return Object.fromEntries(
    Object.entries(steps).flatMap(([field, found]) => (found ? [[field, found]] : [])),
  )
}
