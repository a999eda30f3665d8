import { describe, expect, it } from 'vitest'
import type { Catalog, Role } from '../../../lambdas/adapters/postgres/catalog.ts'
import {
  refuseAdminWithoutRights,
  refuseOtherSession,
  refuseUnsuitableUser,
} from '../../../lambdas/adapters/postgres/suitability.ts'
import { catalog, role } from './roles.ts'

describe('refuseUnsuitableUser', () => {
  it.each([
    ['the admin', role('admin', 1), /admin itself/],
    ['a superuser', role('app', 1, { superuser: true }), /superuser/],
    ['a member of rds_iam', role('app', 1, { rdsRoles: ['rds_iam'] }), /REVOKE rds_iam FROM app/],
    ['a member of rds_ad', role('app', 1, { rdsRoles: ['rds_password', 'rds_ad'] }), /rds_ad/],
  ])('refuses %s', (_, user, message) => {
    expect(() => refuseUnsuitableUser(user, 'admin')).toThrow(
      expect.objectContaining({ code: 'TARGET_UNSUITABLE', message: expect.stringMatching(message) }),
    )
  })

  it('has nothing against a member of rds_password', () => {
    expect(() => refuseUnsuitableUser(role('app', 1, { rdsRoles: ['rds_password'] }), 'admin')).not.toThrow()
  })
})

describe('refuseOtherSession', () => {
  it('passes a session of the user itself, whatever role it takes', () => {
    expect(() =>
      refuseOtherSession(catalog([], { sessionUser: 'app', currentUser: 'team' }), 'app'),
    ).not.toThrow()
  })

  it('refuses a login that somebody mapped to another user', () => {
    expect(() => refuseOtherSession(catalog([], { sessionUser: 'pooled' }), 'app')).toThrow(
      expect.objectContaining({ code: 'TARGET_UNSUITABLE', message: expect.stringContaining('pooled') }),
    )
  })
})

describe('refuseAdminWithoutRights', () => {
  const admin: Partial<Role> = { createRole: true }
  const check = (
    {
      owner,
      partner,
      of,
      ...more
    }: { owner?: Partial<Role>; partner?: Partial<Role>; of?: Partial<Role> } & Partial<Catalog>,
    pendingUser = 'app_b',
  ) => {
    const roles = [
      role('app', 1, owner),
      ...(partner ? [role('app_b', 2, partner)] : []),
      role('my admin', 3, { ...admin, ...of }),
    ]
    const found = catalog(roles, more)
    const [first, second] = roles
    return () =>
      refuseAdminWithoutRights(
        found,
        {
          owner: first as Role,
          partnerName: 'app_b',
          partner: partner ? second : undefined,
          stamp: undefined,
        },
        pendingUser,
        'my admin',
      )
  }
  const statement = (text: string) =>
    expect.objectContaining({ code: 'ADMIN_LACKS_RIGHT', message: expect.stringContaining(text) })

  it('names the admin secret when there is no such role', () => {
    const owner = role('app', 1)
    expect(() =>
      refuseAdminWithoutRights(
        catalog([owner]),
        { owner, partnerName: 'app_b', partner: undefined, stamp: undefined },
        'app_b',
        'gone',
      ),
    ).toThrow(expect.objectContaining({ code: 'ADMIN_SECRET_INVALID' }))
  })

  it.each([
    ['CREATEROLE', { of: { createRole: false } }, 'ALTER ROLE "my admin" CREATEROLE'],
    ['the owner', { owner: { adminOption: false } }, 'GRANT app TO "my admin" WITH ADMIN OPTION'],
    [
      'an adopted partner',
      { partner: { adminOption: false } },
      'GRANT app_b TO "my admin" WITH ADMIN OPTION',
    ],
    ['passwords on RDS', { restrictsPasswords: true }, 'GRANT rds_password TO "my admin"'],
    ['CREATEDB', { owner: { createDatabase: true } }, 'ALTER ROLE "my admin" CREATEDB'],
    ['REPLICATION', { owner: { replication: true } }, 'ALTER ROLE "my admin" REPLICATION'],
    [
      'BYPASSRLS before 16',
      { version: 15, owner: { bypassRowSecurity: true } },
      'ALTER ROLE app NOBYPASSRLS',
    ],
    [
      'a setting',
      {
        owner: {
          settings: [{ database: null, config: ['app.tenant=1'] }],
          settingsBeyondAdmin: ['app.tenant'],
        },
      },
      'GRANT SET ON PARAMETER app.tenant TO "my admin"',
    ],
    [
      'a setting on 14',
      {
        version: 14,
        owner: { settings: [{ database: null, config: ['a.b=1'] }], settingsBeyondAdmin: ['a.b'] },
      },
      'ALTER ROLE app RESET a.b',
    ],
  ])('prints what an admin without %s needs', (_, wish, text) => {
    expect(check(wish)).toThrow(statement(text))
  })

  it('prints everything at once', () => {
    expect(check({ of: { createRole: false }, owner: { adminOption: false } })).toThrow(
      statement('ALTER ROLE "my admin" CREATEROLE; GRANT app TO "my admin" WITH ADMIN OPTION'),
    )
  })

  it.each([
    ['is a superuser', { of: { superuser: true, createRole: false }, owner: { adminOption: false } }],
    ['needs no option before 16', { version: 15, owner: { adminOption: false } }],
    ['may give CREATEDB before 16', { version: 15, owner: { createDatabase: true } }],
    ['has what the owner has', { owner: { createDatabase: true }, of: { createDatabase: true } }],
    ['finds the partner as it should be', { owner: { replication: true }, partner: { replication: true } }],
    ['is a member of rds_password', { restrictsPasswords: true, of: { rdsRoles: ['rds_password'] } }],
  ])('passes one that %s', (_, wish) => {
    expect(check(wish)).not.toThrow()
  })

  it('asks for nothing to copy when the owner is the one that gets a version', () => {
    expect(check({ owner: { replication: true }, partner: {} }, 'app')).not.toThrow()
    expect(check({ owner: { replication: true }, partner: {} }, 'app_b')).toThrow()
  })
})
