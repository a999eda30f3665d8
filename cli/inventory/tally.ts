import type { Entry } from '../../lambdas/inventory/entry.ts'
import type { State } from '../../lambdas/inventory/states.ts'
import { exitStatus } from '../exit-status.ts'

/** What was listed, in numbers. */
export interface Tally {
  secrets: number
  accessKeys: number
  readonly inState: Map<State, number>
}

export function emptyTally(): Tally {
  return { secrets: 0, accessKeys: 0, inState: new Map() }
}

export function count(tally: Tally, { type, states }: Entry): void {
  if (type === 'secret') tally.secrets += 1
  else tally.accessKeys += 1
  for (const state of states) tally.inState.set(state, (tally.inState.get(state) ?? 0) + 1)
}

/** `complete`: everything was seen, and the age of everything is known. What is stale is so whatever else could not be seen. */
export function statusOf({ inState }: Tally, complete: boolean): number {
  if (inState.has('STALE')) return exitStatus.STALE
  return complete ? exitStatus.WELL : exitStatus.NOT_WELL
}
