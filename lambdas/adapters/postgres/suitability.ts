import { OverlapError } from '../../rotation/errors.ts'
import type { Catalog, Role } from './catalog.ts'
import type { Pair } from './pair.ts'
import { shownIdentifier } from './quoting.ts'
import { partnerSettings, settingChanges } from './role-settings.ts'

/** Throws `UNREACHABLE`: nothing can be written there. */
export function refuseStandby({ inRecovery }: Catalog): void {
  if (inRecovery)
    throw new OverlapError(
      'UNREACHABLE',
      'the server that the admin secret names is a read-only standby. After a failover it must name the new primary',
    )
}

/** Throws `TARGET_UNSUITABLE` for a user that alternating users cannot rotate. */
export function refuseUnsuitableUser(role: Role, admin: string | undefined): void {
  const refuse = (because: string, todo: string): never => {
    throw new OverlapError('TARGET_UNSUITABLE', `the user ${role.name} ${because}. ${todo}`, {
      detail: { role: role.name },
    })
  }
  if (role.name === admin)
    refuse(
      'is the admin itself',
      'Let RDS manage the master password, or rotate it with overlap:strategy=single-user',
    )
  if (role.superuser) refuse('is a superuser', 'Give the application a user of its own and rotate that')
  refuseOtherLogin(role)
}

/** Throws `TARGET_UNSUITABLE` for a user that RDS does not let in by password. */
export function refuseOtherLogin(role: Role): void {
  const instead = role.rdsRoles.find((name) => name !== 'rds_password')
  if (instead === undefined) return
  throw new OverlapError(
    'TARGET_UNSUITABLE',
    `the user ${role.name} is a member of ${instead}, so RDS does not let it log in with a password. ` +
      `It needs no rotation; or run REVOKE ${instead} FROM ${shownIdentifier(role.name)}`,
    { detail: { role: role.name } },
  )
}

/** Throws `TARGET_UNSUITABLE` when a login of the user is a session of somebody else, whose password it would change. */
export function refuseOtherSession(catalog: Catalog, username: string): void {
  if (catalog.sessionUser === username) return
  throw new OverlapError(
    'TARGET_UNSUITABLE',
    `the login of ${username} is a session of ${catalog.sessionUser}, which is another user. Look at what maps users there`,
    { detail: { role: username } },
  )
}

/** Throws `ADMIN_LACKS_RIGHT` with every statement that is missing to make a credential for `pendingUser` of this pair. */
export function refuseAdminWithoutRights(
  catalog: Catalog,
  pair: Pair,
  pendingUser: string,
  adminName: string,
): void {
  refuseAdminLacking(catalog, adminName, (admin) => missingStatements(catalog, pair, pendingUser, admin))
}

/** Throws `ADMIN_LACKS_RIGHT` with every statement that is missing to make a user of no rights. */
export function refuseAdminUnableToCreate(catalog: Catalog, adminName: string): void {
  refuseAdminLacking(catalog, adminName, (admin) => missingToCreate(catalog, admin))
}

function refuseAdminLacking(
  catalog: Catalog,
  adminName: string,
  missingFor: (admin: Role) => readonly string[],
): void {
  const admin = catalog.roles.find((role) => role.name === adminName)
  if (!admin)
    throw new OverlapError(
      'ADMIN_SECRET_INVALID',
      `the server has no role ${adminName}, which the admin secret names`,
    )
  const statement = admin.superuser ? '' : missingFor(admin).join('; ')
  if (statement === '') return
  throw new OverlapError(
    'ADMIN_LACKS_RIGHT',
    `the admin ${adminName} lacks a right. Run as a user that has it: ${statement}`,
    { detail: { admin: adminName, statement } },
  )
}

function missingToCreate(catalog: Catalog, admin: Role): string[] {
  const to = shownIdentifier(admin.name)
  return [
    ...(admin.createRole ? [] : [`ALTER ROLE ${to} CREATEROLE`]),
    ...(catalog.restrictsPasswords && !admin.rdsRoles.includes('rds_password')
      ? [`GRANT rds_password TO ${to}`]
      : []),
  ]
}

function missingStatements(catalog: Catalog, pair: Pair, pendingUser: string, admin: Role): string[] {
  const { owner, partner } = pair
  const statements = missingToCreate(catalog, admin)
  for (const role of [owner, partner])
    if (role && catalog.version >= 16 && !role.adminOption)
      statements.push(
        `GRANT ${shownIdentifier(role.name)} TO ${shownIdentifier(admin.name)} WITH ADMIN OPTION`,
      )
  return pendingUser === owner.name ? statements : [...statements, ...missingToCopy(catalog, pair, admin)]
}

/** What the admin lacks to give the partner the owner's attributes and settings, where they differ. */
function missingToCopy(catalog: Catalog, { owner, partner }: Pair, admin: Role): string[] {
  const statements: string[] = []
  // A remark that the server skips: the whole is pasted and run.
  const onlySuperuser = '/* only a superuser may give it to the partner as well */'
  for (const [attribute, keyword, freeBefore16] of attributes) {
    if (owner[attribute] === (partner?.[attribute] ?? false)) continue
    if (catalog.version >= 16 ? admin[attribute] : freeBefore16) continue
    statements.push(
      catalog.version >= 16
        ? `ALTER ROLE ${shownIdentifier(admin.name)} ${keyword}`
        : `ALTER ROLE ${shownIdentifier(owner.name)} NO${keyword} ${onlySuperuser}`,
    )
  }
  const beyond = new Set([...owner.settingsBeyondAdmin, ...(partner?.settingsBeyondAdmin ?? [])])
  const changes = settingChanges(partnerSettings(owner.name, owner.settings), partner?.settings ?? [])
  for (const name of new Set(changes.map((change) => change.name).filter((name) => beyond.has(name))))
    statements.push(
      catalog.version >= 15
        ? `GRANT SET ON PARAMETER ${name} TO ${shownIdentifier(admin.name)}`
        : `ALTER ROLE ${shownIdentifier(owner.name)} RESET ${name} ${onlySuperuser}`,
    )
  return statements
}

/** Attributes that an admin may give away only when it has them (16 and later), or when it is a superuser (before, for those marked false). */
const attributes = [
  ['createDatabase', 'CREATEDB', true],
  ['replication', 'REPLICATION', false],
  ['bypassRowSecurity', 'BYPASSRLS', false],
] as const
