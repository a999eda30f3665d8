/**
 * Everything that is wrong with the file that a user edits, told at once. What a construct refuses by itself, it refuses by the same functions.
 */

import type { EnvironmentConfig, OverlapConfig } from '../deployment.ts'
import { DEFAULT_DEPLOYMENT_NAME } from '../names.ts'
import { fieldProblems } from './config-fields.ts'
import { environmentProblems } from './environment.ts'
import { type Problem, repeated } from './problems.ts'

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

function stacksOf({ name, databases }: EnvironmentConfig) {
  const subject = `environment ${name}`
  return [
    { stack: stackName(name), subject },
    ...Object.keys(databases).map((database) => ({
      stack: stackName(name, database),
      subject: `${subject}, database ${database}`,
    })),
  ]
}

export function stackName(environment: string, database?: string): string {
  return ['Overlap', environment, ...(database === undefined ? [] : [database])].join('-')
}
