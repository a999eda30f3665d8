import type { Catalog, Membership, Role } from '../../../lambdas/adapters/postgres/catalog.ts'
import { type Slot, writeStamp } from '../../../lambdas/adapters/postgres/stamp.ts'

export const secretId = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop'

export function role(name: string, oid: number, more: Partial<Role> = {}): Role {
  return {
    oid,
    name,
    superuser: false,
    login: true,
    createDatabase: false,
    createRole: false,
    inherit: true,
    replication: false,
    bypassRowSecurity: false,
    connectionLimit: -1,
    validUntil: null,
    comment: null,
    settings: [],
    rdsRoles: [],
    adminOption: true,
    settingsBeyondAdmin: [],
    ...more,
  }
}

export const membership = (of: string, member: string, more: Partial<Membership> = {}): Membership => ({
  role: of,
  roleOid: 1,
  roleLogin: true,
  member,
  admin: false,
  inherit: true,
  set: true,
  ...more,
})

export function stampOn(
  slots: Record<string, Slot>,
  more: { secret?: string; ownerOid?: number; owner?: string } = {},
) {
  return writeStamp({
    secret: secretId,
    owner: 'app',
    ownerOid: 1,
    ...more,
    slots: new Map(Object.entries(slots)),
  })
}

export const live = (version: string): Slot => ({ version, state: 'live' })
export const retired = (version: string): Slot => ({ version, state: 'retired' })

export function catalog(roles: readonly Role[], more: Partial<Catalog> = {}): Catalog {
  return {
    version: 16,
    inRecovery: false,
    sessionUser: 'app',
    currentUser: 'app',
    restrictsPasswords: false,
    roles,
    memberships: [],
    mentions: [],
    ...more,
  }
}
