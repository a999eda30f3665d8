import { describe, expect, it } from 'vitest'
import { httpApiKeyWiring } from '../../../lambdas/adapters/http-api-key/wiring.ts'
import { small } from './definition.ts'

const admins = () => ({ read: async () => 'tok', forget: () => {} })
const setting = {
  name: 'mail',
  definition: small,
  adminSecretArn: 'arn:aws:secretsmanager:us-east-1:1:secret:a-AbCdEf',
}

describe('a function for keys of a provider', () => {
  it('takes the provider from its environment, and the secret and the time from an invocation', () => {
    const options = httpApiKeyWiring({ OVERLAP_PROVIDER: JSON.stringify(setting) }, admins)
    const held = { labelled: async () => [], of: async () => undefined }
    const made = options({ arn: 'arn:secret' }, { getRemainingTimeInMillis: () => 60_000 }, held)
    expect(made).toMatchObject({ name: 'mail', secretArn: 'arn:secret', provider: { origin: small.origin } })
    expect([made.adminSecretArn, made.held]).toEqual([setting.adminSecretArn, held])
    // Enough is left for the last call and the answer.
    expect(made.remaining()).toBe(54_000)
  })

  it.each([
    ['nothing', undefined, 'OVERLAP_PROVIDER must be JSON'],
    ['no JSON', '{', 'OVERLAP_PROVIDER must be JSON'],
    ['null', 'null', 'OVERLAP_PROVIDER must be JSON'],
    [
      'a definition that is refused',
      JSON.stringify({ ...setting, definition: { ...small, keys: 'two' } }),
      'OVERLAP_PROVIDER.definition.keys',
    ],
  ])('does not start with %s', (_what, text, why) => {
    const start = () => httpApiKeyWiring({ OVERLAP_PROVIDER: text }, admins)
    expect(start).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
    expect(start).toThrow(why)
  })
})
