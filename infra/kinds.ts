import { Duration } from 'aws-cdk-lib'

/** What can be rotated: an adapter in `lambdas/adapters`, a rotation and a retire function in `lambdas/handlers`. */
export type Kind = 'postgres' | 'iam-access-key' | 'http-api-key'

/**
 * How late the use of a credential may be told. A PostgreSQL server tells the sessions of this very moment; whoever keeps a key tells of its use hours later.
 */
interface Lag {
  /** Where nobody says how late (lambdas/rotation/policy.ts). */
  readonly byDefault: Duration
  readonly atLeast: Duration
}

const NONE = Duration.hours(0)

export const lags: Readonly<Record<Kind, Lag>> = {
  postgres: { byDefault: NONE, atLeast: NONE },
  'iam-access-key': { byDefault: Duration.hours(24), atLeast: Duration.hours(4) },
  'http-api-key': { byDefault: Duration.hours(24), atLeast: NONE },
}

/** Does the place that accepts the credential choose its value? */
export function mints(kind: Kind): boolean {
  return kind !== 'postgres'
}
