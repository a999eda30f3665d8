import { createHash } from 'node:crypto'
import { OverlapError } from '../../rotation/errors.ts'
import { type PartnerWish, refuseUnlessAdoptable } from './adoption.ts'
import type { Catalog, Role } from './catalog.ts'
import { MAX_IDENTIFIER_BYTES } from './credential.ts'
import { shownIdentifier } from './quoting.ts'
import { type ReadStamp, readStamp, type Stamp } from './stamp.ts'

/** The two roles that take turns: the one that owns everything, and the one that logs in as it. */
export interface Pair {
  readonly owner: Role
  readonly partnerName: string
  /** Undefined as long as it has to be made. */
  readonly partner: Role | undefined
  /** Undefined before the first rotation. */
  readonly stamp: Stamp | undefined
}

/** `app_b` for `app`; a name that would be too long is cut at a character and made unique again by a hash. */
export function defaultPartnerName(owner: string): string {
  const name = `${owner}_b`
  if (Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES) return name
  const suffix = `_${createHash('sha256').update(owner).digest('hex').slice(0, 8)}_b`
  let kept = ''
  for (const character of owner) {
    if (Buffer.byteLength(kept + character + suffix) > MAX_IDENTIFIER_BYTES) break
    kept += character
  }
  return kept + suffix
}

/** Names that the catalogue had better tell about before anybody knows whether `username` is an owner or a partner. */
export function likelyRelatives(username: string, wish: PartnerWish): string[] {
  return [
    wish.name ?? defaultPartnerName(username),
    ...(username.endsWith('_b') ? [username.slice(0, -2)] : []),
  ]
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
  const readable = claims.map(({ role, read }) => ({ role, stamp: stampOf(role, read) }))
  const mine = readable.filter(
    ({ role, stamp }) => role.name === username || stamp.owner === username || stamp.ownerOid === me.oid,
  )
  if (mine.length > 1)
    throw stampInvalid(
      mine.map(({ role }) => role.name).join(' and '),
      `both claim to belong with ${username}. Keep the stamp of one and run COMMENT ON ROLE ... IS NULL for the other`,
    )
  const [claim] = mine
  if (claim) return stamped(catalog, claim.role, claim.stamp, secretId)
  const taken = catalog.roles.find((role) => role.name === partnerName)
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

function stampOf(role: Role, read: ReadStamp): Stamp {
  if (read.kind === 'stamp') return read.stamp
  throw stampInvalid(
    role.name,
    `${read.kind === 'unreadable' ? read.because : 'is missing'}. Find out who changed it; it must come back as it was`,
  )
}

function stamped(catalog: Catalog, partner: Role, stamp: Stamp, secretId: string): Pair {
  const owner = catalog.roles.find((role) => role.name === stamp.owner)
  if (stamp.secret !== secretId)
    throw stampInvalid(
      partner.name,
      `says that the pair belongs to the secret ${stamp.secret}. Two secrets cannot rotate one user: turn off rotation of one of them. ` +
        `If that secret is gone for good and nobody uses its credentials, run COMMENT ON ROLE ${shownIdentifier(partner.name)} IS NULL and ` +
        `ALTER ROLE ${shownIdentifier(partner.name)} NOLOGIN, and tag this secret overlap:adopt-partner=${partner.name}`,
    )
  if (owner?.oid !== stamp.ownerOid)
    throw stampInvalid(
      partner.name,
      `speaks of the role ${stamp.owner} with OID ${stamp.ownerOid}, which this server does not have. After a restore from a dump or a rename, ` +
        `run COMMENT ON ROLE ${shownIdentifier(partner.name)} IS NULL and ALTER ROLE ${shownIdentifier(partner.name)} NOLOGIN while the owner is current, ` +
        `and tag this secret overlap:adopt-partner=${partner.name}`,
    )
  for (const name of [owner.name, partner.name])
    if (!stamp.slots.has(name) || stamp.slots.size !== 2)
      throw stampInvalid(
        partner.name,
        `does not speak of ${owner.name} and ${partner.name} alone, so a role was renamed or the stamp was edited`,
      )
  return { owner, partnerName: partner.name, partner, stamp }
}

/** The other role of the pair than the one that is current. */
export function otherUser(pair: Pair, username: string): string {
  return username === pair.owner.name ? pair.partnerName : pair.owner.name
}

/** Throws `DRAIN_IN_PROGRESS` unless the slot is recorded as retired, was never used, or holds this very version. */
export function refuseHeldSlot(pair: Pair, username: string, versionId: string): void {
  const slot = pair.stamp?.slots.get(username)
  if (slot === undefined || slot.state === 'retired' || slot.version === versionId) return
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
