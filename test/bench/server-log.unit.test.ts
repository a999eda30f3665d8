import { describe, expect, it } from 'vitest'
import { trafficIn } from '../../bench/server-log.ts'

const at = '2026-11-23 17:37:37.002 UTC:127.0.0.1(41268):'
const received = `${at}[unknown]@[unknown]:[16794]:LOG:  connection received: host=127.0.0.1 port=41268`
const authenticated = `${at}app@shop:[16794]:LOG:  connection authenticated: identity="app" method=scram-sha-256 (/data/pg_hba.conf:2)`
const authorized = `${at}app@shop:[16794]:LOG:  connection authorized: user=app database=shop SSL enabled`
const refused = `${at}app@shop:[16794]:FATAL:  password authentication failed for user "app"`
const disconnected = `${at}app@shop:[16794]:LOG:  disconnection: session time: 0:00:00.011 user=app`
const parsed = `${at}app@shop:[16794]:LOG:  PARSER STATISTICS`
const analysed = `${at}app@shop:[16794]:LOG:  PARSE ANALYSIS STATISTICS`
const rewritten = `${at}app@shop:[16794]:LOG:  REWRITER STATISTICS`

const none = { connections: 0, failedLogins: 0, messages: 0, statements: 0 }

describe("the server's log", () => {
  it.each([
    ['nothing', [''], none],
    ['a session', [received, authenticated, authorized, disconnected], { ...none, connections: 1 }],
    [
      'a wrong password',
      [received, refused, received, authenticated, authorized],
      { ...none, connections: 2, failedLogins: 1 },
    ],
    ['a client that leaves before it logs in', [received], { ...none, connections: 1, failedLogins: 1 }],
    [
      'one message of two statements, and one of one',
      [parsed, analysed, rewritten, analysed, rewritten, parsed, analysed, rewritten],
      { ...none, messages: 2, statements: 3 },
    ],
    [
      "a statement whose lines look like the server's",
      [
        `${at}app@shop:[16794]:LOG:  statement: SELECT 1 -- LOG:  connection received: host`,
        '\tLOG:  connection received: host=127.0.0.1',
        `${at}app@shop:[16794]:STATEMENT:  LOG:  PARSER STATISTICS`,
      ],
      none,
    ],
    [
      'a user whose name has the separator in it',
      [received, `${at}a:[1]:b@shop:[16794]:LOG:  connection authorized: user=a:[1]:b database=shop`],
      { ...none, connections: 1 },
    ],
  ])('counts %s', (_, lines, expected) => {
    expect(trafficIn(lines.join('\n'))).toEqual(expected)
  })
})
