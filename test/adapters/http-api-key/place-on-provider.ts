import { afterEach, expect } from 'vitest'
import { httpMinting } from '../../../lambdas/adapters/http-api-key/minting.ts'
import type { HttpApiKeyOptions } from '../../../lambdas/adapters/http-api-key/options.ts'
import { httpKeyPlace } from '../../../lambdas/adapters/http-api-key/place.ts'
import { httpRevoking } from '../../../lambdas/adapters/http-api-key/revoking.ts'
import { OverlapError } from '../../../lambdas/rotation/errors.ts'
import { type Provider, type ProviderOptions, startProvider } from '../../../sandbox/provider/server.ts'
import { type OnProvider, optionsOn } from './on-provider.ts'

let running: Provider | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

/** One for a test, which ends with it. */
export async function started(options: ProviderOptions = {}): Promise<Provider> {
  running = await startProvider(options)
  return running
}

/** All that can be asked of a place, for a rotation and for a retirement. */
export const placeOf = (options: HttpApiKeyOptions) => ({
  ...httpKeyPlace(options),
  ...httpMinting(options),
  ...httpRevoking(options),
})

export const on = (provider: Provider, given: OnProvider = {}) => placeOf(optionsOn(provider, given))

/** What a call is refused with; it must hold nothing that opens anything. */
export async function refusedWith(
  call: Promise<unknown>,
  ...secrets: readonly string[]
): Promise<OverlapError> {
  const error = await call.then(
    () => expect.unreachable('the call was to fail'),
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(OverlapError)
  const { message, stack, cause, detail } = error as OverlapError
  const told = JSON.stringify([message, stack, `${cause}`, detail])
  for (const secret of [...secrets, 'mk_', 'adm_', 'Bearer']) expect(told).not.toContain(secret)
  return error as OverlapError
}

export const asked = (provider: Provider) => provider.calls().map(({ route }) => route)
