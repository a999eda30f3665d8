import { OverlapError } from '../../rotation/errors.ts'
import type { Catalog } from './catalog.ts'
import { type Pair, pairOf, pairQuestion } from './pair.ts'
import { defaultPartnerName } from './partner-name.ts'
import type { RepairedRecord } from './repairing.ts'
import { type PairIdentity, refuseLeaked, stampStatement } from './slot-change.ts'
import { refuseAdminWithoutRights, refuseUnsuitableUser } from './suitability.ts'

/**
 * A copy of the server may be older than what the labels say: its stamp then tells what that copy lets in, of both users. Only AWSCURRENT's slot is written; the
 * other one stays as it is recorded, since that is what its password is: one that is live there may be in use by whoever holds an old value, and no rotation
 * takes it before it was drained; one that is retired there has no password. Without a stamp the copy is older than the pair, and only an owner can be
 * repaired: there is nowhere to record it, as before its first rotation.
 */
export function pairRecord({ secretId, wish }: PairIdentity): RepairedRecord {
  const pairIn = (catalog: Catalog, username: string): Pair => {
    try {
      const pair = pairOf(catalog, username, secretId, wish)
      // A role that could become the partner has nothing to do with it yet.
      return pair.stamp ? pair : { ...pair, partner: undefined }
    } catch (error) {
      const owner = catalog.roles.find(({ name }) => name === username)
      if (!owner || !(error instanceof OverlapError) || error.code !== 'PARTNER_TAKEN') throw error
      // Whoever has the partner's name keeps the next rotation from it, and nobody from the owner.
      const partnerName = wish.name ?? defaultPartnerName(username)
      return { owner, partnerName, partner: undefined, stamp: undefined }
    }
  }
  /** Undefined where nothing but its name could tell. */
  const ownerBefore = (catalog: Catalog, username: string): string | undefined =>
    catalog.roles.find(({ name }) => name !== username && defaultPartnerName(name) === username)?.name
  const isPartnersName = (catalog: Catalog, username: string): boolean =>
    wish.name === username || ownerBefore(catalog, username) !== undefined

  return {
    question: (username, adminName) => pairQuestion(secretId, wish, username, adminName),
    allow(catalog, { name: username }, adminName, { versionId }) {
      const pair = pairIn(catalog, username)
      const slot = pair.stamp?.slots.get(username)
      if (slot?.version === versionId) refuseLeaked(username, slot.state)
      if (!pair.stamp && isPartnersName(catalog, username))
        throw new OverlapError(
          'STAMP_INVALID',
          `no stamp says that the role ${username} is this secret's, and it has the name of a partner: on a server that is older than the pair it may be ` +
            `somebody else's, so it is not touched. ${backToOwner(ownerBefore(catalog, username))}. If it is no partner, let an administrator set its password`,
          { detail: { role: username } },
        )
      for (const role of [pair.owner, ...(pair.partner ? [pair.partner] : [])])
        refuseUnsuitableUser(role, adminName)
      refuseAdminWithoutRights(catalog, pair, pair.owner.name, adminName)
    },
    users(catalog, username) {
      const { owner, partnerName } = pairIn(catalog, username)
      return [owner.name, partnerName]
    },
    isRight(catalog, username, { versionId }) {
      const { stamp } = pairIn(catalog, username)
      const slot = stamp?.slots.get(username)
      return stamp === undefined || (slot?.version === versionId && slot.state === 'live')
    },
    statements(catalog, username, { versionId }) {
      const { stamp, ...pair } = pairIn(catalog, username)
      return stamp
        ? [stampStatement({ ...pair, stamp }, username, { version: versionId, state: 'live' })]
        : []
    },
    missing: (catalog, username) =>
      isPartnersName(catalog, username)
        ? `It is the partner of a pair that is younger than this copy of the server. ${backToOwner(ownerBefore(catalog, username))}`
        : 'Bring the role back with what it owned, from a copy of the server that has it, then repair again',
  }
}

function backToOwner(owner: string | undefined): string {
  return (
    `Make the newest version whose value names ${owner ?? 'its owner'} AWSCURRENT (aws secretsmanager update-secret-version-stage), repair again, and rotate: ` +
    'that makes the partner anew'
  )
}
