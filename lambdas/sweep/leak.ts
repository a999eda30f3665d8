import { isLeaked, LEAKED_TAG, leakedToken, leakedVersions } from '../rotation/leaked.ts'
import { versionWith } from '../rotation/secret-store.ts'
import type { Action } from './action.ts'
import { unwatched } from './drain.ts'
import { waitingIn } from './due.ts'
import type { Deployment, Sight } from './sight.ts'

type LeakSight = Pick<Sight, 'secret' | 'state' | 'now'>

/**
 * What a leak asks for, before anything else and whatever the policy says: a version that leaked goes as soon as whoever reads the secret had a moment to see the
 * next one, and one that is AWSCURRENT is replaced at once. No tag but the one that says so is read for it, so that none can stop it.
 */
export function leakAction(
  { secret, state, now }: LeakSight,
  { leakDrainSeconds }: Pick<Deployment, 'leakDrainSeconds'>,
): Action | undefined {
  if (!secret.tags.has(LEAKED_TAG)) return undefined
  const leaked = leakedVersions(secret.tags, secret.versions)
  const draining = versionWith(secret, 'DRAINING')
  const current = versionWith(secret, 'AWSCURRENT')
  if (draining !== undefined && draining !== current && leaked.includes(draining)) {
    const { drain } = state
    if (drain?.version !== draining) return { do: 'start-drain', version: draining }
    const isOver = drain.off !== undefined || now - drain.since >= leakDrainSeconds * 1000
    // Meanwhile consumers are rolled out, as ever.
    if (!isOver) return undefined
    const at = new Date(now).toISOString()
    return {
      do: 'revoke',
      version: draining,
      proof: unwatched('leaked', at, 'it leaked: who used it was not asked'),
    }
  }
  if (current === undefined) return undefined
  if (!isCurrentLeaked(secret)) return stillAbout({ secret, state }, leaked)
  // What keeps it from being replaced is healed first, or is told as stuck.
  const isFree = draining === undefined && waitingIn(secret) === undefined && state.drain?.version !== current
  const mayBeAsked = secret.rotationEnabled && secret.owningService === undefined
  return isFree && mayBeAsked ? { do: 'replace-leaked', token: leakedToken(secret.arn, current) } : undefined
}

/**
 * A version that leaked and does not drain, since somebody went back from it by hand to one that was retired: nothing has taken it out of use, unless the sweep's tag
 * says so. While a rotation waits, its place is likely the one that is about to be given a new password.
 */
function stillAbout(
  { secret, state }: Pick<LeakSight, 'secret' | 'state'>,
  leaked: readonly string[],
): Action | undefined {
  const version = versionWith(secret, 'AWSPREVIOUS')
  const isTaken =
    versionWith(secret, 'DRAINING') !== undefined || versionWith(secret, 'AWSPENDING') !== undefined
  if (version === undefined || isTaken || !leaked.includes(version)) return undefined
  const { drain } = state
  // What works until it is removed was only found unused: that ends no leak.
  const isEnded = drain?.version === version && drain.off !== undefined && !drain.works
  return isEnded ? undefined : { do: 'move-draining', from: undefined, to: version }
}

/** Then nothing that a person or a schedule says keeps its replacement waiting. */
export function isCurrentLeaked(secret: Sight['secret']): boolean {
  const current = versionWith(secret, 'AWSCURRENT')
  return current !== undefined && isLeaked(secret, current)
}
