import type { Session } from './connection.ts'
import { literal } from './quoting.ts'
import type { RoleSettings } from './role-settings.ts'
import { readStamp, STAMP_PREFIX } from './stamp.ts'

/** What the catalogues say about the roles of one pair and about the admin. Every role may read all of it. */
export interface Catalog {
  /** Major version. */
  readonly version: number
  readonly inRecovery: boolean
  readonly sessionUser: string
  readonly currentUser: string
  /** `rds.restrict_password_commands`: only members of `rds_password` may then set passwords. */
  readonly restrictsPasswords: boolean
  readonly roles: readonly Role[]
  readonly memberships: readonly Membership[]
  /** What in any database depends on a stamped role, or on the one to adopt, what it owns first. */
  readonly mentions: readonly Mention[]
}

export interface Role {
  readonly oid: number
  readonly name: string
  readonly superuser: boolean
  readonly login: boolean
  readonly createDatabase: boolean
  readonly createRole: boolean
  readonly inherit: boolean
  readonly replication: boolean
  readonly bypassRowSecurity: boolean
  /** -1 is no limit. */
  readonly connectionLimit: number
  /** As VALID UNTIL takes it; null is for ever. */
  readonly validUntil: string | null
  readonly comment: string | null
  readonly settings: readonly RoleSettings[]
  /** Roles of RDS that it is a member of: `rds_iam` and `rds_ad` log in without a password, `rds_password` may set one. */
  readonly rdsRoles: readonly string[]
  /** May the admin grant this role and alter it (PostgreSQL 16 and later ask for that)? */
  readonly adminOption: boolean
  /** Settings of this role that the admin may not copy: only a superuser, or a holder of SET ON PARAMETER, may. */
  readonly settingsBeyondAdmin: readonly string[]
}

/** `member` is a direct member of `role`. One grantor each: there may be several for the same two. */
export interface Membership {
  readonly role: string
  readonly roleOid: number
  /** Is `role` a user that logs in, rather than a group? */
  readonly roleLogin: boolean
  readonly member: string
  /** ADMIN OPTION: PostgreSQL 16 gives it to the creator of a role. */
  readonly admin: boolean
  /** Does the member have the role's rights without SET ROLE? Null before PostgreSQL 16, where the member's INHERIT decides. */
  readonly inherit: boolean | null
  readonly set: boolean | null
}

/** One row of `pg_shdepend`. */
export interface Mention {
  readonly role: string
  /** Null for an object of the whole server. */
  readonly database: string | null
  /** In the session's database or of the whole server, so that the other fields can say what it is. */
  readonly here: boolean
  /** `pg_shdepend.deptype`: o owner, a and i privileges, r policy, t tablespace. */
  readonly kind: string
  readonly catalog: string
  readonly oid: number
  readonly column: number
  /** Such as `table app.orders`. */
  readonly object: string | null
  /** As a statement names it, such as `TABLE app.orders`; null where no such form exists. */
  readonly statementName: string | null
}

export interface CatalogQuestion {
  readonly secretId: string
  readonly username: string
  /** Other roles to tell about, whether they exist or not. */
  readonly names: readonly string[]
  /** A role without a stamp that may become a partner. */
  readonly adopt: string | undefined
  /** Whose rights to tell about; without one, nothing is said about what an admin may do. */
  readonly admin: string | undefined
}

type RoleRow = Omit<Role, 'settings' | 'rdsRoles' | 'adminOption' | 'settingsBeyondAdmin'>
type Facts = Pick<Catalog, 'inRecovery' | 'sessionUser' | 'currentUser' | 'restrictsPasswords'>

/**
 * In a new session the server has to load the catalogues before it can plan a query on them, which takes longer than the query: plain
 * statements, two round trips, and more only where there is something to tell. `before` goes along with the first.
 */
export async function readCatalog(
  session: Session,
  question: CatalogQuestion,
  before: readonly string[] = [],
): Promise<Catalog> {
  const [facts, found] = (
    await session.run([...before, FACTS, rolesQuery(question, question.names)].join(';\n'))
  ).slice(-2) as [Facts[], RoleRow[]]
  const roles = await withOwners(session, question, found)
  const adminRole = roles.find(({ name }) => name === question.admin)
  const pair = roles.filter(({ name }) => name !== question.admin && !RDS_ROLES.includes(name))
  const oids = [0, ...pair.map(({ oid }) => oid)].join(', ')
  const [settings, memberships, [any], options] = (await session.run(
    [
      settingsQuery(oids),
      membershipsQuery(session.version, oids),
      `SELECT EXISTS (SELECT ${DEPENDENCIES} AND s.refobjid IN (${partnerOids(pair, question)})) AS mentioned`,
      ...(adminRole ? [adminOptionQuery(oids, adminRole)] : []),
    ].join(';\n'),
  )) as [
    { oid: number; database: string | null; config: string[] }[],
    Membership[],
    { mentioned: boolean }[],
    { oid: number }[]?,
  ]
  const settingsOf = (oid: number): RoleSettings[] =>
    settings.filter((row) => row.oid === oid).map(({ database, config }) => ({ database, config }))
  const beyond = await namesBeyond(
    session,
    adminRole,
    settings.flatMap(({ config }) => config.map((item) => item.split('=', 1)[0] ?? '')),
  )
  const rds = await rdsMemberships(session, roles)
  return {
    ...(facts[0] as Facts),
    version: session.version,
    memberships,
    mentions: any?.mentioned ? await session.rows<Mention>(mentionsQuery(partnerOids(pair, question))) : [],
    roles: roles.map((role) => ({
      ...role,
      validUntil: role.validUntil === 'infinity' ? null : role.validUntil,
      settings: settingsOf(role.oid),
      rdsRoles: rds.filter(({ oid }) => oid === role.oid).map(({ rdsRole }) => rdsRole),
      adminOption: options?.some(({ oid }) => oid === role.oid) ?? false,
      settingsBeyondAdmin: settingsOf(role.oid)
        .flatMap(({ config }) => config.map((item) => item.split('=', 1)[0] ?? ''))
        .filter((name) => beyond.has(name)),
    })),
  }
}

const RDS_ROLES = ['rds_ad', 'rds_iam', 'rds_password']

const FACTS = `SELECT pg_is_in_recovery() AS "inRecovery", session_user::text AS "sessionUser", current_user::text AS "currentUser",
  coalesce(current_setting('rds.restrict_password_commands', true), 'off') = 'on' AS "restrictsPasswords"`

/** The roles named, and those whose stamp speaks of this secret or this user. 1260 is pg_authid, everywhere and always. */
function rolesQuery({ secretId, username, admin }: CatalogQuestion, names: readonly string[]): string {
  const named = [...new Set([username, ...names, ...(admin === undefined ? [] : [admin]), ...RDS_ROLES])]
  return `SELECT r.oid, r.rolname AS name, r.rolsuper AS superuser, r.rolcanlogin AS login, r.rolcreatedb AS "createDatabase",
  r.rolcreaterole AS "createRole", r.rolinherit AS inherit, r.rolreplication AS replication, r.rolbypassrls AS "bypassRowSecurity",
  r.rolconnlimit AS "connectionLimit", r.rolvaliduntil::text AS "validUntil", d.description AS comment
FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_shdescription d ON d.objoid = r.oid AND d.classoid = 1260
WHERE r.rolname IN (${named.map(literal).join(', ')})
  OR (d.description LIKE ${literal(`${STAMP_PREFIX}%`)} AND (strpos(d.description, ${literal(secretId)}) > 0
    OR strpos(d.description, ${literal(JSON.stringify(username))}) > 0))`
}

/** An owner whose name nobody could guess is known only once the stamp has been read. */
async function withOwners(
  session: Session,
  question: CatalogQuestion,
  roles: readonly RoleRow[],
): Promise<readonly RoleRow[]> {
  const owners = roles.flatMap(({ comment }) => {
    const read = readStamp(comment)
    return read.kind === 'stamp' ? [read.stamp.owner] : []
  })
  return owners.every((owner) => roles.some(({ name }) => name === owner))
    ? roles
    : session.rows(rolesQuery(question, [...question.names, ...owners]))
}

function settingsQuery(oids: string): string {
  return `SELECT s.setrole AS oid, d.datname AS database, s.setconfig AS config
FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase WHERE s.setrole IN (${oids})`
}

/** The options of a membership came with PostgreSQL 16. */
function membershipsQuery(version: number, oids: string): string {
  const options =
    version >= 16
      ? 'm.inherit_option AS inherit, m.set_option AS set'
      : 'NULL::bool AS inherit, NULL::bool AS set'
  return `SELECT pg_get_userbyid(m.roleid) AS role, m.roleid AS "roleOid",
  (SELECT r.rolcanlogin FROM pg_catalog.pg_roles r WHERE r.oid = m.roleid) AS "roleLogin", pg_get_userbyid(m.member) AS member, m.admin_option AS admin, ${options}
FROM pg_catalog.pg_auth_members m WHERE m.roleid IN (${oids}) OR m.member IN (${oids})`
}

function adminOptionQuery(oids: string, admin: RoleRow): string {
  return `SELECT asked AS oid FROM unnest(ARRAY[${oids}]::oid[]) asked
WHERE asked <> 0 AND pg_has_role(${admin.oid}::oid, asked, 'MEMBER WITH ADMIN OPTION')`
}

/** Those of the settings that the admin may not give to a role. GRANT SET ON PARAMETER came with PostgreSQL 15; before, a superuser's setting was a superuser's alone. */
async function namesBeyond(
  session: Session,
  admin: RoleRow | undefined,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  // Everybody may set a role; pg_settings does not list it.
  const asked = [...new Set(names)].filter((name) => name !== 'role')
  if (!admin || admin.superuser || asked.length === 0) return new Set()
  const may = session.version >= 15 ? "has_parameter_privilege($2::oid, asked, 'SET')" : '$2::oid = 0'
  const rows = await session.rows<{ name: string }>(
    `SELECT asked AS name FROM unnest($1::text[]) asked
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_settings k WHERE lower(k.name) = lower(asked) AND k.context = 'user') AND NOT ${may}`,
    [asked, admin.oid],
  )
  return new Set(rows.map(({ name }) => name))
}

/** Memberships of memberships count. A superuser is a member of everything and of nothing. */
async function rdsMemberships(
  session: Session,
  roles: readonly RoleRow[],
): Promise<{ oid: number; rdsRole: string }[]> {
  const rds = roles.filter(({ name }) => RDS_ROLES.includes(name))
  if (rds.length === 0) return []
  return session.rows(
    `SELECT r.oid, rds.rolname AS "rdsRole" FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles rds ON rds.oid = ANY ($2::oid[])
     WHERE r.oid = ANY ($1::oid[]) AND NOT r.rolsuper AND r.oid <> rds.oid AND pg_has_role(r.oid, rds.oid, 'MEMBER')`,
    [roles.map(({ oid }) => `${oid}`), rds.map(({ oid }) => `${oid}`)],
  )
}

/** What an owner is named by is its own affair. 1261 is pg_auth_members, which is read as memberships. */
const DEPENDENCIES = 'FROM pg_catalog.pg_shdepend s WHERE s.refclassid = 1260 AND s.classid <> 1261'

function partnerOids(roles: readonly RoleRow[], question: CatalogQuestion): string {
  const partners = roles.filter(
    ({ name, comment }) => readStamp(comment).kind === 'stamp' || name === question.adopt,
  )
  return [0, ...partners.map(({ oid }) => oid)].join(', ')
}

function mentionsQuery(oids: string): string {
  return `SELECT r.rolname AS role, d.datname AS database, here, s.deptype AS kind, s.classid::regclass::text AS catalog,
  s.objid AS oid, s.objsubid AS "column",
  CASE WHEN here THEN pg_describe_object(s.classid, s.objid, s.objsubid) END AS object,
  CASE WHEN here THEN (SELECT upper(i.type) || ' ' || i.identity FROM pg_identify_object(s.classid, s.objid, s.objsubid) i
    WHERE i.type IN ('table', 'view', 'materialized view', 'sequence', 'foreign table', 'schema', 'function', 'procedure',
      'aggregate', 'type', 'domain', 'database', 'language', 'tablespace', 'publication', 'subscription', 'collation'))
  END AS "statementName"
FROM pg_catalog.pg_shdepend s
JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid,
LATERAL (SELECT s.dbid = 0 OR d.datname = current_database() AS here) place
WHERE s.refclassid = 1260 AND s.classid <> 1261 AND s.refobjid IN (${oids})
ORDER BY s.deptype <> 'o'`
}
