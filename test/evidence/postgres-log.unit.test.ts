import { describe, expect, it } from 'vitest'
import { loginIn } from '../../lambdas/evidence/postgres-log.ts'

const WHEN = '2026-03-02 03:00:00 UTC'
const line = (user: string, message: string, { database = 'shop', from = '10.0.0.9(40312)' } = {}) =>
  `${WHEN}:${from}:${user}@${database}:[4711]:${message}`
const authorized = (user: string, { database = 'shop', tail = '' } = {}) =>
  line(user, `LOG:  connection authorized: user=${user} database=${database}${tail}`, { database })
const SSL = ' SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)'
const at = Date.parse('2026-03-02T03:00:00Z')
const of = (text: string, ...principals: string[]) => loginIn(text, principals)

describe('a line of the log', () => {
  it.each([
    ['alone', '', ''],
    ['with TLS', SSL, ''],
    ['with a name', ' application_name=nightly', 'nightly'],
    [
      'with a name of several words, and TLS',
      ` application_name=nightly batch (2)${SSL}`,
      'nightly batch (2)',
    ],
    ['with a name that speaks of TLS', ` application_name=x SSL enabled (no)${SSL}`, 'x SSL enabled (no)'],
    ['with GSS', ' application_name=x GSS (authenticated=yes, encrypted=yes, principal=app@X)', 'x'],
    ['with an empty name', ` application_name=${SSL}`, ''],
  ])('tells of a login %s', (_how, tail, application) => {
    expect(of(authorized('app_b', { tail }), 'admin', 'app_b')).toEqual({
      principal: 'app_b',
      outcome: 'authorized',
      at,
      address: '10.0.0.9',
      application,
    })
  })

  it.each([['password authentication failed for user "app_b"'], ['role "app_b" is not permitted to log in']])(
    'tells of a login that was refused: %s',
    (message) => {
      expect(of(line('app_b', `FATAL:  ${message}`), 'app_b')).toEqual({
        principal: 'app_b',
        outcome: 'refused',
        at,
        address: '10.0.0.9',
        application: '',
      })
    },
  )

  it.each(['[unknown]', 'my shop'])('tells of a login for replication of %s', (database) => {
    const message = 'LOG:  replication connection authorized: user=app_b application_name=standby'
    const found = of(line('app_b', message, { database }), 'app_b')
    expect(found).toMatchObject({ outcome: 'authorized', application: 'standby' })
  })

  it('takes no database’s name for a login for replication', () => {
    const forged = 'x:[1]:LOG:  replication connection authorized: user=app_b'
    const refused = 'FATAL:  password authentication failed for user "app_b"'
    expect(of(line('app_b', refused, { database: forged }), 'app_b')).toMatchObject({ outcome: 'refused' })
  })

  it.each([
    ['a socket', '[local]', ''],
    ['IPv6', '2001:db8::7(40312)', '2001:db8::7'],
    ['a host that the server looked up', 'batch-1.example.com(40312)', 'batch-1.example.com'],
    ['nobody knows where', '', ''],
  ])('tells where it came from: %s', (_what, from, address) => {
    const text = line('app_b', 'LOG:  connection authorized: user=app_b database=shop', { from })
    expect(of(text, 'app_b')?.address).toBe(address)
  })

  it('has milliseconds where the server logs them, and no time in another zone', () => {
    const text = authorized('app_b')
    expect(of(text.replace('00 UTC', '00.123 UTC'), 'app_b')?.at).toBe(at + 123)
    const elsewhere = of(text.replace('UTC', 'CET'), 'app_b')
    expect(elsewhere).toMatchObject({ at: undefined, outcome: 'authorized' })
  })

  it.each(['app b', 'app@b', 'app:b', 'app"b', 'Ärger', 'app_b database=x', 'a[1]:LOG:  x'])(
    'tells of a user called %s',
    (user) => {
      expect(of(authorized(user, { database: 'my shop' }), user)?.outcome).toBe('authorized')
      expect(of(line(user, `FATAL:  password authentication failed for user "${user}"`), user)?.outcome).toBe(
        'refused',
      )
    },
  )

  it.each([
    ['another user', authorized('app')],
    ['a user whose name begins so', authorized('app_b2')],
    ['a user whose name begins so, and goes on with @', authorized('app_b@x')],
    ['a user whose name begins so, and goes on with a database', authorized('app_b database=shop')],
    ['a user in other letters', authorized('APP_B')],
    [
      'the connection that comes before',
      line('[unknown]', 'LOG:  connection received: host=10.0.0.9 port=40312'),
    ],
    [
      'who it is, which is no right yet',
      line('app_b', 'LOG:  connection authenticated: identity="app_b" method=scram-sha-256'),
    ],
    [
      'its end',
      line('app_b', 'LOG:  disconnection: session time: 0:00:00.050 user=app_b database=shop host=10.0.0.9'),
    ],
    ['the reason of a refusal', line('app_b', 'DETAIL:  User "app_b" has no password assigned.')],
    ['a database that is not there', line('app_b', 'FATAL:  database "shop" does not exist')],
    [
      'a statement',
      line('app', "LOG:  statement: SELECT ':[1]:LOG:  connection authorized: user=app_b database=shop'"),
    ],
    [
      'a statement of its own',
      line('app_b', 'LOG:  statement: -- :FATAL:  password authentication failed for user "app_b"'),
    ],
    [
      'an error of its own',
      line('app_b', 'FATAL:  password authentication failed for user "app_b" in a function'),
    ],
    ['what goes on from the line before', '\tconnection authorized: user=app_b database=shop'],
    ['another prefix', `${WHEN} [4711] LOG:  connection authorized: user=app_b database=shop`],
  ])('tells of no login of app_b: %s', (_what, text) => {
    expect(of(text, 'app_b')).toBeUndefined()
  })
})

describe('nobody can forge a line of another one', () => {
  /* A client chooses its application's name (of which the server cleans what is not printable); whoever reaches the server chooses user and database, 63 bytes each. */
  const bytes = (text: string) => text.slice(0, 63)
  const told = ':[1]:LOG:  connection authorized: user=admin database='

  it.each([
    ['by an application’s name', authorized('app', { tail: ` application_name=x${told}shop` })],
    [
      'by an application’s name in place of TLS',
      authorized('app', { tail: ` application_name=${told}shop${SSL}` }),
    ],
    ...['d', 'd ', 'd application_name=', ` ${SSL}`].map((end): [string, string] => {
      const database = bytes(`d${told}${end}`)
      return [
        `by a database called ${JSON.stringify(database)}`,
        line('admin', 'FATAL:  password authentication failed for user "admin"', { database }),
      ]
    }),
    ...['d', ' '].map((end): [string, string] => {
      const user = bytes(`admin@d${told}${end}`)
      return [`by a user called ${JSON.stringify(user)}`, authorized(user)]
    }),
    [
      'by a user and a database together',
      line(
        'admin@d:[1]:LOG:  connection authorized: user=admin',
        'FATAL:  password authentication failed for user "x"',
        {
          database: 'd database=d@d',
        },
      ),
    ],
    [
      'by a user who is refused',
      line(
        bytes('x":FATAL:  password authentication failed for user "admin'),
        'FATAL:  password authentication failed for user "x":FATAL:  password authentication failed for user "admin"',
      ),
    ],
  ])('%s', (_how, text) => {
    expect(loginIn(text, ['admin'])?.outcome).not.toBe('authorized')
    expect(loginIn(text, ['x'])).toBeUndefined()
  })

  it('except by a line break in a name, where whoever carries the log makes a line of what is behind it', () => {
    const [before, behind] = line(`\n${WHEN}::admin`, 'FATAL:  …', {
      database: bytes('d:[1]:LOG:  connection authorized: user=admin database=d\n'),
    }).split('\n')
    expect(loginIn(before ?? '', ['admin'])).toBeUndefined()
    expect(loginIn(behind ?? '', ['admin'])?.outcome).toBe('authorized')
  })
})
