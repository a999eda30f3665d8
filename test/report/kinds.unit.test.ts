import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nextStep } from '../../lambdas/report/next-step.ts'

/* Whoever is woken for an access key must not be told what to do about a database. */

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const inFolder = (folder: string) =>
  readdirSync(path.join(root, folder), { encoding: 'utf8' }).map((file) => `${folder}/${file}`)

const codes = [...read('lambdas/rotation/errors.ts').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(
  ([, code = '']) => code,
)

/** A module and all that it imports, but for types. */
function modulesFrom(file: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(file)) return known
  known.add(file)
  for (const [, name = ''] of read(file).matchAll(/^(?:import|export)(?! type)[^'"]*?from '(\.[^']+)'/gm))
    modulesFrom(path.posix.join(path.posix.dirname(file), name), known)
  return known
}

/** Named in the functions' own words: an error that is thrown or expected. A comment names codes in backquotes. */
function codesIn(handlers: readonly string[]): readonly string[] {
  const modules = new Set(handlers.flatMap((handler) => [...modulesFrom(handler)]))
  modules.delete('lambdas/rotation/errors.ts')
  const text = [...modules].map(read).join('\n')
  return codes.filter((code) => text.includes(`'${code}'`))
}

const handlers = inFolder('lambdas/handlers')
const ofKeys = codesIn(handlers.filter((file) => /-api-key\.ts$|-access-key\.ts$/.test(file)))
/** The sweep's own, of every kind. */
const ofAnyKind = codesIn(['lambdas/handlers/sweep.ts'])

/** Of these nobody is told about a key. */
const ofDatabasesAlone: ReadonlyMap<string, string> = new Map([
  ['USER_MISSING', 'the engine expects it, and PostgreSQL alone throws it'],
  ['LOGIN_LOG_FAILED', 'a server has a log of logins, and a place that keeps keys has none'],
])
const toldOfKeys = [...new Set([...ofKeys, ...ofAnyKind])].filter((code) => !ofDatabasesAlone.has(code))

/** A function's own role and the key of KMS are of every kind. */
const notMeant = /\b(?:the|a) function[’']s role|\brole of the \w+|\bits role\b|\bKMS key\b/g
const speaksOfDatabases = /\bdatabase|\bthe server\b|\brole\b|\bmasterarn\b|\bpassword\b|\bpg_\w+/
const speaksOfKeys = /\bkeys?\b|\bprovider\b|\bIAM user\b/

/** Speaks of a database, and not of what else it may be. */
function isOfDatabasesAlone(text: string): boolean {
  const meant = text.replaceAll(notMeant, '')
  return speaksOfDatabases.test(meant) && !speaksOfKeys.test(meant)
}

/** What a page says about each code: its rows of tables whose first cell names it. */
function rowsOf(page: string): ReadonlyMap<string, string> {
  const rows = read(page)
    .split('\n')
    .flatMap((line) => {
      const [, first = '', rest = ''] = /^\| ([^|]*) \|(.*)\|$/.exec(line) ?? []
      return codes.filter((code) => first.includes(`\`${code}\``)).map((code) => [code, rest] as const)
    })
  const told = new Map<string, string>()
  for (const [code, text] of rows) told.set(code, `${told.get(code) ?? ''}${text}`)
  return told
}

describe('what is told about a code', () => {
  it('is looked at for those that functions of keys name, and for no other', () => {
    expect(ofKeys).toEqual(
      expect.arrayContaining(['CURRENT_REFUSED', 'STAMP_INVALID', 'TLS_FAILED', 'FOREIGN_KEY']),
    )
    expect(ofAnyKind).toContain('USED_WHILE_DISABLED')
    for (const code of ['PARTNER_TAKEN', 'ADMIN_LACKS_RIGHT', 'DATABASE_FAILED'])
      expect(toldOfKeys).not.toContain(code)
  })

  it.each(toldOfKeys)('is no advice about a database alone in a message: %s', (code) => {
    expect(isOfDatabasesAlone(nextStep(code).todo), nextStep(code).todo).toBe(false)
  })

  it.each(inFolder('docs/runbooks'))('is no advice about a database alone in %s', (page) => {
    const told = rowsOf(page)
    const wrong = toldOfKeys.filter((code) => isOfDatabasesAlone(told.get(code) ?? ''))
    expect(wrong).toEqual([])
  })

  it('would be noticed otherwise', () => {
    const wrong = [
      'The value that consumers read does not open the database: new logins fail.',
      'The comment on the role is not what Overlap wrote.',
      'Correct the admin secret that masterarn names.',
      'An administrator sets the password: `\\password USER`.',
      'The function’s role may read it. Is the server up?',
      'Somebody changed the KMS key of the database.',
    ]
    for (const text of wrong) expect(isOfDatabasesAlone(text), text).toBe(true)
    expect(rowsOf('docs/runbooks/rotation-failed.md').get('DATABASE_FAILED')).toContain('The server')
    expect(isOfDatabasesAlone('Is the server or the provider up?')).toBe(false)
    expect(isOfDatabasesAlone('Access denied: the role of the sweep was changed.')).toBe(false)
  })

  it('makes no exception that is none', () => {
    for (const [code] of ofDatabasesAlone) expect([...ofKeys, ...ofAnyKind]).toContain(code)
  })
})
