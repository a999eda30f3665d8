import {
  deployedProvider,
  type ProviderSetting,
} from '../../lambdas/adapters/http-api-key/deployed-provider.ts'
import type { HttpProvider } from '../../lambdas/adapters/http-api-key/provider.ts'
import { expecting, type Problem } from './problems.ts'

/** A definition as the functions will use it, or what they would refuse. */
export type ReadProvider =
  | { readonly provider: HttpProvider; readonly problems: readonly [] }
  | { readonly provider?: undefined; readonly problems: readonly Problem[] }

/** Whose fields are told by the names that the user gave them. */
const SETTING = 'OVERLAP_PROVIDER'

/** Asks the functions' own validation. */
export function readProvider(subject: string, setting: ProviderSetting): ReadProvider {
  try {
    return { provider: deployedProvider(setting, SETTING).provider, problems: [] }
  } catch (error) {
    return { problems: [refused(subject, error)] }
  }
}

/** Is there room beside the keys that are in use? `secrets`: how many hold one of the account. */
export function roomProblems(subject: string, { keys }: HttpProvider, secrets: number): Problem[] {
  const expect = expecting(subject)
  if (keys < 2)
    return expect(
      false,
      'CANNOT_OVERLAP',
      'definition.keys',
      `must be 2 or more: a provider that allows ${keys} key cannot have a second one work beside it. Each rotation would be a swap, in which requests fail until ` +
        'every consumer has read the new key, and that is not offered',
    )
  return expect(
    secrets < keys,
    'CANNOT_OVERLAP',
    'secrets',
    `must be fewer than the ${keys} keys that the account may have: each secret holds one, and a rotation needs one more; there are ${secrets}`,
  )
}

/** Anything but a refusal is a mistake of ours, and thrown. */
function refused(subject: string, error: unknown): Problem {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'CONFIGURATION_INVALID') throw error
  const [field = '', ...message] = error.message.replaceAll(`${SETTING}.`, '').split(/ (must be .*)$/s)
  return { code: 'PROVIDER_INVALID', subject, field, message: message.join('') }
}
