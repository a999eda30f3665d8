import { describe, expect, it } from 'vitest'
import { keyRetirer } from '../../lambdas/adapters/keys/retirer.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import { fakeKeyCodec } from '../fakes/key-place.ts'
import { OLD } from './draining.ts'
import { rotatedKey } from './rotated-key.ts'
import { SECRET_ARN } from './secret.ts'

describe('a key that somebody stores as AWSCURRENT in the moment when it is retired', () => {
  it.each(['KEY0001', 'another id'])('is put back, though the value calls it %s', async (keyId) => {
    const { first, server, secret, store, options } = rotatedKey()
    const retirer = keyRetirer(options(() => 60_000))
    const raced: typeof retirer = {
      ...retirer,
      disable: async (credential, context) => {
        await retirer.disable(credential, context)
        expect(server.works(first)).toBe(false)
        secret.putByHand(fakeKeyCodec.serialize({ ...first, keyId }))
      },
    }
    expect(first.keyId).toBe('KEY0001')
    const request = { action: 'disable', secretId: SECRET_ARN, versionId: OLD, evenIfUsed: false } as const
    await expect(retire({ store, retirerFor: () => raced }, request)).rejects.toMatchObject({
      code: 'PRINCIPAL_IN_USE',
    })
    expect(server.works(first)).toBe(true)
  })
})
