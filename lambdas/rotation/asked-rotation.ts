import type { CheckResult } from './check.ts'
import type { Provisioned } from './provision.ts'

/** A rotation function as people and deployments reach it, by the secret's ARN. Rejects with OverlapError carrying the code that the function reported. */
export interface AskedRotation {
  check(secretId: string): Promise<CheckResult>
  provision(secretId: string): Promise<Provisioned>
}
