import { expectTypeOf, it } from 'vitest'
import type { HttpProvider } from '../../../lambdas/adapters/http-api-key/provider.ts'
import { mailDefinition } from '../../../sandbox/provider/definition.ts'

it('has the form that the adapter documents', () => {
  expectTypeOf(mailDefinition()).toExtend<HttpProvider>()
})
