import { isIP } from 'node:net'
import { wrong } from './fields.ts'
import type { Authentication, HttpProvider, Step } from './provider.ts'
import { filled, placeholdersOf, textsOf, type Values, withValues } from './template.ts'

/** Where each placeholder of a definition stands, and where its addresses lead. Throws `CONFIGURATION_INVALID` naming the field. */
export function checkPlaceholders(definition: HttpProvider, name: string): void {
  const values = withValues(definition.with)
  const { admin, key, create, list, describe, whoami, disable, enable, lastUsed, remove } = definition

  /** `others`: what may stand there besides what the deployment says. */
  const check = (template: string, field: string, others: (placeholder: string) => boolean = () => false) => {
    for (const found of placeholdersOf(template)) {
      if (values.has(found) || others(found)) continue
      if (found.startsWith('with.'))
        wrong(`with.${found.slice(5)}`, `said by the deployment: ${field} asks for it`)
      wrong(field, `without {{${found}}}, which has no meaning there`)
    }
  }
  const checkAuthentication = (
    { headers = {}, basic }: Authentication,
    field: string,
    isSecret: (placeholder: string) => boolean,
  ) => {
    for (const [header, template] of Object.entries(headers))
      check(template, `${field}.headers.${header}`, isSecret)
    for (const [part, template] of Object.entries(basic ?? {}))
      check(template, `${field}.basic.${part}`, isSecret)
  }

  definition.hosts.forEach((host, position) => {
    const field = `${name}.hosts[${position}]`
    check(host, field)
    if (!isHost(filled(host, values))) wrong(field, 'the name of a host, or name:port')
  })
  if (definition.hosts.length === 0) wrong(`${name}.hosts`, 'a list of at least one host')
  check(definition.origin, `${name}.origin`)
  const origin = plainAddress(filled(definition.origin, values))
  if (
    origin === undefined ||
    origin.pathname !== '/' ||
    origin.search !== '' ||
    /[/?#]$/.test(definition.origin)
  )
    wrong(`${name}.origin`, 'https:// and a host, and nothing after that')
  checkHost(origin, definition, values, `${name}.origin`)

  checkAuthentication(admin, `${name}.admin`, (found) => /^admin(\.\w[\w-]*)?$/.test(found))
  checkAuthentication(key, `${name}.key`, (found) => found === 'key' || found === 'keyId')
  if (!textsIn(admin).some((text) => ofAdmin.test(text)))
    wrong(
      `${name}.admin`,
      'such that {{admin}} or {{admin.field}} is sent, which stand for the admin secret: a credential that is written down here ends up in git and in variables of functions',
    )
  if (!textsIn(key).join('').includes('{{key}}'))
    wrong(`${name}.key`, 'such that {{key}} is sent: else it is not the key that is tried')
  refuseWritten(admin, `${name}.admin`, ofAdmin, '{{admin}} or {{admin.field}}')
  refuseWritten(key, `${name}.key`, /\{\{key(Id)?\}\}/, '{{key}}')
  if (placeholdersOf(key.begins ?? '').some((found) => found !== 'keyId'))
    wrong(`${name}.key.begins`, 'without a placeholder other than {{keyId}}')

  const checkStep = (step: Step | undefined, field: string, allowed: readonly string[]) => {
    if (step === undefined) return
    const may = (found: string) => allowed.includes(found)
    check(step.url, `${name}.${field}.url`, may)
    for (const text of textsOf(step.body ?? null)) check(text, `${name}.${field}.body`, may)
    if (step.method === 'GET' && step.body !== undefined) wrong(`${name}.${field}.body`, 'left out of a GET')
    const address = urlOf(step.url, definition.origin, values)
    if (address === undefined)
      wrong(
        `${name}.${field}.url`,
        'a path that begins with /, or begin with https:// and a host without placeholders but {{with.x}}',
      )
    checkHost(address, definition, values, `${name}.${field}.url`)
  }
  checkStep(create, 'create', ['keyId', 'name'])
  if (!textsOf(create.body ?? null).some((text) => text === '{{name}}'))
    wrong(
      `${name}.create.body`,
      'such that a text in it is {{name}}: by that a key is found whose answer got lost',
    )
  checkStep(list, 'list', [])
  checkStep(whoami, 'whoami', ['keyId'])
  for (const [field, step] of Object.entries({ describe, disable, enable, lastUsed, remove })) {
    if (step === undefined) continue
    checkStep(step, field, ['keyId'])
    if (![step.url, ...textsOf(step.body ?? null)].some((text) => text.includes('{{keyId}}')))
      wrong(
        `${name}.${field}`,
        'such that {{keyId}} is in its url or body: else it is about no certain key, and perhaps about all',
      )
  }
}

const ofAdmin = /\{\{admin[.}]/

/** Where a credential belongs, something must stand for it: one that is written down there would be in git, in templates and in variables. */
function refuseWritten(
  { headers = {}, basic }: Authentication,
  field: string,
  placeholder: RegExp,
  called: string,
): void {
  const expected = `such that ${called} is in it: a credential that is written down here ends up in git and in variables of functions`
  for (const [header, template] of Object.entries(headers))
    if (credentialHeader.test(header) && !placeholder.test(template))
      wrong(`${field}.headers.${header}`, expected)
  if (basic !== undefined && !placeholder.test(`${basic.user} ${basic.password}`))
    wrong(`${field}.basic`, expected)
}

/** Headers that hold nothing but credentials: not X-Atlassian-Token, whose value is no-check. */
const credentialHeader =
  /^(proxy-)?authorization$|^cookie$|(api|app|application)[-_]?key$|(access|auth)[-_]?token$|(secret|password)$/i

function textsIn({ headers, basic }: Authentication): readonly string[] {
  return [...Object.values(headers ?? {}), ...Object.values(basic ?? {})]
}

/** Placeholders other than the deployment's are filled with a letter: none of them may be in the host. */
function urlOf(template: string, origin: string, values: Values): URL | undefined {
  const [, host] = /^https:\/\/([^/?#]*)\//.exec(template) ?? []
  if (!template.startsWith('/') && host === undefined) return undefined
  if (placeholdersOf(host ?? '').some((found) => !values.has(found))) return undefined
  const letters = new Map([...placeholdersOf(template)].map((found): [string, string] => [found, 'x']))
  const path = filled(template, new Map([...letters, ...values]), encodeURIComponent)
  return plainAddress(template.startsWith('/') ? `${filled(origin, values)}${path}` : path)
}

function plainAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const address = new URL(text)
  return isPlain(address) && address.hash === '' ? address : undefined
}

function isPlain({ protocol, username, password }: URL): boolean {
  return protocol === 'https:' && username === '' && password === ''
}

function checkHost(address: URL, { hosts }: HttpProvider, values: Values, field: string): void {
  const declared = hosts.map((host) => filled(host, values))
  if (!isDeclared(address, declared)) wrong(field, `an address of one of ${declared.join(', ')}`)
}

/** May a request go there? `hosts`: each `name` or `name:port`. */
export function isWithin(address: URL, hosts: readonly string[]): boolean {
  return isPlain(address) && isDeclared(address, hosts)
}

function isDeclared(address: URL, hosts: readonly string[]): boolean {
  return hosts.some((host) => new URL(`https://${host}`).host === address.host)
}

function isHost(text: string): boolean {
  return (
    /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(text) &&
    URL.canParse(`https://${text}`) &&
    !isTricky(text)
  )
}

/** A number that a URL reads as an IPv4 address although it does not look like one, such as `2130706433` or `0x7f.1`. */
function isTricky(text: string): boolean {
  const { hostname } = new URL(`https://${text}`)
  return isIP(hostname) === 4 && !text.startsWith(hostname)
}
