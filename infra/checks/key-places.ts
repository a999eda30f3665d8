import type { AccessKeysConfig, ProviderConfig } from '../keys-config.ts'
import type { Kind } from '../kinds.ts'
import { placeNameProblems, stackPartProblems } from '../names.ts'
import type { SecretNature } from '../policy-tags.ts'
import type { AnyPolicy } from '../rotation-policy.ts'
import { arnProblems, keyArn, optionalArn, type Place, secretArn, userArn } from './arns.ts'
import { existingSecretProblems } from './existing-secret.ts'
import { expecting, found, type Problem } from './problems.ts'
import { readProvider, roomProblems } from './provider.ts'
import { type Declared, secretProblems } from './secret.ts'
import { stackSizeProblems } from './stack-size.ts'

/** The environment that keys are in. */
export interface KeySurroundings extends Declared {
  readonly deployment: string
  readonly place: Place
  /** Names of its networks. */
  readonly networks: readonly string[]
}

/** Everything that is wrong with a group of access keys and the secrets listed in it. */
export function accessKeysProblems(
  subject: string,
  name: string,
  { userArns = [], secretKeyArns = [], secrets }: AccessKeysConfig,
  around: KeySurroundings,
): Problem[] {
  const { place } = around
  return [
    ...nameProblems(subject, name, 'iam-access-key', around),
    ...userArns.flatMap((arn) => arnProblems(arn, userArn, place, { subject, field: 'userArns' })),
    ...secretKeyArns.flatMap((arn) => arnProblems(arn, keyArn, place, { subject, field: 'secretKeyArns' })),
    ...stackSizeProblems(subject, secrets, 'Move the last ones to a second group'),
    ...secrets.flatMap((secret) => {
      const of = `${subject}, secret ${secret.name}`
      const nature = natureOf('iam-access-key', { iamUser: secret.userArn.split('/').at(-1) ?? '' })
      const user = arnProblems(secret.userArn, userArn, place, { subject: of, field: 'userArn' })
      return [...user, ...(user.length > 0 ? [] : keySecretProblems(of, secret, nature, around))]
    }),
  ]
}

/** Everything that is wrong with a provider and the secrets listed in it. */
export function providerConfigProblems(
  subject: string,
  name: string,
  config: ProviderConfig,
  around: KeySurroundings,
): Problem[] {
  const { place, networks } = around
  const { definition, with: given = {}, network, adminSecretArn, adminSecretKeyArn } = config
  const { secretKeyArns = [], secrets } = config
  const { problems, provider } = readProvider(subject, { name, definition, adminSecretArn, with: given })
  const admin = arnProblems(adminSecretArn, secretArn, place, { subject, field: 'adminSecretArn' })
  const nature = natureOf('http-api-key', { tellsUse: provider?.lastUsed !== undefined })
  return [
    ...nameProblems(subject, name, 'http-api-key', around),
    ...expecting(subject)(
      network === undefined || networks.includes(network),
      'NETWORK_UNKNOWN',
      'network',
      `must be one of ${networks.join(', ')}; ${found(network)}`,
    ),
    ...(admin.length > 0 ? admin : problems),
    ...(provider === undefined ? [] : roomProblems(subject, provider, secrets.length)),
    ...optionalArn(adminSecretKeyArn, keyArn, place, { subject, field: 'adminSecretKeyArn' }),
    ...secretKeyArns.flatMap((arn) => arnProblems(arn, keyArn, place, { subject, field: 'secretKeyArns' })),
    ...stackSizeProblems(
      subject,
      secrets,
      'Move the last ones to a second provider with the same definition',
    ),
    // Of a definition that is not understood, nobody can say what it tells.
    ...(provider === undefined
      ? []
      : secrets.flatMap((secret) =>
          keySecretProblems(`${subject}, secret ${secret.name}`, secret, nature, around),
        )),
  ]
}

/** It ends the names of functions and of a stack. */
function nameProblems(subject: string, name: string, kind: Kind, { deployment }: KeySurroundings): Problem[] {
  return [...placeNameProblems(subject, deployment, kind, name), ...stackPartProblems(subject, name)]
}

function natureOf(kind: Kind, told: Partial<SecretNature>): SecretNature {
  return { kind, isNew: false, loginLogs: [], tellsUse: true, ...told }
}

function keySecretProblems(
  subject: string,
  secret: AnyPolicy & { readonly name: string; readonly arn: string; readonly keyArn?: string },
  nature: SecretNature,
  around: KeySurroundings,
): Problem[] {
  return [
    ...secretProblems(subject, secret, nature, around),
    ...optionalArn(secret.keyArn, keyArn, around.place, { subject, field: 'keyArn' }),
    ...existingSecretProblems(subject, secret, around.place),
  ]
}
