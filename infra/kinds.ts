import { Duration } from 'aws-cdk-lib'

/** What can be rotated: an adapter in `lambdas/adapters`, a rotation and a retire function in `lambdas/handlers`. */
export type Kind = 'postgres'

/**
 * How late the use of a credential can be seen. A PostgreSQL server tells the sessions of this very moment; the service that keeps an access key tells of its use
 * hours later.
 */
export const evidenceLag: Readonly<Record<Kind, Duration>> = { postgres: Duration.minutes(0) }

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(evidenceLag, kind)
}
