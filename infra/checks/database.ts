import {
  type ExistingSecretConfig,
  isNewSecret,
  type NewSecretConfig,
  type PostgresConfig,
} from '../deployment.ts'
import { stackPartProblems } from '../names.ts'
import type { Settings } from '../overlap-settings.ts'
import { arnProblems, keyArn, optionalArn, type Place, secretArn } from './arns.ts'
import { existingSecretProblems } from './existing-secret.ts'
import { loginLogProblems } from './login-logs.ts'
import { expecting, found, type Problem } from './problems.ts'
import { secretProblems } from './secret.ts'
import { newUserProblems, secretNameProblems, serverProblems } from './server.ts'
import { stackSizeProblems } from './stack-size.ts'

/** Of a security group's id. */
export const groupForm = /^sg-[0-9a-f]{8,17}$/

/** The environment that a database is in. */
export interface Surroundings {
  /** Names of its networks. */
  readonly networks: readonly string[]
  readonly place: Place
  readonly settings: Settings
  /** Names of its Kubernetes clusters. */
  readonly clusters: readonly string[]
}

/** Everything that is wrong with a database and the secrets listed in it. */
export function databaseProblems(
  subject: string,
  name: string,
  database: PostgresConfig,
  { networks, ...around }: Surroundings,
): Problem[] {
  const { place } = around
  const expect = expecting(subject)
  const { kind, network, adminSecretArn, adminSecretKeyArn, engine = 'postgres', securityGroupId } = database
  const { host, port = 5432, dbname = 'postgres', secretKeyArns = [], secrets } = database
  const { replicas = [], replicaSecurityGroupIds = [], loginLogs = [] } = database
  if (kind !== 'postgres')
    return expect(
      false,
      'KIND_UNKNOWN',
      'kind',
      `must be postgres, since keys are listed in accessKeys and providers; ${found(kind)}`,
    )
  return [
    ...stackPartProblems(subject, name),
    ...expect(
      networks.includes(network),
      'NETWORK_UNKNOWN',
      'network',
      `must be one of ${networks.join(', ')}; ${found(network)}`,
    ),
    ...arnProblems(adminSecretArn, secretArn, place, { subject, field: 'adminSecretArn' }),
    ...optionalArn(adminSecretKeyArn, keyArn, place, { subject, field: 'adminSecretKeyArn' }),
    ...secretKeyArns.flatMap((arn) => arnProblems(arn, keyArn, place, { subject, field: 'secretKeyArns' })),
    ...expect(
      engine === 'postgres' || engine === 'aurora-postgresql',
      'SETTING_INVALID',
      'engine',
      `must be postgres or aurora-postgresql; ${found(engine)}`,
    ),
    ...expect(
      securityGroupId === undefined || groupForm.test(securityGroupId),
      'NETWORK_INVALID',
      'securityGroupId',
      `must be the id of a security group; ${found(securityGroupId)}`,
    ),
    ...expect(
      replicaSecurityGroupIds.every((id) => groupForm.test(id)),
      'NETWORK_INVALID',
      'replicaSecurityGroupIds',
      `must each be the id of a security group; ${found(replicaSecurityGroupIds)}`,
    ),
    ...loginLogProblems(subject, loginLogs),
    ...serverProblems(subject, { host, port, dbname, replicas }),
    ...stackSizeProblems(
      subject,
      secrets,
      `Move the last ones to a second database of this environment, such as ${name}-2, with the other fields repeated: it is the same server, and no rotation is turned off. ` +
        "A newUser that was deployed already gets its arn there instead, and mode: 'enforce', since what exists is only observed by default",
    ),
    ...secrets.flatMap((secret) =>
      secretConfigProblems(`${subject}, secret ${secret.name}`, secret, loginLogs, around),
    ),
  ]
}

function secretConfigProblems(
  subject: string,
  secret: ExistingSecretConfig | NewSecretConfig,
  loginLogs: readonly string[],
  { place, settings, clusters }: Omit<Surroundings, 'networks'>,
): Problem[] {
  const isNew = isNewSecret(secret)
  const either = expecting(subject)(
    isNew !== ('arn' in secret && secret.arn !== undefined),
    'SETTING_INVALID',
    isNew ? 'newUser' : 'arn',
    'exactly one of arn (the secret and its user exist) and newUser (both are to be made) must be set',
  )
  if (either.length > 0) return either
  return [
    ...secretProblems(
      subject,
      secret,
      { kind: 'postgres', isNew, loginLogs, tellsUse: true },
      { settings, clusters },
    ),
    ...optionalArn(secret.keyArn, keyArn, place, { subject, field: 'keyArn' }),
    ...(isNewSecret(secret)
      ? [...secretNameProblems(subject, secret.name), ...newUserProblems(subject, secret.newUser)]
      : existingSecretProblems(subject, secret, place)),
  ]
}
