import type { Catalog, Role } from './catalog.ts'
import { defaultPartnerName } from './partner-name.ts'
import { isMember } from './partner-role.ts'
import { literal, shownIdentifier } from './quoting.ts'
import { roleAtLogin } from './role-settings.ts'
import { isFree, type Slot, type Stamp, writeStamp } from './stamp.ts'

/** What a stamp says of the role that owns everything. */
export interface StampOwner {
  readonly name: string
  readonly oid: number
}

/** Both users of a pair by what a person has to write for the version that each of them holds. */
const OWNERS_VERSION = 'OWNERS-VERSION'
const PARTNERS_VERSION = 'PARTNERS-VERSION'

/** The role that a login of this one takes in every database that says nothing else; itself when it takes none. */
function takenRole(role: Role): string {
  const noDatabase = ''
  return roleAtLogin(role.name, noDatabase, role.settings)
}

/**
 * The owner of a role that looks like a partner though no stamp says so: it takes a role at login, as every partner does, and that role is a user
 * that logs in by itself, not a group. Where the owner takes a group itself, its partner takes the same; then the name gives it away.
 */
export function ownerByLogin(catalog: Catalog, role: Role): StampOwner | undefined {
  const taken = takenRole(role)
  if (taken === role.name) return undefined
  return usersOf(catalog, role).find(({ name }) => name === taken || defaultPartnerName(name) === role.name)
}

/** The owner that a stamp speaks of under an old name, or with the OID that it had on another server. */
function ownerByStamp(catalog: Catalog, partner: Role, stamp: Stamp): StampOwner | undefined {
  const users = usersOf(catalog, partner)
  return users.find(({ name }) => name === stamp.owner) ?? users.find(({ oid }) => oid === stamp.ownerOid)
}

/** The users, as opposed to groups, whose rights a role has and that it may become. */
function usersOf(catalog: Catalog, { name: member }: Role): StampOwner[] {
  return catalog.memberships
    .filter((row) => row.member === member && row.roleLogin && isMember(catalog, row.role, member))
    .map(({ role, roleOid }) => ({ name: role, oid: roleOid }))
}

/** What the slots of a stamp that is right but for a name say of the pair as it is called now. Undefined where it does not tell. */
export function slotsByStamp(
  { slots, owner: oldOwner }: Stamp,
  owner: StampOwner,
  partner: Role,
): ReadonlyMap<string, Slot> {
  const owners = slots.get(owner.name) ?? slots.get(oldOwner)
  const [others, ...more] = [...slots].filter(([name]) => name !== owner.name && name !== oldOwner)
  const partners = slots.get(partner.name) ?? (more.length === 0 ? others?.[1] : undefined)
  return new Map([
    ...(owners ? [[owner.name, owners] as const] : []),
    ...(partners ? [[partner.name, partners] as const] : []),
  ])
}

/** What is known of a pair whose stamp has to be written anew. */
export interface LostStamp {
  readonly secret: string
  readonly owner: StampOwner
  readonly partner: Role
  /** By the present name of the user; what nobody knows counts as held. */
  readonly slots: ReadonlyMap<string, Slot>
  /** The owner's name before it was renamed. */
  readonly formerOwner?: string
}

/**
 * The statements that write a truthful stamp, and what a person has to find out before running them. None of them touches a password that
 * may be in use.
 */
export function restoringStamp({ secret, owner, partner, slots, formerOwner }: LostStamp): string {
  const held = (name: string, version: string): [string, Slot] => [
    name,
    slots.get(name) ?? { version, state: 'live' },
  ]
  const all = new Map([held(owner.name, OWNERS_VERSION), held(partner.name, PARTNERS_VERSION)])
  const stamp = writeStamp({ secret, owner: owner.name, ownerOid: owner.oid, slots: all })
  const name = shownIdentifier(partner.name)
  // The server keeps a setting as text: a partner goes on asking for the name that its owner had.
  const role =
    formerOwner !== undefined && formerOwner !== owner.name && takenRole(partner) === formerOwner
      ? [`ALTER ROLE ${name} SET role TO ${literal(owner.name)}`]
      : []
  const blanks = [owner.name, partner.name]
    .filter((user) => !slots.has(user))
    .map(
      (user) =>
        `${user === owner.name ? OWNERS_VERSION : PARTNERS_VERSION} stands for the id of the newest version whose value names ${user}`,
    )
  return [
    `Run ${[`COMMENT ON ROLE ${name} IS ${literal(stamp)}`, ...role].join('; ')}`,
    ...(blanks.length === 0 ? [] : [blanks.join(', ')]),
    ...([...all.values()].some(({ state }) => isFree(state)) ? [] : [UNUSED]),
  ].join('. ')
}

const UNUSED =
  'The next rotation then waits for the drain of the user that AWSCURRENT does not name; when nobody uses that one any more, and only then, ' +
  'run ALTER ROLE ... PASSWORD NULL for it first, and write retired as its state in place of live'

/**
 * What a stamp of another secret, or of an owner that is not there, means for a user whose credential this secret holds, and what to do
 * about it.
 */
export function strayStamp(
  catalog: Catalog,
  partner: Role,
  stamp: Stamp,
  secretId: string,
  username: string,
): string {
  const owner = ownerByStamp(catalog, partner, stamp)
  const name = shownIdentifier(partner.name)
  const repair = owner
    ? restoringStamp({
        secret: secretId,
        owner,
        partner,
        slots: heldBy(username, slotsByStamp(stamp, owner, partner)),
        formerOwner: stamp.owner,
      })
    : `The role ${partner.name} is no member of such a role. If its owner is gone for good, run COMMENT ON ROLE ${name} IS NULL; ` +
      `ALTER ROLE ${name} RESET role, and it is a user like any other`
  if (stamp.secret === secretId)
    return (
      `speaks of the role ${stamp.owner} with OID ${stamp.ownerOid}, which this server does not have. ` +
      `After a restore from a dump, or a rename, write it as things are called now. ${repair}`
    )
  return `says that the pair belongs to the secret ${stamp.secret}. ${twoSecrets(stamp, partner)} Only if that secret is gone for good, take the pair over. ${repair}`
}

/** Whatever the stamp says, this secret holds a credential of the user. What leaked stays so: that is no word about who holds it. */
function heldBy(username: string, slots: ReadonlyMap<string, Slot>): ReadonlyMap<string, Slot> {
  return new Map(
    [...slots].map(([name, slot]) => [
      name,
      name === username && slot.state !== 'leaked' ? { ...slot, state: 'live' } : slot,
    ]),
  )
}

/** Its credential works today, and dies with the other secret's drain. */
function twoSecrets({ secret, owner, slots }: Stamp, partner: Role): string {
  const held = [...slots.values()].filter(({ state }) => !isFree(state))
  const versions = held.map(({ version }) => version).join(' or ')
  return (
    `Two secrets cannot rotate one user: when a drain of that secret is over, its sweep retires the user of the two (${owner} or ${partner.name}) that it has replaced, ` +
    'and if AWSCURRENT of this secret names the same user, it stops working then. Let the consumers of this secret read that one. ' +
    `Until they do, run aws secretsmanager cancel-rotate-secret --secret-id ${secret} and, for whichever version has the label DRAINING (${versions || 'none now'}), ` +
    `aws secretsmanager update-secret-version-stage --secret-id ${secret} --version-stage DRAINING --remove-from-version-id VERSION: nothing of that secret is retired then.`
  )
}
