import { fence } from '../../contracts/fence.ts'
import { type RigOptions, rig } from './rig.ts'

const DAY_MS = 86_400_000

/** Version v1 held the first key, which somebody made by hand, and v2, which is AWSCURRENT, holds the second. Weeks have passed. */
export async function rotated(given: RigOptions = {}) {
  const all = rig(given)
  const first = all.madeByHand()
  all.holds('v1', first)
  all.passes(30 * DAY_MS)
  const second = await all.adapter().create(first, { versionId: 'v2' })
  all.holds('v2', second)
  await all.adapter().set(second, first, fence('v2', 'v1'))
  all.passes(30 * DAY_MS)
  const { server, retirer } = all
  const by = { current: second, fence: fence('v1', 'v2') }
  const drain = () => ({ ...by, accepts: () => false, leaked: false, unusedSince: all.clock.now })
  const disable = () => retirer().disable(first, drain())
  const state = (keyId = first.keyId) => {
    const key = server.keys().find((served) => served.keyId === keyId)
    const tag = server.tags(first.account).get(keyId)
    return key === undefined ? 'gone' : `${key.active ? 'active' : 'inactive'}, ${tag?.state ?? 'no record'}`
  }
  return { ...all, first, second, by, drain, disable, state }
}
