import { settle } from '../fakes/settle.ts'
import { DRAIN_MS, HOUR_MS, MINUTE_MS, QUARANTINE_MS, type World, world } from '../fakes/world.ts'
import { NOW, OLD } from './draining.ts'
import { SECRET_ARN } from './secret.ts'

/** How far OLD, which drains, is on its way out when something begins. NOW is AWSCURRENT. */
export type Stage = 'drained' | 'disabled' | 'quarantined' | 'removed'

/** Sweeps up to this stage: `drained` and `quarantined` are where the next pass disables, and removes. */
export async function on(stage: Stage): Promise<World> {
  const on = world({}, 'draining')
  await on.sweep().run()
  on.clock.now += DRAIN_MS + MINUTE_MS
  if (stage === 'drained') return on
  await on.sweep().run()
  on.clock.now += stage === 'disabled' ? MINUTE_MS : QUARANTINE_MS + MINUTE_MS
  if (stage === 'disabled' || stage === 'quarantined') return on
  await on.sweep().run()
  on.clock.now += MINUTE_MS
  return on
}

export const stateOfOld = ({ target }: World) => target.slot('a').stamp?.state

export const asked = (action: 'enable' | 'restore') =>
  ({ action, secretId: SECRET_ARN, versionId: OLD, evenIfUsed: false }) as const

export const rollBackByHand = (world: World) => {
  world.secret.moveLabel('AWSCURRENT', { from: NOW, to: OLD })
  world.excuse()
}

/** Lets sweeps go on until nothing drains and AWSCURRENT works. */
export async function rest(played: World): Promise<boolean> {
  const { secret, target, current } = played
  const passes = Math.ceil((2 * (DRAIN_MS + QUARANTINE_MS) + 6 * HOUR_MS) / (30 * MINUTE_MS))
  return settle(played, () => secret.holder('DRAINING') === undefined && target.works(current()), passes)
}
