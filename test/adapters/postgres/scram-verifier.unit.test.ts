import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { scramVerifier } from '../../../lambdas/adapters/postgres/scram-verifier.ts'

describe('scramVerifier', () => {
  it('holds the server key that RFC 7677 signs its example with', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    const verifier = await scramVerifier('pencil', salt)
    const match =
      /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/.exec(
        verifier,
      )
    const authMessage =
      'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    const signature = createHmac('sha256', Buffer.from(match?.[2] ?? '', 'base64'))
      .update(authMessage)
      .digest('base64')
    expect(signature).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  })

  it('is the same for spellings of a password that SASLprep makes one', async () => {
    const salt = Buffer.alloc(16, 7)
    expect(await scramVerifier('a\u00A0b\u00AD\u2168', salt)).toBe(await scramVerifier('a bIX', salt))
  })
})
