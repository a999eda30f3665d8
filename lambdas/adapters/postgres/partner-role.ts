import type { Catalog, Role } from './catalog.ts'
import type { Pair } from './pair.ts'
import { identifier, literal } from './quoting.ts'
import { partnerSettings, settingChanges, settingStatement } from './role-settings.ts'

/** The statements that make the partner (or bring it back to) a role that logs in as its owner does; nothing when it already does. Without login or password. */
export function partnerStatements(catalog: Catalog, pair: Pair): string[] {
  const { owner, partner, partnerName } = pair
  const name = identifier(partnerName)
  const statements = partner ? [] : [`CREATE ROLE ${name} NOLOGIN`]
  if (!isMember(catalog, owner.name, partnerName))
    statements.push(
      catalog.version >= 16
        ? `GRANT ${identifier(owner.name)} TO ${name} WITH INHERIT TRUE, SET TRUE`
        : `GRANT ${identifier(owner.name)} TO ${name}`,
    )
  const options = attributeOptions(owner, partner)
  if (options.length > 0) statements.push(`ALTER ROLE ${name} ${options.join(' ')}`)
  for (const change of settingChanges(partnerSettings(owner.name, owner.settings), partner?.settings ?? []))
    statements.push(settingStatement(partnerName, change))
  return statements
}

/** Does `member` have the rights of `role` and may it become it? Before PostgreSQL 16 that takes its INHERIT as well, which is an attribute. */
export function isMember(catalog: Catalog, role: string, member: string): boolean {
  const rows = catalog.memberships.filter((row) => row.role === role && row.member === member)
  return rows.some((row) => row.inherit ?? true) && rows.some((row) => row.set ?? true)
}

export function attributeOptions(owner: Role, partner: Role | undefined): string[] {
  const flags = [
    ['CREATEDB', owner.createDatabase, partner?.createDatabase ?? false],
    ['CREATEROLE', owner.createRole, partner?.createRole ?? false],
    ['REPLICATION', owner.replication, partner?.replication ?? false],
    ['BYPASSRLS', owner.bypassRowSecurity, partner?.bypassRowSecurity ?? false],
  ] as const
  const options = flags
    .filter(([, want, have]) => want !== have)
    .map(([keyword, want]) => (want ? keyword : `NO${keyword}`))
  // Whatever the owner does: without it, a partner before PostgreSQL 16 has none of the owner's rights.
  if (partner?.inherit === false) options.push('INHERIT')
  if (owner.connectionLimit !== (partner?.connectionLimit ?? -1))
    options.push(`CONNECTION LIMIT ${owner.connectionLimit}`)
  if (owner.validUntil !== (partner?.validUntil ?? null))
    options.push(`VALID UNTIL ${literal(owner.validUntil ?? 'infinity')}`)
  return options
}
