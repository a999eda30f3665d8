import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { randomPassword } from '../../../lambdas/adapters/postgres/random-password.ts'

describe('randomPassword', () => {
  it('is 40 letters and digits', () => {
    for (let i = 0; i < 100; i++) expect(randomPassword(randomBytes)).toMatch(/^[A-Za-z0-9]{40}$/)
  })

  it('throws away the bytes that would make some letters likelier than others', () => {
    const given = [Buffer.alloc(40, 255), Buffer.alloc(40, 248), Buffer.alloc(40, 247), Buffer.alloc(40, 0)]
    expect(randomPassword(() => given.shift() ?? Buffer.alloc(0))).toBe('9'.repeat(40))
    expect(given).toHaveLength(1)
  })
})
