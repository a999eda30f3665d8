import { callSignal, type RemainingTime, spareTime } from '../../rotation/deadline.ts'
import { type Environment, jsonVariable } from '../../rotation/environment.ts'
import { OverlapError } from '../../rotation/errors.ts'
import type { HeldValues } from '../adapter.ts'
import { networks } from './addresses.ts'
import type { HttpPlaceOptions } from './asking.ts'
import { type DeployedProvider, deployedProvider } from './deployed-provider.ts'
import { httpClient } from './http-client.ts'
import type { HttpApiKeyOptions } from './options.ts'
import { pace } from './pace.ts'
import type { HttpProvider } from './provider.ts'

const DEFAULT_BYTES = 262_144

/** How a provider is reached: over TLS, within its limits. */
export function exchangeWith({ allowAddresses = [], ca, limits }: HttpProvider) {
  return httpClient({ allowed: networks(allowAddresses), ca, bytes: limits?.bytes ?? DEFAULT_BYTES })
}

/**
 * What a function for keys of a provider takes from its environment, joined with what one invocation brings. Variable: OVERLAP_PROVIDER. Throws `CONFIGURATION_INVALID`
 * naming the field.
 */
export function httpApiKeyWiring(
  environment: Environment,
  adminsFor: (signal: () => AbortSignal) => HttpPlaceOptions['admins'],
) {
  const { name, adminSecretArn, provider } = settingIn(environment)
  const shared = {
    name,
    adminSecretArn,
    provider,
    exchange: exchangeWith(provider),
    pace: pace(provider.rate, Date.now),
  }

  return (secret: { readonly arn: string }, context: RemainingTime, held: HeldValues): HttpApiKeyOptions => ({
    ...shared,
    secretArn: secret.arn,
    held,
    admins: adminsFor(() => callSignal(context)),
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    remaining: () => spareTime(context),
  })
}

function settingIn(environment: Environment): DeployedProvider {
  const expected = 'JSON of the form {"name": "...", "definition": ..., "adminSecretArn": "arn:..."}'
  const isThere = (value: unknown): value is object => typeof value === 'object' && value !== null
  const setting = jsonVariable(environment, 'OVERLAP_PROVIDER', expected, isThere)
  if (setting === undefined)
    throw new OverlapError('CONFIGURATION_INVALID', `OVERLAP_PROVIDER must be ${expected}`)
  return deployedProvider(setting)
}
