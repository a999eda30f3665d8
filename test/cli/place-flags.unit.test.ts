import { describe, expect, it } from 'vitest'
import { credentialsAdvice } from '../../cli/credentials.ts'
import { placeFlags } from '../../cli/place-flags.ts'

describe('the end of a command that is to look in the same place', () => {
  it.each([
    [undefined, undefined, ''],
    ['eu-west-1', undefined, ' --region eu-west-1'],
    [undefined, 'prod', ' --profile prod'],
    ['eu-west-1', "Ann's own; id", " --region eu-west-1 --profile 'Ann'\\''s own; id'"],
  ])('for Region %s and profile %s is%s', (region, profile, flags) => {
    expect(placeFlags({ region, profile })).toBe(flags)
  })

  it.each(['CredentialsProviderError', 'ExpiredToken'])('is that of a login, too, after %s', (name) => {
    expect(credentialsAdvice({ name, message: 'x' }, 'prod')).toContain('aws sso login --profile prod')
    expect(credentialsAdvice({ name, message: 'x' }, undefined)).toMatch(/aws sso login\b(?! --)/)
  })
})
