import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'

export const NOW = Date.parse('2026-11-25T12:00:00Z')
export const DAY = 86_400_000
export const REGION = 'eu-west-1'
export const OUR_FUNCTION = `arn:aws:lambda:${REGION}:111122223333:function:overlap-rotate-postgres-main`

export const daysAgo = (days: number) => new Date(NOW - days * DAY)
export const arnOf = (name: string) => `arn:aws:secretsmanager:${REGION}:111122223333:secret:${name}-AbCdEf`

/** A secret that nobody rotates, a year old and replaced once, changed as asked. */
export function listed(name: string, changes: Partial<ListedSecret> = {}): ListedSecret {
  return {
    arn: arnOf(name),
    name,
    description: undefined,
    rotationEnabled: false,
    rotationFunction: undefined,
    owningService: undefined,
    deleted: false,
    lastChanged: daysAgo(1),
    lastRotated: undefined,
    lastAccessed: undefined,
    nextRotation: undefined,
    created: daysAgo(365),
    keyId: undefined,
    replicas: [],
    primaryRegion: undefined,
    tags: new Map(),
    versions: new Map([
      ['new', ['AWSCURRENT']],
      ['old', ['AWSPREVIOUS']],
    ]),
    ...changes,
  }
}

export const tagged = (tags: Readonly<Record<string, string>>) => new Map(Object.entries(tags))

/** A secret that the deployment rotates weekly, rotated a day ago. */
export function ours(
  name: string,
  changes: Partial<ListedSecret> = {},
  tags: Readonly<Record<string, string>> = {},
): ListedSecret {
  return listed(name, {
    rotationEnabled: true,
    rotationFunction: OUR_FUNCTION,
    lastRotated: daysAgo(1),
    tags: tagged({
      'overlap:kind': 'postgres',
      'overlap:owner': 'team-shop',
      'overlap:schedule': 'weekly',
      'overlap:mode': 'enforce',
      ...tags,
    }),
    ...changes,
  })
}
