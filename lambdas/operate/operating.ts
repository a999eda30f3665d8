import type { Journal } from '../evidence/journal.ts'
import type { Watcher } from '../evidence/watcher.ts'
import type { Consumer } from '../rollout/consumer.ts'
import type { AskRollout } from '../rollout/rollout.ts'
import type { AskedRotation } from '../rotation/asked-rotation.ts'
import type { Telemetry } from '../rotation/observed.ts'
import type { SecretDescription } from '../rotation/secret-store.ts'
import type { Pace } from '../sweep/pace.ts'
import type { Deployment } from '../sweep/sight.ts'
import type { Retire } from '../sweep/visiting.ts'
import type { Entry } from './entry.ts'
import type { OperatedSecrets } from './operated-secrets.ts'
import type { Action, RequestOf } from './request.ts'

/** A rotation function and the retire function that goes with it. */
export interface Functions {
  readonly rotate: AskedRotation
  readonly retire: Retire
}

/** What an action may ask, and by whose settings. */
export interface Operating {
  readonly secrets: OperatedSecrets
  /** By the ARN of the rotation function. */
  readonly functions: ReadonlyMap<string, Functions>
  /** The function that rolls a consumer out; undefined where the deployment has none for it. */
  readonly rollouts: (consumer: Consumer) => AskRollout | undefined
  readonly journal: Journal
  readonly watcher: Watcher
  /** As the sweep has them. */
  readonly settings: Deployment
  /** Its name, for the commands that people run. */
  readonly deployment: string
  readonly telemetry: Telemetry
  /** Lets writes of tags through one at a time. */
  readonly pace: Pace
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that may still be spent, the answer apart. */
  readonly spare: () => number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** One secret as it was described, and the functions that rotate and retire it. */
export interface Subject {
  readonly secret: SecretDescription
  readonly functions: Functions
}

/** Does one action for one secret. Throws OverlapError. */
export type Act<A extends Action> = (
  operating: Operating,
  subject: Subject,
  request: RequestOf<A>,
) => Promise<Entry>

export type Actions = { readonly [A in Action]?: Act<A> }
