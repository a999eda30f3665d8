import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'

export const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf'

/** A healthy secret with rotation on, and whatever a row of a table says differently. */
export function secretWith(
  versions: Readonly<Record<string, readonly string[]>>,
  different: Partial<SecretDescription> = {},
): SecretDescription {
  return {
    arn: SECRET_ARN,
    name: 'app/db',
    rotationEnabled: true,
    rotationFunction: 'arn:aws:lambda:us-east-1:123456789012:function:rotate-postgres',
    owningService: undefined,
    deleted: false,
    lastChanged: new Date(0),
    lastRotated: undefined,
    created: undefined,
    tags: new Map(),
    replicas: [],
    primaryRegion: undefined,
    versions: new Map(Object.entries(versions)),
    ...different,
  }
}
