import type { Watcher } from '../evidence/watcher.ts'
import type { Consumer } from '../rollout/consumer.ts'
import type { AskRollout } from '../rollout/rollout.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { RetireRequest, RetireResult } from '../rotation/retire-request.ts'
import type { SecretStore } from '../rotation/secret-store.ts'
import type { ListedSecret } from './listed-secret.ts'
import type { SweepMemory } from './memory.ts'
import type { Pace } from './pace.ts'
import type { Deployment } from './sight.ts'
import type { SweepState } from './state.ts'

/** What the sweep alone asks of Secrets Manager. */
export interface SecretCatalog {
  /** Every secret of the account and Region, whoever rotates it. A listing may be minutes late, so nothing is decided on it. */
  list(): AsyncIterable<ListedSecret>
  saveState(secretId: string, state: SweepState): Promise<void>
  /**
   * Asks for a rotation whose version is to have this id. One that is incomplete is tried again by the service, which counts as success. What the
   * service answers to a token whose rotation has finished is not documented; it is never another rotation.
   */
  requestRotation(secretId: string, token: string): Promise<void>
}

/** The retire function that goes with a rotation function. Rejects with OverlapError carrying the code that the function reported. */
export type Retire = (request: RetireRequest) => Promise<RetireResult>

/** What visits to secrets are made with. */
export interface Visiting {
  readonly store: SecretStore
  readonly catalog: SecretCatalog
  /** Rotation function ARN to the retire function that goes with it. */
  readonly retirers: ReadonlyMap<string, Retire>
  /** The function that rolls a consumer out; undefined where the deployment has none for it. */
  readonly rollouts: (consumer: Consumer) => AskRollout | undefined
  readonly watcher: Watcher
  readonly memory: SweepMemory
  readonly deployment: Deployment
  readonly telemetry: Telemetry
  readonly pace: Pace
  /** Milliseconds since the epoch. */
  readonly now: () => number
}
