import type { Session } from './connection.ts'
import { literal } from './quoting.ts'
import type { RoleSettings } from './role-settings.ts'
import { STAMP_PREFIX } from './stamp.ts'

/** What the catalogues say about the roles of one pair and about the admin. Every role may read all of it. */
export interface Catalog {
  /** Major version. */
  readonly version: number
  readonly inRecovery: boolean
  readonly sessionUser: string
  readonly currentUser: string
  readonly database: string
  /** `rds.restrict_password_commands`: only members of `rds_password` may then set passwords. */
  readonly restrictsPasswords: boolean
  readonly roles: readonly Role[]
  readonly memberships: readonly Membership[]
  /** What in any database depends on a stamped role, or on the one to adopt. At most 50. */
  readonly mentions: readonly Mention[]
}

export interface Role {
  readonly oid: number
  readonly name: string
  readonly superuser: boolean
  readonly login: boolean
  readonly createDatabase: boolean
  readonly createRole: boolean
  readonly replication: boolean
  readonly bypassRowSecurity: boolean
  /** -1 is no limit. */
  readonly connectionLimit: number
  /** As VALID UNTIL takes it; null is for ever. */
  readonly validUntil: string | null
  readonly comment: string | null
  readonly settings: readonly RoleSettings[]
  /** The role among `rds_iam` and `rds_ad` that it is a member of: then it does not log in with a password. */
  readonly otherLogin: string | null
  readonly mayUseRdsPassword: boolean
  /** May the admin grant this role and alter it (PostgreSQL 16 and later ask for that)? */
  readonly adminOption: boolean
  /** Settings of this role that the admin may not copy: only a superuser, or a holder of SET ON PARAMETER, may. */
  readonly settingsBeyondAdmin: readonly string[]
}

/** `member` is a direct member of `role`. */
export interface Membership {
  readonly role: string
  readonly member: string
  /** The member administers roles: PostgreSQL 16 makes a creator a member of what it creates. */
  readonly memberAdministers: boolean
  /** Does the member have the role's rights without SET ROLE? Null before PostgreSQL 16, where the member's INHERIT decides. */
  readonly inherit: boolean | null
  readonly set: boolean | null
  readonly memberInherits: boolean
}

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
  readonly admin: string | undefined
}

export async function readCatalog(session: Session, question: CatalogQuestion): Promise<Catalog> {
  return asCatalog(session, await session.rows(catalogQuery(session.version, question)))
}

/** For a query that ran along with other statements. */
export function asCatalog(session: Session, rows: readonly { catalog: Omit<Catalog, 'version'> }[]): Catalog {
  const [row] = rows
  if (!row) throw new Error('the catalogue query returns one row')
  return { ...row.catalog, version: session.version }
}

/**
 * One row with one column, `catalog`. The roles are those named, those whose stamp speaks of this secret or this user, and the owners
 * that these stamps name.
 */
export function catalogQuery(version: number, question: CatalogQuestion): string {
  const names = [
    question.username,
    ...question.names,
    ...(question.admin === undefined ? [] : [question.admin]),
  ]
  // GRANT SET ON PARAMETER came with PostgreSQL 15; before, a superuser's setting was a superuser's alone.
  const maySet = version >= 15 ? `has_parameter_privilege(admin.oid, item.name, 'SET')` : 'admin.rolsuper'
  return `
WITH stamped AS (
  SELECT objoid AS oid, description FROM pg_catalog.pg_shdescription
  WHERE classoid = 'pg_catalog.pg_authid'::regclass AND description LIKE ${literal(`${STAMP_PREFIX}%`)}
    AND (strpos(description, ${literal(question.secretId)}) > 0
      OR strpos(description, ${literal(JSON.stringify(question.username))}) > 0)
), related AS (
  SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN (${names.map(literal).join(', ')})
  UNION SELECT oid FROM stamped
  UNION SELECT r.oid FROM pg_catalog.pg_roles r
    JOIN stamped s ON r.oid::int8 = (regexp_match(s.description, '"ownerOid":([0-9]{1,10})'))[1]::int8
), admin AS (
  SELECT * FROM pg_catalog.pg_roles WHERE rolname = ${question.admin === undefined ? 'NULL' : literal(question.admin)}
), watched AS (
  SELECT oid FROM stamped
  UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolname IN (${question.names.map(literal).join(', ') || 'NULL'})
)
SELECT json_build_object(
  'inRecovery', pg_is_in_recovery(),
  'sessionUser', session_user,
  'currentUser', current_user,
  'database', current_database(),
  'restrictsPasswords', coalesce(current_setting('rds.restrict_password_commands', true), 'off') = 'on',
  'roles', (SELECT coalesce(json_agg(json_build_object(
      'oid', r.oid::int8,
      'name', r.rolname,
      'superuser', r.rolsuper,
      'login', r.rolcanlogin,
      'createDatabase', r.rolcreatedb,
      'createRole', r.rolcreaterole,
      'replication', r.rolreplication,
      'bypassRowSecurity', r.rolbypassrls,
      'connectionLimit', r.rolconnlimit,
      'validUntil', CASE WHEN r.rolvaliduntil = 'infinity' THEN NULL WHEN isfinite(r.rolvaliduntil)
        THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'
        ELSE r.rolvaliduntil::text END,
      'comment', (SELECT description FROM pg_catalog.pg_shdescription
        WHERE objoid = r.oid AND classoid = 'pg_catalog.pg_authid'::regclass),
      'settings', (SELECT coalesce(json_agg(json_build_object(
          'database', (SELECT datname FROM pg_catalog.pg_database WHERE oid = s.setdatabase),
          'config', s.setconfig)), '[]')
        FROM pg_catalog.pg_db_role_setting s WHERE s.setrole = r.oid),
      'otherLogin', (SELECT min(other.rolname::text) FROM pg_catalog.pg_roles other
        WHERE other.rolname IN ('rds_iam', 'rds_ad') AND NOT r.rolsuper AND pg_has_role(r.oid, other.oid, 'MEMBER')),
      'mayUseRdsPassword', EXISTS (SELECT FROM pg_catalog.pg_roles p
        WHERE p.rolname = 'rds_password' AND pg_has_role(r.oid, p.oid, 'MEMBER')),
      'adminOption', coalesce((SELECT pg_has_role(admin.oid, r.oid, 'MEMBER WITH ADMIN OPTION') FROM admin), false),
      'settingsBeyondAdmin', (SELECT coalesce(json_agg(DISTINCT item.name), '[]')
        FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) entry,
          LATERAL (SELECT split_part(entry, '=', 1) AS name) item, admin
        WHERE s.setrole = r.oid AND NOT admin.rolsuper AND item.name <> 'role'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings k
            WHERE lower(k.name) = lower(item.name) AND k.context = 'user')
          AND NOT ${maySet})
    )), '[]') FROM pg_catalog.pg_roles r JOIN related USING (oid)),
  'memberships', (SELECT coalesce(json_agg(json_build_object(
      'role', granted.rolname,
      'member', member.rolname,
      'memberAdministers', member.rolcreaterole OR member.rolsuper,
      'memberInherits', member.rolinherit,
      'inherit', (to_jsonb(m) ->> 'inherit_option')::boolean,
      'set', (to_jsonb(m) ->> 'set_option')::boolean)), '[]')
    FROM pg_catalog.pg_auth_members m
    JOIN pg_catalog.pg_roles granted ON granted.oid = m.roleid
    JOIN pg_catalog.pg_roles member ON member.oid = m.member
    WHERE m.roleid IN (SELECT oid FROM related) OR m.member IN (SELECT oid FROM related)),
  'mentions', (SELECT coalesce(json_agg(mention), '[]') FROM (
    SELECT json_build_object(
      'role', r.rolname,
      'database', d.datname,
      'here', here,
      'kind', s.deptype,
      'catalog', s.classid::regclass::text,
      'oid', s.objid::int8,
      'column', s.objsubid,
      'object', CASE WHEN here THEN pg_describe_object(s.classid, s.objid, s.objsubid) END,
      'statementName', CASE WHEN here THEN
        (SELECT upper(i.type) || ' ' || i.identity FROM pg_identify_object(s.classid, s.objid, s.objsubid) i
         WHERE i.type IN ('table', 'view', 'materialized view', 'sequence', 'foreign table', 'schema', 'function', 'procedure',
           'aggregate', 'type', 'domain', 'database', 'language', 'tablespace', 'publication', 'subscription', 'collation')) END
    ) AS mention
    FROM pg_catalog.pg_shdepend s
    JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid,
    LATERAL (SELECT s.dbid = 0 OR d.datname = current_database() AS here) place
    WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid IN (SELECT oid FROM watched)
      AND s.classid <> 'pg_catalog.pg_auth_members'::regclass
    LIMIT 50) all_mentions)
) AS catalog`
}
