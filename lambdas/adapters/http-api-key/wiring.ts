import { callSignal, type RemainingTime, spareTime } from '../../rotation/deadline.ts'
import { type Environment, jsonVariable } from '../../rotation/environment.ts'
import { OverlapError } from '../../rotation/errors.ts'
import type { HeldKeys } from '../keys/held.ts'
import type { KeyOptions } from '../keys/options.ts'
import { networks } from './addresses.ts'
import { type HttpApiKey, httpApiKeyCodec } from './credential.ts'
import { type DeployedProvider, deployedProvider } from './deployed-provider.ts'
import { httpClient } from './http-client.ts'
import { pace } from './pace.ts'
import { type HttpPlaceOptions, httpKeyPlace } from './place.ts'

export const KIND = 'http-api-key'
const DEFAULT_BYTES = 262_144

/**
 * What a function for keys of a provider takes from its environment, joined with what one invocation brings. Variable: OVERLAP_PROVIDER. Throws `CONFIGURATION_INVALID` naming the field.
 */
export function httpApiKeyWiring(
  environment: Environment,
  adminsFor: (signal: () => AbortSignal) => HttpPlaceOptions['admins'],
) {
  const deployed = settingIn(environment)
  const { provider } = deployed
  const exchange = httpClient({
    allowed: networks(provider.allowAddresses ?? []),
    ca: provider.ca,
    bytes: provider.limits?.bytes ?? DEFAULT_BYTES,
  })
  const shared = { provider, exchange, pace: pace(provider.rate, Date.now) }

  return (secret: { arn: string }, context: RemainingTime, held: HeldKeys): KeyOptions<HttpApiKey> => {
    const time = {
      now: Date.now,
      sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      remaining: () => spareTime(context),
    }
    const place = httpKeyPlace({
      ...shared,
      ...time,
      secretArn: secret.arn,
      adminSecretArn: deployed.adminSecretArn,
      admins: adminsFor(() => callSignal(context)),
    })
    const codec = httpApiKeyCodec({
      provider: deployed.name,
      endpoint: place.endpoint,
      begins: provider.key.begins,
    })
    return { kind: KIND, place, codec, held, ...time }
  }
}

function settingIn(environment: Environment): DeployedProvider {
  const expected = 'JSON of the form {"name": "...", "definition": ..., "adminSecretArn": "arn:..."}'
  const setting = jsonVariable(
    environment,
    'OVERLAP_PROVIDER',
    expected,
    (value): value is object => typeof value === 'object',
  )
  if (setting === undefined)
    throw new OverlapError('CONFIGURATION_INVALID', `OVERLAP_PROVIDER must be ${expected}`)
  return deployedProvider(setting)
}
