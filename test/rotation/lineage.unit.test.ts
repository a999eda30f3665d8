import { describe, expect, it } from 'vitest'
import { lineage } from '../../lambdas/rotation/lineage.ts'

const rotation = { secretId: 'secret', pendingVersionId: 'new', currentVersionId: 'old' }

describe('lineage', () => {
  it('knows nothing that it has not seen', () => {
    const fresh = lineage(() => 0)
    expect([fresh.derived(rotation), fresh.tested(rotation)]).toEqual([false, false])
  })

  it('a rotation that was created here is derived, and not tested', () => {
    const warm = lineage(() => 0)
    warm.remember({ ...rotation, tested: false })
    expect([warm.derived(rotation), warm.tested(rotation)]).toEqual([true, false])
  })

  it('a rotation that passed its test here is tested', () => {
    const warm = lineage(() => 0)
    warm.remember({ ...rotation, tested: true })
    expect([warm.derived(rotation), warm.tested(rotation)]).toEqual([true, true])
  })

  it.each([
    { ...rotation, secretId: 'other' },
    { ...rotation, pendingVersionId: 'other' },
    { ...rotation, currentVersionId: 'other' },
  ])('says nothing of a rotation that differs: %o', (other) => {
    const warm = lineage(() => 0)
    warm.remember({ ...rotation, tested: true })
    expect([warm.derived(other), warm.tested(other)]).toEqual([false, false])
  })

  it.each([
    { seconds: 30, derived: true, tested: true },
    { seconds: 31, derived: true, tested: false },
    { seconds: 600, derived: true, tested: false },
    { seconds: 601, derived: false, tested: false },
  ])('after $seconds seconds it is derived: $derived, tested: $tested', ({ seconds, derived, tested }) => {
    let now = 0
    const warm = lineage(() => now)
    warm.remember({ ...rotation, tested: true })
    now = seconds * 1000
    expect([warm.derived(rotation), warm.tested(rotation)]).toEqual([derived, tested])
  })

  it('remembers the latest rotation alone', () => {
    const warm = lineage(() => 0)
    warm.remember({ ...rotation, tested: true })
    warm.remember({ ...rotation, secretId: 'other', tested: true })
    expect(warm.derived(rotation)).toBe(false)
  })
})
