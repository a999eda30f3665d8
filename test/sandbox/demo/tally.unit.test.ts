import { describe, expect, it } from 'vitest'
import { failureKind, WrongAnswer } from '../../../sandbox/demo/failure-kind.ts'
import { between, Tally } from '../../../sandbox/demo/tally.ts'

function tallyAt(start: number) {
  let now = start
  const tally = new Tally(['one', 'two'], () => now)
  return {
    tally,
    passes: (ms: number) => {
      now += ms
    },
  }
}

describe('the tally', () => {
  it('counts queries, logins, and failures by kind', () => {
    const { tally } = tallyAt(0)
    tally.login()
    tally.query('one')
    tally.query('one')
    tally.failed('login refused')
    tally.failed('login refused')
    tally.failed('connection lost')

    expect(tally.traffic()).toEqual({
      queries: 2,
      logins: 1,
      failures: { 'login refused': 2, 'connection lost': 1 },
    })
  })

  it('knows a client that never did anything', () => {
    const { tally } = tallyAt(0)
    tally.query('one')

    expect(tally.leastBusy).toBe(0)
  })

  it('does not take a passing client for one of the fleet', () => {
    const { tally } = tallyAt(0)
    for (const client of ['one', 'one', 'two', 'two', 'report']) tally.query(client)

    expect(tally.leastBusy).toBe(2)
    expect(tally.traffic().queries).toBe(5)
  })

  it('calls a version rolled out when the last client came to it', () => {
    const { tally, passes } = tallyAt(1000)
    tally.worked('one', 'v2')
    expect(tally.rolledOut('v2')).toBeUndefined()

    passes(250)
    tally.worked('two', 'v2')
    passes(250)
    tally.worked('one', 'v2')

    expect(tally.rolledOut('v2')).toBe(1250)
    expect(tally.rolledOut('v3')).toBeUndefined()
  })

  it('does not call a version rolled out that a client has left, nor one that only others came to', () => {
    const { tally, passes } = tallyAt(1000)
    for (const client of ['one', 'two']) tally.worked(client, 'v2')
    passes(250)
    tally.worked('two', 'v3')

    expect(tally.rolledOut('v2')).toBeUndefined()
    expect(tally.rolledOut('v2', ['one'])).toBe(1000)
    expect(tally.rolledOut('v3', ['two'])).toBe(1250)

    passes(250)
    tally.worked('two', 'v2')
    expect(tally.rolledOut('v2')).toBe(1500)
  })

  it('gives the traffic between two moments, without the kinds that did not happen then', () => {
    const before = { queries: 10, logins: 4, failures: { a: 1, b: 2 } }
    const after = { queries: 15, logins: 5, failures: { a: 1, b: 5, c: 1 } }

    expect(between(before, after)).toEqual({ queries: 5, logins: 1, failures: { b: 3, c: 1 } })
  })
})

describe('the kind of a failure', () => {
  const withCode = (code: string) => Object.assign(new Error('secret text'), { code })

  it.each([
    ['a refused password', withCode('28P01'), 'login refused (28P01)'],
    ['an ended session', withCode('57P01'), 'session ended by the server (57P01)'],
    ['a missing right', withCode('42501'), 'permission denied (42501)'],
    ['an SQLSTATE without a name here', withCode('XX000'), 'SQLSTATE XX000'],
    ['a refused connection', withCode('ECONNREFUSED'), 'connection lost'],
    ['a connection that broke', new Error('Connection terminated unexpectedly'), 'connection lost'],
    ['a login that took too long', new Error('timeout expired'), 'connection lost'],
    ['a wrong answer', new WrongAnswer('rows hidden'), 'rows hidden'],
    ['anything else, without its message', new TypeError('secret text'), 'TypeError'],
    ['what is not even an error', undefined, 'unknown'],
  ])('names %s', (_, error, kind) => {
    expect(failureKind(error)).toBe(kind)
  })
})
