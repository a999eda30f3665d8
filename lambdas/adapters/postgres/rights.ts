import type { Catalog, Mention } from './catalog.ts'
import type { Pair } from './pair.ts'
import { attributeOptions, isMember } from './partner-role.ts'
import { shownIdentifier } from './quoting.ts'
import { partnerSettings, settingChanges, settingStatement } from './role-settings.ts'

/** Something that one user of the pair has and the other has not. */
export interface Difference {
  readonly what: string
  /** What a person can run, or has to do, to be rid of it. */
  readonly fix: string
}

/** Everything in which a session of the partner differs from one of its owner, privileges granted to the partner itself apart. */
export function differences(catalog: Catalog, pair: Pair): Difference[] {
  const { owner, partner } = pair
  if (!partner) return [{ what: `the partner ${pair.partnerName} does not exist`, fix: 'Rotate again' }]
  const ownerName = shownIdentifier(owner.name)
  const partnerName = shownIdentifier(partner.name)
  const found: Difference[] = []
  if (!isMember(catalog, owner.name, partner.name))
    found.push({
      what: `${partner.name} is no member of ${owner.name} with its rights`,
      fix: `GRANT ${ownerName} TO ${partnerName}${catalog.version >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : ''}`,
    })
  const options = attributeOptions(owner, partner)
  if (options.length > 0)
    found.push({
      what: `${partner.name} has other attributes than ${owner.name}`,
      fix: `ALTER ROLE ${partnerName} ${options.join(' ')}, or change ${ownerName} likewise`,
    })
  for (const change of settingChanges(partnerSettings(owner.name, owner.settings), partner.settings))
    found.push({
      what: `the setting ${change.name} of ${partner.name} differs from that of ${owner.name}`,
      fix: `${settingStatement(partner.name, change, shownIdentifier)}, or change ${ownerName} likewise`,
    })
  return [...found, ...lastingDifferences(catalog, pair)]
}

/** Those that giving the partner a new password does not take away. */
export function lastingDifferences(catalog: Catalog, { owner, partner }: Pair): Difference[] {
  if (!partner) return []
  const ownerName = shownIdentifier(owner.name)
  const partnerName = shownIdentifier(partner.name)
  const found: Difference[] = []
  for (const role of extraRoles(catalog, partner.name, owner.name))
    found.push({
      what: `${partner.name} alone is a member of ${role}`,
      fix: `GRANT ${shownIdentifier(role)} TO ${ownerName}, or REVOKE ${shownIdentifier(role)} FROM ${partnerName}`,
    })
  for (const member of extraMembers(catalog, partner.name, owner.name))
    found.push({
      what: `${member} is a member of ${partner.name} but not of ${owner.name}`,
      fix: `GRANT ${ownerName} TO ${shownIdentifier(member)} and REVOKE ${partnerName} FROM ${shownIdentifier(member)}`,
    })
  for (const mention of catalog.mentions)
    if (mention.role === partner.name && !isPrivilege(mention))
      found.push(dependency(mention, ownerName, partnerName))
  return found
}

/** A privilege granted to the role itself; whether the owner holds it as well has to be asked. */
export function isPrivilege(mention: Mention): boolean {
  return mention.kind === 'a' || mention.kind === 'i'
}

export function privilegeDifference(mention: Mention, pair: Pair): Difference {
  const partner = shownIdentifier(pair.partnerName)
  return {
    what: `${pair.partnerName} alone has privileges on ${place(mention)}`,
    fix:
      mention.statementName === null
        ? `Grant them to ${shownIdentifier(pair.owner.name)} and revoke them from ${partner}`
        : `REVOKE ALL ON ${grantName(mention.statementName)} FROM ${partner}, after granting the same to ${shownIdentifier(pair.owner.name)}`,
  }
}

/** GRANT knows all relations but sequences as tables. */
function grantName(statementName: string): string {
  return statementName.replace(/^(MATERIALIZED VIEW|FOREIGN TABLE|VIEW) /, 'TABLE ')
}

function extraRoles(catalog: Catalog, partner: string, owner: string): string[] {
  const of = (member: string) =>
    catalog.memberships.filter((row) => row.member === member && usable(row)).map((row) => row.role)
  const owners = new Set([owner, ...of(owner)])
  return [...new Set(of(partner))].filter((role) => !owners.has(role))
}

/** Whoever administers the partner does not count: on PostgreSQL 16 and later that makes a member, and may take what it likes in any case. */
function extraMembers(catalog: Catalog, partner: string, owner: string): string[] {
  const of = (role: string) => catalog.memberships.filter((row) => row.role === role && usable(row))
  const administrators = catalog.memberships.filter((row) => row.role === partner && row.admin)
  const known = new Set([...of(owner), ...administrators].map((row) => row.member))
  return [...new Set(of(partner).map((row) => row.member))].filter((member) => !known.has(member))
}

function usable(row: { readonly inherit: boolean | null; readonly set: boolean | null }): boolean {
  return row.inherit !== false || row.set !== false
}

function dependency(mention: Mention, owner: string, partner: string): Difference {
  if (mention.kind !== 'o')
    return {
      what: `${mention.role} is named by ${place(mention)}`,
      fix: `Name ${owner} there instead of ${partner}`,
    }
  return {
    what: `${mention.role} owns ${place(mention)}, which ${owner} may not use as its own`,
    fix:
      mention.statementName === null
        ? `Give it to ${owner}${mention.here ? '' : `: in that database, REASSIGN OWNED BY ${partner} TO ${owner}`}`
        : `ALTER ${mention.statementName} OWNER TO ${owner}`,
  }
}

function place(mention: Mention): string {
  return mention.object ?? `something in database ${mention.database}`
}
