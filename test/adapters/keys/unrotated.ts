import { passes as agrees } from '../../contracts/fence.ts'
import { type RigOptions, rig } from './rig.ts'

const DAY_MS = 86_400_000

/** A secret that was never rotated, with a key that was made by hand long ago. */
export function unrotated(given: RigOptions = {}) {
  const all = rig(given)
  const current = all.madeByHand()
  all.holds('v1', current)
  all.passes(30 * DAY_MS)
  const create = (versionId = 'v2') => all.adapter().create(current, { versionId })
  const reclaim = () => all.retirer().reclaim?.(current, { check: agrees, waiting: 'v2' })
  const ids = () => all.server.keys().map(({ keyId }) => keyId)
  return { ...all, current, create, reclaim, ids }
}
