import { OverlapError } from '../../rotation/errors.ts'
import { type PartnerWish, refuseUnlessAdoptable } from './adoption.ts'
import type { Catalog, CatalogQuestion, Role } from './catalog.ts'
import { ownerByLogin, restoringStamp, slotsByStamp, strayStamp } from './lost-stamp.ts'
import { defaultPartnerName } from './partner-name.ts'
import { shownIdentifier } from './quoting.ts'
import { isFree, type ReadStamp, readStamp, type Stamp } from './stamp.ts'

/** The two roles that take turns: the one that owns everything, and the one that logs in as it. */
export interface Pair {
  readonly owner: Role
  readonly partnerName: string
  /** Undefined as long as it has to be made. */
  readonly partner: Role | undefined
  /** Undefined before the first rotation. */
  readonly stamp: Stamp | undefined
}

/** Names that the catalogue had better tell about before anybody knows whether `username` is an owner or a partner. */
function likelyRelatives(username: string, wish: PartnerWish): string[] {
  return [
    wish.name ?? defaultPartnerName(username),
    ...(username.endsWith('_b') ? [username.slice(0, -2)] : []),
  ]
}

/** What has to be known of the pair of a user. `admin`: whose rights to tell about. */
export function pairQuestion(
  secretId: string,
  wish: PartnerWish,
  username: string,
  admin?: string,
): CatalogQuestion {
  return { secretId, username, names: likelyRelatives(username, wish), adopt: wish.adopt, admin }
}

/**
 * The pair that `username` belongs to, read from the partner's stamp and never from a name. Throws `STAMP_INVALID`, `PARTNER_TAKEN` and
 * `TARGET_UNSUITABLE`.
 */
export function pairOf(catalog: Catalog, username: string, secretId: string, wish: PartnerWish): Pair {
  const me = catalog.roles.find((role) => role.name === username)
  if (!me) throw new OverlapError('CURRENT_REFUSED', `the server has no role ${username}`)
  const partnerName = wish.name ?? defaultPartnerName(username)
  const claims = catalog.roles
    .map((role) => ({ role, read: readStamp(role.comment) }))
    .filter(({ role, read }) => concerns(role, read, me, partnerName, catalog))
  const readable = claims.map(({ role, read }) => ({ role, stamp: stampOf(catalog, role, read, secretId) }))
  const mine = readable.filter(({ role, stamp }) => isOf(role, stamp, me))
  if (mine.length > 1)
    throw stampInvalid(
      mine.map(({ role }) => role.name).join(' and '),
      `both claim to belong with ${username}. Keep the stamp of one, the one that AWSCURRENT names if it names either, and run COMMENT ON ROLE ... IS NULL for the other`,
    )
  const [claim] = mine
  if (claim) return stamped(catalog, claim.role, claim.stamp, secretId, username)
  const taken = catalog.roles.find((role) => role.name === partnerName)
  refuseLostStamp(catalog, me, taken, secretId, wish)
  if (taken)
    refuseUnlessAdoptable(
      catalog,
      taken,
      me,
      readable.some(({ role }) => role === taken),
      wish,
    )
  return { owner: me, partnerName, partner: taken, stamp: undefined }
}

/** Does the stamp of this role speak of me? */
function isOf(role: Role, stamp: Stamp, me: Role): boolean {
  return role === me || stamp.owner === me.name || stamp.ownerOid === me.oid
}

/** A stamp that cannot be read may be anybody's: it concerns this pair when it stands where this pair's would. */
function concerns(role: Role, read: ReadStamp, me: Role, partnerName: string, catalog: Catalog): boolean {
  if (read.kind === 'none') return false
  if (read.kind === 'stamp') return true
  return (
    role === me ||
    role.name === partnerName ||
    catalog.memberships.some(({ role: granted, member }) => granted === me.name && member === role.name)
  )
}

function stampOf(catalog: Catalog, role: Role, read: ReadStamp, secretId: string): Stamp {
  if (read.kind === 'stamp') return read.stamp
  if (read.kind === 'newer')
    throw stampInvalid(role.name, `${read.because}. Deploy that version; the stamp is not touched`)
  const owner = ownerByLogin(catalog, role)
  throw stampInvalid(
    role.name,
    `${read.kind === 'unreadable' ? read.because : 'is missing'}. Find out who changed it; ` +
      (owner
        ? `then write it anew. ${restoringStamp({ secret: secretId, owner, partner: role, slots: new Map() })}`
        : 'it must come back as it was'),
  )
}

/**
 * A partner without its stamp looks like any user: it would get a partner of its own, and its owner would never be retired. Throws
 * `STAMP_INVALID` for a user, or a role with the partner's name, that logs in as a partner does.
 */
function refuseLostStamp(
  catalog: Catalog,
  me: Role,
  taken: Role | undefined,
  secretId: string,
  wish: PartnerWish,
): void {
  const own = ownerByLogin(catalog, me)
  if (own)
    throw stampInvalid(
      me.name,
      `is missing, though ${me.name} is a member of ${own.name} and takes a role at login, as a partner does. ${restoringStamp({ secret: secretId, owner: own, partner: me, slots: new Map() })}. ` +
        `If ${me.name} never was the partner of ${own.name}, rotate it with overlap:strategy=single-user, or let it take a role at login that cannot log in itself`,
    )
  const putOutOfUse = taken?.login === false && wish.adopt === taken.name
  if (!taken || taken === me || putOutOfUse || readStamp(taken.comment).kind !== 'none') return
  const owner = ownerByLogin(catalog, taken)
  if (owner?.name === me.name)
    throw stampInvalid(
      taken.name,
      `is missing, though ${taken.name} is a member of ${me.name} and takes a role at login, as its partner does. ${restoringStamp({ secret: secretId, owner, partner: taken, slots: new Map() })}. ` +
        `If ${taken.name} never was its partner, AWSCURRENT does not name it and nobody uses it, run ALTER ROLE ${shownIdentifier(taken.name)} NOLOGIN instead ` +
        `and tag this secret overlap:adopt-partner=${taken.name}`,
    )
}

function stamped(catalog: Catalog, partner: Role, stamp: Stamp, secretId: string, username: string): Pair {
  const owner = catalog.roles.find((role) => role.name === stamp.owner)
  if (stamp.secret !== secretId || owner?.oid !== stamp.ownerOid)
    throw stampInvalid(partner.name, strayStamp(catalog, partner, stamp, secretId, username))
  for (const name of [owner.name, partner.name])
    if (!stamp.slots.has(name) || stamp.slots.size !== 2)
      throw stampInvalid(
        partner.name,
        `does not speak of ${owner.name} and ${partner.name} alone, so a role was renamed or the stamp was edited. ` +
          restoringStamp({ secret: secretId, owner, partner, slots: slotsByStamp(stamp, owner, partner) }),
      )
  return { owner, partnerName: partner.name, partner, stamp }
}

/** Throws `TARGET_UNSUITABLE` for one of two users that take turns: its password, changed outside the pair, would make the stamp untrue. */
export function refuseHalfOfPair(catalog: Catalog, username: string): void {
  const me = catalog.roles.find((role) => role.name === username)
  if (!me) return
  for (const role of catalog.roles) {
    const read = readStamp(role.comment)
    const stamp = read.kind === 'stamp' ? read.stamp : undefined
    if (stamp ? !isOf(role, stamp, me) : !concerns(role, read, me, username, catalog)) continue
    const other = role === me ? (stamp?.owner ?? 'its owner') : role.name
    const state = stamp?.slots.get(other)?.state
    throw new OverlapError(
      'TARGET_UNSUITABLE',
      `the user ${username} takes turns with ${other}${state ? `, which is ${state}` : ''}, so it is not rotated by itself. To go on with the two, remove the tags ` +
        'overlap:strategy and overlap:accept-failed-logins. To rotate this one by itself from now on, wait until the other one is retired, then run ' +
        `COMMENT ON ROLE ${shownIdentifier(role.name)} IS NULL`,
      { detail: { role: username } },
    )
  }
}

/** The other role of the pair than the one that is current. */
export function otherUser(pair: Pair, username: string): string {
  return username === pair.owner.name ? pair.partnerName : pair.owner.name
}

/** Throws `DRAIN_IN_PROGRESS` unless the slot is recorded as retired or leaked, was never used, or holds this very version. */
export function refuseHeldSlot(pair: Pair, username: string, versionId: string): void {
  const slot = pair.stamp?.slots.get(username)
  if (slot === undefined || isFree(slot.state) || slot.version === versionId) return
  throw new OverlapError(
    'DRAIN_IN_PROGRESS',
    `the role ${username} still holds version ${slot.version}, which is not recorded as retired. The rotation waits until it is`,
    { detail: { holder: slot.version, role: username } },
  )
}

function stampInvalid(role: string, because: string): OverlapError {
  return new OverlapError('STAMP_INVALID', `the stamp (comment) on role ${role} ${because}`, {
    detail: { role },
  })
}
