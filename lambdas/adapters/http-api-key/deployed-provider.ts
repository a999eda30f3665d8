import { ready } from './definitions/ready.ts'
import { isObject, wrong } from './fields.ts'
import type { HttpProvider } from './provider.ts'
import { validProvider } from './validation.ts'

/** What a deployment says of the provider whose keys a pair of functions rotates: the variable OVERLAP_PROVIDER, as JSON. */
export interface ProviderSetting {
  /** The provider's name in the deployment. */
  readonly name: string
  /** A ready definition by its name, such as `sendgrid`, or one of the deployment's own. */
  readonly definition: string | HttpProvider
  /** Of the secret that the provider's account is managed with. */
  readonly adminSecretArn: string
  /** Values of `{{with.x}}` of the definition. */
  readonly with?: Readonly<Record<string, string>>
}

export interface DeployedProvider {
  readonly name: string
  readonly adminSecretArn: string
  /** Complete and consistent. */
  readonly provider: HttpProvider
}

/** Asks nobody anything, so that a synthesis can ask the same. Throws `CONFIGURATION_INVALID` naming the field, which begins with `field`. */
export function deployedProvider(setting: unknown, field = 'OVERLAP_PROVIDER'): DeployedProvider {
  if (!isObject(setting)) wrong(field, 'an object with name, definition and adminSecretArn')
  const { name, definition, adminSecretArn, with: given = {}, ...others } = setting
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    wrong(`${field}.${unknown}`, 'left out: known are name, definition, adminSecretArn, with')
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name))
    wrong(`${field}.name`, 'lower-case letters, digits and -')
  if (typeof adminSecretArn !== 'string' || !adminSecretArn.startsWith('arn:'))
    wrong(`${field}.adminSecretArn`, 'the ARN of a secret')
  if (!isObject(given)) wrong(`${field}.with`, 'an object of texts')
  for (const [key, value] of Object.entries(given))
    if (typeof value !== 'string') wrong(`${field}.with.${key}`, 'a text')
  const written =
    typeof definition === 'string'
      ? Object.entries(ready).find(([known]) => known === definition)?.[1]
      : definition
  if (written === undefined)
    wrong(`${field}.definition`, `one of ${Object.keys(ready).join(', ')}, or a definition`)
  const provider = validProvider(written, given as Readonly<Record<string, string>>, `${field}.definition`)
  return { name, adminSecretArn, provider }
}
