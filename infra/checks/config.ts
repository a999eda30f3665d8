/**
 * Everything that is wrong with the file that a user edits, told at once. What a construct refuses by itself, it refuses by the same functions.
 */

import type { EnvironmentConfig, OverlapConfig } from '../deployment.ts'
import { DEFAULT_DEPLOYMENT_NAME } from '../names.ts'
import { fieldProblems } from './config-fields.ts'
import { environmentProblems } from './environment.ts'
import { listedSecrets } from './listed-secrets.ts'
import { type Problem, repeated } from './problems.ts'
import { userOf } from './users.ts'

export function configProblems({ environments }: OverlapConfig): Problem[] {
  const misshapen = fieldProblems(environments)
  if (misshapen.length > 0) return misshapen
  return [
    ...environments.flatMap((environment) => environmentProblems(environment)),
    ...repeated(
      environments.flatMap(stacksOf),
      ({ stack }) => stack,
      ({ stack, subject }) => ({
        code: 'NAME_INVALID',
        subject,
        field: 'name',
        message: `must differ: the stack ${stack} would be made twice`,
      }),
    ),
    ...repeated(
      environments.flatMap(usersOf),
      ({ user }) => user,
      ({ subject, field, userArn }) => ({
        code: 'USER_TWICE',
        subject,
        field,
        message: `must differ: ${userArn} is that of another secret already. IAM allows a user two keys, and a rotation needs both`,
      }),
    ),
    ...repeated(
      environments,
      ({ account, region, deploymentName = DEFAULT_DEPLOYMENT_NAME }) =>
        `${account} ${region} ${deploymentName}`,
      ({ name, account, region }) => ({
        code: 'DEPLOYMENT_TWICE',
        subject: `environment ${name}`,
        field: 'deploymentName',
        message: `must differ from that of another environment in account ${account} and Region ${region}: functions are called after it`,
      }),
    ),
  ]
}

function stacksOf({ name, databases = {}, accessKeys = {}, providers = {} }: EnvironmentConfig) {
  const subject = `environment ${name}`
  return [
    { stack: stackName(name), subject },
    ...Object.entries({ database: databases, accessKeys, provider: providers }).flatMap(([word, places]) =>
      Object.keys(places).map((place) => ({
        stack: stackName(name, place),
        subject: `${subject}, ${word} ${place}`,
      })),
    ),
  ]
}

/** IAM has no Regions, so that two environments may mean the same user. */
function usersOf(environment: EnvironmentConfig) {
  const subject = `environment ${environment.name}`
  const listed = listedSecrets(environment).flatMap(({ place, name, userArn }) =>
    userArn === undefined
      ? []
      : [{ subject: `${subject}, ${place}, secret ${name}`, field: 'userArn', userArn }],
  )
  const others = Object.entries(environment.accessKeys ?? {}).flatMap(([name, { userArns = [] }]) =>
    userArns.map((userArn) => ({ subject: `${subject}, accessKeys ${name}`, field: 'userArns', userArn })),
  )
  return [...listed, ...others].map((each) => ({ ...each, user: userOf(each.userArn) }))
}

/** `place`: a database, or whatever else lists secrets. */
export function stackName(environment: string, place?: string): string {
  return ['Overlap', environment, ...(place === undefined ? [] : [place])].join('-')
}
