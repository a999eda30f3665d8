import type { Mention } from './catalog.ts'
import type { Session } from './connection.ts'
import type { Pair } from './pair.ts'

interface AclCatalog {
  readonly catalog: string
  readonly acl: string
  /** Does `owner` hold privilege `p` on the object? */
  readonly holds: string
  readonly name?: string
  readonly column?: string
  readonly since?: number
}

// Large objects are missing: no server before PostgreSQL 18 can be asked. What is missing counts as not held.
const aclCatalogs: readonly AclCatalog[] = [
  {
    catalog: 'pg_class',
    acl: 'relacl',
    holds:
      "CASE WHEN x.relkind = 'S' THEN has_sequence_privilege(owner, x.oid, p) ELSE has_table_privilege(owner, x.oid, p) END",
  },
  {
    catalog: 'pg_attribute',
    name: 'pg_class',
    column: 'x.attnum',
    acl: 'attacl',
    holds: 'has_column_privilege(owner, x.attrelid, x.attnum, p)',
  },
  { catalog: 'pg_proc', acl: 'proacl', holds: 'has_function_privilege(owner, x.oid, p)' },
  { catalog: 'pg_namespace', acl: 'nspacl', holds: 'has_schema_privilege(owner, x.oid, p)' },
  { catalog: 'pg_database', acl: 'datacl', holds: 'has_database_privilege(owner, x.oid, p)' },
  { catalog: 'pg_type', acl: 'typacl', holds: 'has_type_privilege(owner, x.oid, p)' },
  { catalog: 'pg_language', acl: 'lanacl', holds: 'has_language_privilege(owner, x.oid, p)' },
  { catalog: 'pg_foreign_server', acl: 'srvacl', holds: 'has_server_privilege(owner, x.oid, p)' },
  {
    catalog: 'pg_foreign_data_wrapper',
    acl: 'fdwacl',
    holds: 'has_foreign_data_wrapper_privilege(owner, x.oid, p)',
  },
  { catalog: 'pg_tablespace', acl: 'spcacl', holds: 'has_tablespace_privilege(owner, x.oid, p)' },
  {
    catalog: 'pg_parameter_acl',
    acl: 'paracl',
    holds: 'has_parameter_privilege(owner, x.parname, p)',
    since: 15,
  },
]

/** Those of the mentions whose privileges the owner does not hold too, by grant, by membership or because everybody does. */
export async function privilegesOwnerLacks(
  session: Session,
  pair: Pair,
  mentions: readonly Mention[],
): Promise<Mention[]> {
  const here = mentions.filter((mention) => mention.here)
  if (!pair.partner || here.length === 0) return [...mentions]
  const held = await session.rows<{ catalog: string; oid: string; column: number; held: boolean }>(
    `SELECT catalog, oid, "column", bool_and(held) AS held FROM (${aclCatalogs
      .filter(({ since = 0 }) => session.version >= since)
      .map(heldQuery)
      .join('\nUNION ALL\n')}) direct GROUP BY catalog, oid, "column"`,
    [pair.owner.oid, pair.partner.oid, `{${here.map((mention) => mention.oid).join(',')}}`],
  )
  const holds = new Set(
    held.filter((row) => row.held).map((row) => `${row.catalog} ${row.oid} ${row.column}`),
  )
  return mentions.filter(
    ({ here: known, catalog, oid, column }) => !known || !holds.has(`${catalog} ${oid} ${column}`),
  )
}

function heldQuery({ catalog, name = catalog, column = '0', acl, holds }: AclCatalog): string {
  const oid = catalog === 'pg_attribute' ? 'x.attrelid' : 'x.oid'
  return `SELECT '${name}' AS catalog, ${oid}::int8 AS oid, ${column}::int AS "column", ${holds} AS held
    FROM pg_catalog.${catalog} x, aclexplode(x.${acl}) granted,
      LATERAL (SELECT $1::oid AS owner,
        granted.privilege_type || CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS p) asked
    WHERE granted.grantee = $2::oid AND ${oid} = ANY ($3::oid[])`
}
