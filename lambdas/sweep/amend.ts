import type { Scene } from './retirement.ts'
import { type SweepState, stateOf } from './state.ts'
import type { Visiting } from './visiting.ts'

export type Amending = Pick<Visiting, 'store' | 'catalog' | 'now'>

/**
 * Changes what the tag holds at this moment, which others write, too: a person's function that has disabled the version, or a second sweep. `undefined`: nothing is
 * written.
 */
export async function amend(
  { store, catalog, now }: Amending,
  secretId: string,
  change: (state: SweepState) => SweepState | undefined,
): Promise<void> {
  const changed = change(stateOf(await store.describe(secretId), now()))
  if (changed !== undefined) await catalog.saveState(secretId, changed)
}

/** Has somebody disabled the version since the scene was looked at? Then what was decided on it is not done. */
export function isOffMeanwhile({ state }: Scene, { drain }: SweepState, version: string): boolean {
  return drain?.version === version && drain.off !== undefined && drain.off !== state.drain?.off
}
