import { describe, expect, expectTypeOf, it } from 'vitest'
import type { HttpProvider } from '../../../lambdas/adapters/http-api-key/provider.ts'
import { validProvider } from '../../../lambdas/adapters/http-api-key/validation.ts'
import { mailDefinition } from '../../../sandbox/provider/definition.ts'

describe('the definition of the provider', () => {
  it('has the form that the adapter documents', () => {
    expectTypeOf(mailDefinition()).toExtend<HttpProvider>()
  })

  it.each([
    ['as it is deployed', {}],
    [
      'with the place where it is',
      { host: 'localhost:40001', ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
    ],
  ])('is valid %s', (_what, place) => {
    expect(validProvider(mailDefinition(place))).toEqual({ ...mailDefinition(place), with: {} })
  })
})
