import { describe, expect, it } from 'vitest'
import {
  carriedFields,
  parseCredential,
  refuseCopiedPassword,
  serializeCredential,
  targetOf,
} from '../../../lambdas/adapters/postgres/credential.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'

const value = {
  engine: 'postgres',
  host: 'db.example',
  port: 5432,
  dbname: 'shop',
  username: 'app',
  password: 'pw-CANARY',
  masterarn: 'arn:aws:secretsmanager:us-east-1:1:secret:admin',
}

const without = (field: keyof typeof value) => {
  const { [field]: _, ...rest } = value
  return rest
}

describe('parseCredential', () => {
  const wrong: [string, unknown, string][] = [
    ['no engine', without('engine'), 'engine'],
    ['another engine', { ...value, engine: 'mysql' }, 'engine'],
    ['no host', without('host'), 'host'],
    ['an empty host', { ...value, host: '' }, 'host'],
    ['a number as host', { ...value, host: 1 }, 'host'],
    ['a socket directory as host', { ...value, host: '/tmp' }, 'host'],
    ['a URL as host', { ...value, host: 'postgres://db' }, 'host'],
    ['a NUL in the host', { ...value, host: 'db\0' }, 'host'],
    ['port 0', { ...value, port: 0 }, 'port'],
    ['a port beyond the last', { ...value, port: 65_536 }, 'port'],
    ['a fraction as port', { ...value, port: 54.32 }, 'port'],
    ['words as port', { ...value, port: 'default' }, 'port'],
    ['null as port', { ...value, port: null }, 'port'],
    ['an empty dbname', { ...value, dbname: '' }, 'dbname'],
    ['a dbname of the wrong type', { ...value, dbname: ['shop'] }, 'dbname'],
    ['a dbname of 64 bytes', { ...value, dbname: 'd'.repeat(64) }, 'dbname'],
    ['no username', without('username'), 'username'],
    ['a username of 64 bytes in 32 characters', { ...value, username: 'é'.repeat(32) }, 'username'],
    ['a NUL in the username', { ...value, username: 'a\0b' }, 'username'],
    ['no password', without('password'), 'password'],
    ['a number as password', { ...value, password: 12345678 }, 'password'],
    ['an empty password', { ...value, password: '' }, 'password'],
    ['a NUL in the password', { ...value, password: 'CANARY\0' }, 'password'],
    ['a name as masterarn', { ...value, masterarn: 'admin' }, 'masterarn'],
    ['null as masterarn', { ...value, masterarn: null }, 'masterarn'],
  ]
  it.each(wrong)('refuses %s, naming the field', (_, stored, field) => {
    expect(() => parseCredential(JSON.stringify(stored))).toThrow(
      expect.objectContaining({ code: 'SECRET_INVALID', detail: { field } }),
    )
  })

  it.each(['', 'CANARY', '{"password":"CANARY"', '["CANARY"]', 'null', '"CANARY"', '1'])(
    'refuses %j, which is no JSON object, without repeating it',
    (text) => {
      let thrown: unknown
      try {
        parseCredential(text)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(OverlapError)
      expect(thrown).toMatchObject({ code: 'SECRET_INVALID' })
      expect(`${(thrown as Error).stack} ${(thrown as Error).cause}`).not.toContain('CANARY')
    },
  )

  it('knows the shape of a master secret that RDS manages', () => {
    expect(() => parseCredential('{"username":"postgres","password":"x"}')).toThrow(
      expect.objectContaining({ code: 'MANAGED_SECRET' }),
    )
  })

  it('takes the defaults of AWS for port and dbname, and a port in quotes', () => {
    const { port: _, dbname: __, ...short } = value
    expect(parseCredential(JSON.stringify(short))).toMatchObject({ port: 5432, dbname: 'postgres' })
    expect(parseCredential(JSON.stringify({ ...value, port: '6432' }))).toMatchObject({ port: 6432 })
  })

  it('takes names of 63 bytes', () => {
    const username = `${'é'.repeat(31)}a`
    expect(parseCredential(JSON.stringify({ ...value, username })).username).toBe(username)
  })
})

describe('refuseCopiedPassword', () => {
  const check = (more: object) => () =>
    refuseCopiedPassword(parseCredential(JSON.stringify({ ...value, ...more })))
  const short = 'p@s/ w'
  const encoded = encodeURIComponent(short)

  it.each([
    ['a URL', { url: `postgres://app:${value.password}@db.example/shop` }, 'url'],
    ['a copy', { PGPASSWORD: value.password }, 'PGPASSWORD'],
    ['a text around it', { note: `the password is ${value.password}.` }, 'note'],
    ['a URL inside an object', { read: { urls: ['', `x://a:${value.password}@b`] } }, 'read.urls.1'],
    [
      'an encoded URL',
      { password: 'long enough/ä', jdbc: 'jdbc:postgresql://db/shop?user=a&password=long%20enough%2f%c3%a4' },
      'jdbc',
    ],
    ['an encoded URL, the password short', { password: short, url: `postgres://app:${encoded}@db/` }, 'url'],
    ['a raw URL, the password short', { password: 'p@ss', url: 'postgres://app:p@ss@db/' }, 'url'],
    [
      'a parameter, the password short',
      { password: short, url: `jdbc:postgresql://db/?password=${encoded}&ssl=true` },
      'url',
    ],
    [
      'a list of parameters, the password short',
      { password: 'pw', dsn: 'host=db password=pw user=a' },
      'dsn',
    ],
    ['text that is no encoding', { url: `%zz%ff postgres://app:${value.password}@db` }, 'url'],
  ])(
    'refuses a value that repeats the password in %s, naming the field and nothing else',
    (_, more, field) => {
      let thrown: unknown
      try {
        check(more)()
      } catch (error) {
        thrown = error
      }
      expect(thrown).toMatchObject({ code: 'SECRET_INVALID', detail: { field } })
      const { password } = { ...value, ...more } as { password: string }
      expect((thrown as Error).message).not.toContain(`${password}@`)
      expect((thrown as Error).message).not.toContain('CANARY')
    },
  )

  it.each([
    ['no further field', {}],
    ['a URL without it', { url: 'postgres://app@db.example/shop' }],
    ['a URL with another password', { url: 'postgres://app:pw-other@db.example/shop', password: 'pw' }],
    ['a short password within a word', { password: 'ops', team: 'devops', list: ['ops'] }],
    ['the name of the database as password', { dbname: 'warehouse', password: 'warehouse' }],
    ['the engine as password', { password: 'postgres', dbInstanceIdentifier: 'postgres' }],
    ['other types', { a: 1, b: null, c: true, d: [{}] }],
  ])('has nothing against %s', (_, more) => expect(check(more)).not.toThrow())
})

describe('serializeCredential', () => {
  it('changes user and password alone: order, types and unknown fields stay as they were', () => {
    const stored = `{"extra":{"a":[1]},"port":"6432","password":"old","username":"app","host":"DB.example","engine":"postgres"}`
    const next = { ...parseCredential(stored), username: 'app_b', password: 'new' }
    expect(serializeCredential(next)).toBe(stored.replace('"old"', '"new"').replace('"app"', '"app_b"'))
  })
})

describe('carriedFields', () => {
  const carried = (more: object) => carriedFields(parseCredential(JSON.stringify({ ...value, ...more })))

  it('is one for two users with other passwords, in whatever order their fields were stored', () => {
    const { host, ...rest } = value
    const other = parseCredential(JSON.stringify({ ...rest, username: 'app_b', password: 'new', host }))
    expect(carriedFields(other)).toBe(carried({}))
  })

  it.each([{ note: 'x' }, { port: 6432 }, { masterarn: 'arn:other' }, { extra: { a: [1] } }])(
    'tells a value with %o apart',
    (more) => {
      expect(carried(more)).not.toBe(carried({}))
    },
  )
})

describe('targetOf', () => {
  it('is one for spellings of one host', () => {
    const upper = parseCredential(JSON.stringify({ ...value, host: 'DB.Example' }))
    expect(targetOf(upper)).toBe(targetOf(parseCredential(JSON.stringify(value))))
    expect(targetOf(upper)).toBe('db.example:5432/shop')
  })
})
