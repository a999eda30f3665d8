import { describe, expect, it } from 'vitest'
import { secretStoreContract } from '../contracts/secret-store.contract.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { directly } from './process.ts'
import { fakeSecret } from './secret.ts'

function fresh() {
  const clock = { now: 0 }
  return fakeSecret(() => ++clock.now, [[['AWSCURRENT'], 'first']])
}

secretStoreContract('in memory', async () => {
  const secret = fresh()
  const firstVersion = secret.holder('AWSCURRENT') ?? ''
  return {
    store: secret.storeFor(directly),
    secretId: SECRET_ARN,
    firstVersion,
    firstValue: 'first',
    close: async () => {},
  }
})

describe('the secret in memory', () => {
  it('makes a version without a value when a rotation is asked for, and no second one while that waits', () => {
    const secret = fresh()
    secret.rotate()
    const token = secret.holder('AWSPENDING') ?? ''
    expect([secret.value(token), secret.versionIds().length]).toEqual([undefined, 2])
    secret.rotate()
    expect(secret.holder('AWSPENDING')).toBe(token)
  })

  it('takes AWSPENDING off a version that was current and pending, when a person stores another', () => {
    const secret = fresh()
    secret.moveLabel('AWSPENDING', { to: secret.holder('AWSCURRENT') ?? '' })
    secret.putByHand('by hand')
    expect([secret.holder('AWSPENDING'), secret.versionIds().length]).toEqual([undefined, 2])
  })
})
