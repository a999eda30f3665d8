import { Duration } from 'aws-cdk-lib'

/** What the functions assume where a tag is missing (lambdas/rotation/policy.ts). */
export const DEFAULT_DRAIN = Duration.hours(24)
export const DEFAULT_QUARANTINE = Duration.hours(48)
export const DEFAULT_MAXIMUM_AGE = Duration.days(90)
