import { OverlapError } from '../../rotation/errors.ts'
import { rotateCommand } from '../../rotation/way-out.ts'
import type { CredentialRetirer } from '../adapter.ts'
import { admin } from './admin.ts'
import { type PartnerWish, partnerWish } from './adoption.ts'
import { type Catalog, type Role, readCatalog } from './catalog.ts'
import { dialer, type Session } from './connection.ts'
import type { PostgresCredential } from './credential.ts'
import { isSingle, logInAsCurrent } from './current-login.ts'
import { type Endpoint, endpointName } from './endpoint.ts'
import { endpointsOf, everywhere, refuseForeignHost } from './endpoints.ts'
import { changeUnderLock } from './locked-change.ts'
import type { PostgresOptions } from './options.ts'
import { type Pair, pairOf, pairQuestion, refuseHalfOfPair } from './pair.ts'
import { defaultPartnerName } from './partner-name.ts'
import { isMember } from './partner-role.ts'
import { identifier, shownIdentifier } from './quoting.ts'
import { backendsOf } from './sessions.ts'
import { isFree, readStamp, type Stamp } from './stamp.ts'
import { refuseStandby } from './suitability.ts'
import { timeLeft } from './time-left.ts'

/**
 * Hands a user back. The owner is what it was before the first rotation. The partner loses its stamp, its login and the role that it takes at login, in one
 * transaction, and stays: no role is ever dropped here, since what it owns would have to go first.
 */
export function leaving(options: PostgresOptions): CredentialRetirer<PostgresCredential>['leave'] {
  const { secretId } = options
  const time = timeLeft(options.deadline, options.now)
  const dial = dialer(options.certificates, time)
  const admins = admin(options, dial)
  const wish = partnerWish(options.tags)

  const question = (username: string) => pairQuestion(secretId, wish, username)

  const leaveSingle = async (current: PostgresCredential): Promise<undefined> => {
    const session = await logInAsCurrent(dial, current, current)
    try {
      refuseHalfOfPair(await readCatalog(session, question(current.username)), current.username)
    } finally {
      await session.close()
    }
  }

  const refuseUsed = async (current: PostgresCredential, partner: string, endpoints: readonly Endpoint[]) => {
    for (const endpoint of endpoints) {
      const session = await admins.open(current, endpoint)
      try {
        const { sightings, workers } = await backendsOf(session, partner)
        // Not being able to log in stops workers as well.
        const [seen] = [...sightings.map(({ application }) => application), ...workers]
        if (seen !== undefined) throw stillUsed(partner, endpoint, seen)
      } finally {
        await session.close()
      }
    }
  }

  /**
   * An earlier leave took the stamp away, and with it what told whose the role was: one that looks as a partner does is asked about, in a comment that does
   * nothing when it is pasted, and one that anything says is somebody's is not spoken of.
   */
  const remainder = async (session: Session, catalog: Catalog, username: string) => {
    const left = leftPartner(catalog, username, wish)
    if (left === undefined || !isMember(catalog, username, left.name) || hasMembers(catalog, left))
      return undefined
    const { memberships, mentions } = await readCatalog(session, { ...question(username), adopt: left.name })
    const isSomebodys =
      memberships.some(({ role, member }) => member === left.name && role !== username) ||
      mentions.some(({ role }) => role === left.name)
    return isSomebodys
      ? undefined
      : `-- Was ${shownIdentifier(left.name)} made by Overlap, as the partner of ${shownIdentifier(username)}? Only then: ${dropping(left)}`
  }

  return async (current, { fence }) => {
    if (isSingle(current, options.tags)) return leaveSingle(current)
    const { username } = current
    const known = await endpointsOf((await admins.login(current)).endpoint, options)
    refuseForeignHost(current, known)
    await (await logInAsCurrent(dial, current, known.primary)).close()

    const pairIn = (catalog: Catalog) => departingPair(catalog, username, secretId, wish)
    const session = await admins.open(current)
    try {
      const catalog = await readCatalog(session, question(username))
      const before = pairIn(catalog)
      if (before === undefined) return await remainder(session, catalog, username)
      refuseTooSoon(before, username, options)
      await refuseUsed(current, before.partner.name, everywhere(known))
      await changeUnderLock(
        session,
        {
          users: [before.owner.name, before.partner.name],
          question: question(username),
          fence,
          decide: (now) => {
            const pair = pairIn(now)
            if (pair === undefined) return []
            refuseTooSoon(pair, username, options)
            refuseOwner(now, pair)
            return farewell(pair.partner)
          },
          applied: (now) => pairIn(now) === undefined,
        },
        time,
        () => admins.open(current),
      )
      return hasMembers(catalog, before.partner) ? undefined : dropping(before.partner)
    } finally {
      await session.close()
    }
  }
}

interface StampedPair {
  readonly owner: Role
  readonly partner: Role
  readonly stamp: Stamp
}

/** Undefined where no stamp speaks of the user: it was never rotated, or handed back before. Throws what makes a stamp untrustworthy. */
function departingPair(
  catalog: Catalog,
  username: string,
  secretId: string,
  wish: PartnerWish,
): StampedPair | undefined {
  refuseStandby(catalog)
  const left = leftPartner(catalog, username, wish)
  const { owner, partner, stamp } = pairUnlessTaken(
    { ...catalog, roles: catalog.roles.filter((role) => role !== left) },
    username,
    secretId,
    wish,
  )
  return owner && partner && stamp ? { owner, partner, stamp } : undefined
}

/** A role that has the partner's name and belongs to somebody else is no reason to stay. */
function pairUnlessTaken(
  catalog: Catalog,
  username: string,
  secretId: string,
  wish: PartnerWish,
): Partial<Pair> {
  try {
    return pairOf(catalog, username, secretId, wish)
  } catch (error) {
    if (error instanceof OverlapError && error.code === 'PARTNER_TAKEN') return {}
    throw error
  }
}

/** What an earlier attempt left: a role with the partner's name that has no stamp and cannot log in is nobody's slot. */
function leftPartner(catalog: Catalog, username: string, wish: PartnerWish): Role | undefined {
  const name = wish.name ?? defaultPartnerName(username)
  return catalog.roles.find(
    (role) => role.name === name && !role.login && readStamp(role.comment).kind === 'none',
  )
}

/** Members would lose what the role gives them, without a word. Whoever made it is one since PostgreSQL 16: that is the admin who looks. */
function hasMembers({ memberships, sessionUser }: Catalog, { name }: Role): boolean {
  return memberships.some(({ role, member }) => role === name && member !== sessionUser)
}

function dropping(partner: Role): string {
  return `DROP ROLE ${shownIdentifier(partner.name)}`
}

/** Afterwards nothing about the role says that it is a partner. */
function farewell(partner: Role): string[] {
  const name = identifier(partner.name)
  const takesRole = partner.settings.some(
    ({ database, config }) => database === null && config.some((item) => item.startsWith('role=')),
  )
  return [
    `COMMENT ON ROLE ${name} IS NULL`,
    ...(takesRole ? [`ALTER ROLE ${name} RESET role`] : []),
    `ALTER ROLE ${name} NOLOGIN`,
  ]
}

/** Throws `LEAVE_TOO_SOON` unless AWSCURRENT names the owner and its partner is on record as retired. */
function refuseTooSoon(
  { owner, partner, stamp }: StampedPair,
  username: string,
  { secretId, tags }: PostgresOptions,
): void {
  const first =
    tags.get('overlap:mode') === 'enforce'
      ? ''
      : 'First set the mode to enforce (overlap:mode=enforce): in observe mode no drain ends. '
  if (username !== owner.name)
    throw new OverlapError(
      'LEAVE_TOO_SOON',
      `AWSCURRENT names ${username}, the partner of ${owner.name}, and it is ${owner.name} that is handed back. ${first}Rotate once more, wait until the drain is ` +
        `over and no version has the label DRAINING, then leave again. Run: ${rotateCommand(secretId)}`,
      { detail: { role: username } },
    )
  const state = stamp.slots.get(partner.name)?.state
  if (state !== undefined && isFree(state)) return
  throw new OverlapError(
    'LEAVE_TOO_SOON',
    `the partner ${partner.name} is ${state ?? 'unknown'} and not on record as retired. ${first}Wait until its drain is over and no version has the label DRAINING, then ` +
      `leave again; where nothing drains, a rotation has it drained. Run: ${rotateCommand(secretId)}`,
    { detail: { role: partner.name } },
  )
}

/** NOLOGIN would stop what runs in the name of a role that owns something. */
function refuseOwner(catalog: Catalog, { owner, partner }: StampedPair): void {
  const owned = catalog.mentions.find(({ role, kind }) => role === partner.name && kind === 'o')
  if (!owned) return
  const what = owned.object ?? `something in database ${owned.database}`
  const statement =
    owned.statementName === null
      ? undefined
      : `ALTER ${owned.statementName} OWNER TO ${shownIdentifier(owner.name)}`
  throw new OverlapError(
    'TARGET_UNSUITABLE',
    `the partner ${partner.name} owns ${what}. Give what it owns to ${owner.name} first${statement === undefined ? '' : `. Run ${statement}`}`,
    { detail: { role: partner.name, ...(statement === undefined ? {} : { statement }) } },
  )
}

function stillUsed(partner: string, endpoint: Endpoint, application: string): OverlapError {
  return new OverlapError(
    'STILL_USED',
    `the partner ${partner} is on record as retired and is used all the same, at ${endpointName(endpoint)} by ${application || 'a session without a name'}. ` +
      'Let that consumer read the secret, then leave again',
    { detail: { role: partner, endpoint: endpointName(endpoint), application } },
  )
}
