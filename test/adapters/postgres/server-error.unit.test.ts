import { describe, expect, it } from 'vitest'
import { redacted, rolledBack, statementFailed } from '../../../lambdas/adapters/postgres/server-error.ts'

const none = new Set<string>()
const serverError = (code: string, message = 'said no', severity = 'ERROR') =>
  Object.assign(new Error(message), { code, severity })

describe('redacted', () => {
  it('keeps the state and the message, without secrets and without anything else the driver knows', () => {
    const error = Object.assign(serverError('42601', 'near "CANARY-1" and CANARY-2, CANARY-1'), {
      detail: 'CANARY-1',
      where: 'CANARY-1',
      query: 'CANARY-1',
      client: { password: 'CANARY-1' },
    })
    const clean = redacted(error, new Set(['CANARY-1', 'CANARY-2']))
    expect(clean.message).toBe('42601: near "[secret]" and [secret], [secret]')
    expect(Object.keys(clean)).toEqual([])
    expect(clean.stack).not.toContain('CANARY')
  })

  it.each([undefined, null, 'CANARY', 7, {}])('makes an error even of %j', (thrown) => {
    expect(redacted(thrown, none).message).toBe('unknown error')
  })
})

describe('statementFailed', () => {
  it.each([
    ['25006', 'said no', 'UNREACHABLE'],
    ['0A000', 'cannot set transaction read-write mode during recovery', 'UNREACHABLE'],
    ['0A000', 'something else', 'DATABASE_FAILED'],
    ['55P03', 'said no', 'LOCK_TIMEOUT'],
    ['40P01', 'said no', 'LOCK_TIMEOUT'],
    ['40001', 'said no', 'LOCK_TIMEOUT'],
    ['XX000', 'tuple concurrently updated', 'LOCK_TIMEOUT'],
    ['XX000', 'cache lookup failed', 'DATABASE_FAILED'],
    ['57014', 'said no', 'TIME_UP'],
    ['25P03', 'said no', 'UNREACHABLE'],
    ['57P01', 'said no', 'UNREACHABLE'],
    ['08006', 'said no', 'UNREACHABLE'],
    ['42501', 'said no', 'ADMIN_LACKS_RIGHT'],
    ['42601', 'said no', 'DATABASE_FAILED'],
  ])('means by %s (%s) %s', (state, message, code) => {
    expect(statementFailed(serverError(state, message), 'db:5432', none)).toMatchObject({
      code,
      message: expect.stringContaining('db:5432'),
    })
  })

  it('knows nothing when the network speaks', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    expect(statementFailed(reset, 'db:5432', none).code).toBe('UNREACHABLE')
  })
})

describe('rolledBack', () => {
  it('is certain only when the server said ERROR', () => {
    expect(rolledBack(serverError('42501'))).toBe(true)
    expect(rolledBack(serverError('57P01', 'terminating', 'FATAL'))).toBe(false)
    expect(rolledBack(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))).toBe(false)
  })
})
