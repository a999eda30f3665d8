import type { CheckResult } from './check.ts'
import type { Provisioned } from './provision.ts'

/** A rotation function as deployments reach it, by the secret's ARN. Rejects with OverlapError carrying the code that the function reported. */
export interface AskedByDeployment {
  check(secretId: string): Promise<CheckResult>
  provision(secretId: string): Promise<Provisioned>
}

/** As people reach it, besides. */
export interface AskedRotation extends AskedByDeployment {
  /**
   * Goes back to the version that drains or is disabled. `to`: its id, where a person named it; otherwise the one with DRAINING, or AWSPREVIOUS where none has that.
   * `from`: the version that is AWSCURRENT as far as the caller knows; another one is refused (`LABELS_MOVED`).
   */
  rollback(secretId: string, wanted: { readonly to?: string; readonly from?: string }): Promise<RolledBack>
  /** After the target was restored from an older copy: AWSCURRENT's value is applied again. */
  repair(secretId: string): Promise<Repaired>
}

export interface RolledBack {
  readonly outcome: 'rolled-back'
  /** The version that is AWSCURRENT now. */
  readonly versionId: string
  /** The version that was, and that drains now. */
  readonly replaced: string
}

export interface Repaired {
  /** `works`: AWSCURRENT worked, and nothing was written. */
  readonly outcome: 'repaired' | 'works'
  readonly versionId: string
}
