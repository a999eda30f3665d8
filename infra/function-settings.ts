import type { Kind } from './kinds.ts'

/** What is the same for a function wherever it is deployed. */
export interface FunctionSettings {
  readonly timeoutSeconds: number
  readonly memoryMb: number
}

/** A function's name is its file's in `lambdas/handlers`. */
export type HandlerName =
  | `${'rotate' | 'retire'}-${Kind}`
  | 'sweep'
  | 'rollout'
  | 'rollout-kubernetes'
  | 'operate'
  | 'view'
  | 'revoke'
  | 'acknowledge'
  | 'adopt'
  | 'report'
  | 'inventory'

/** Those that a deployment has once, outside any network. */
export type OutsideNetworks = Exclude<
  HandlerName,
  `${'rotate' | 'retire'}-${Kind}` | 'rollout-kubernetes' | 'adopt'
>

/** Every bundle exports its handler under this name. */
export const HANDLER = 'index.handler'

/**
 * A rotation step waits for a paused Aurora to wake, 15 s or more, and still has to say why it failed. Lambda gives computing power in proportion to memory, which
 * the rotation spends on its SCRAM verifier. One pass of the sweep waits for several retirements, one after another; `operate` and `adopt` wait for a function that
 * logs in at a database, and `adopt` may wait a minute for rights to spread, make a user and check it. Somebody who looks at a dashboard waits for `inventory`. A rollout
 * function asks one platform about one consumer and does not wait for it. `view` looks at all secrets, one after another. A rotation step of keys waits until a new key is
 * known everywhere, which takes seconds; what it computes is nothing.
 */
export const functionSettings: Readonly<Record<HandlerName, FunctionSettings>> = {
  'rotate-postgres': { timeoutSeconds: 60, memoryMb: 512 },
  'retire-postgres': { timeoutSeconds: 60, memoryMb: 256 },
  'rotate-iam-access-key': { timeoutSeconds: 60, memoryMb: 256 },
  'retire-iam-access-key': { timeoutSeconds: 60, memoryMb: 256 },
  'rotate-http-api-key': { timeoutSeconds: 60, memoryMb: 256 },
  'retire-http-api-key': { timeoutSeconds: 60, memoryMb: 256 },
  sweep: { timeoutSeconds: 300, memoryMb: 256 },
  rollout: { timeoutSeconds: 60, memoryMb: 256 },
  'rollout-kubernetes': { timeoutSeconds: 60, memoryMb: 512 },
  operate: { timeoutSeconds: 300, memoryMb: 256 },
  view: { timeoutSeconds: 300, memoryMb: 256 },
  revoke: { timeoutSeconds: 300, memoryMb: 256 },
  acknowledge: { timeoutSeconds: 60, memoryMb: 256 },
  adopt: { timeoutSeconds: 300, memoryMb: 256 },
  report: { timeoutSeconds: 120, memoryMb: 256 },
  inventory: { timeoutSeconds: 30, memoryMb: 256 },
}
