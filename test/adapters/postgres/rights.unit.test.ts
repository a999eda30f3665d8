import { describe, expect, it } from 'vitest'
import type { Catalog, Mention, Role } from '../../../lambdas/adapters/postgres/catalog.ts'
import { partnerStatements } from '../../../lambdas/adapters/postgres/partner-role.ts'
import { differences, privilegeDifference } from '../../../lambdas/adapters/postgres/rights.ts'
import { catalog, membership, role } from './roles.ts'

const settings = [{ database: null, config: ['role=app'] }]
const inPlace = [membership('app', 'app_b')]

function pair(owner: Partial<Role> = {}, partner: Partial<Role> = {}) {
  return {
    owner: role('app', 1, owner),
    partnerName: 'app_b',
    partner: role('app_b', 2, { settings, ...partner }),
    stamp: undefined,
  }
}

const mention = (more: Partial<Mention>): Mention => ({
  role: 'app_b',
  database: 'd',
  here: true,
  kind: 'o',
  catalog: 'pg_class',
  oid: 1,
  column: 0,
  object: 'table s.t',
  statementName: 'TABLE s.t',
  ...more,
})

describe('differences', () => {
  it('finds none between an owner and the partner that set makes of it', () => {
    expect(differences(catalog([], { memberships: inPlace }), pair())).toEqual([])
  })

  const found: [string, Partial<Catalog>, Partial<Role>, RegExp][] = [
    ['no membership', {}, {}, /GRANT app TO app_b WITH INHERIT TRUE, SET TRUE/],
    [
      'a membership without INHERIT',
      { memberships: [membership('app', 'app_b', { inherit: false })] },
      {},
      /GRANT app/,
    ],
    [
      'a membership without SET',
      { memberships: [membership('app', 'app_b', { set: false })] },
      {},
      /GRANT app/,
    ],
    ['NOINHERIT', { memberships: inPlace }, { inherit: false }, /ALTER ROLE app_b INHERIT/],
    [
      'a role of its own',
      { memberships: [...inPlace, membership('team', 'app_b')] },
      {},
      /REVOKE team FROM app_b/,
    ],
    [
      'a member of its own',
      { memberships: [...inPlace, membership('app_b', 'bob')] },
      {},
      /REVOKE app_b FROM bob/,
    ],
    [
      'another limit',
      { memberships: inPlace },
      { connectionLimit: 5 },
      /ALTER ROLE app_b CONNECTION LIMIT -1/,
    ],
    ['another end', { memberships: inPlace }, { validUntil: '2030-01-01' }, /VALID UNTIL 'infinity'/],
    ['another attribute', { memberships: inPlace }, { createDatabase: true }, /NOCREATEDB/],
    [
      'another setting',
      { memberships: inPlace },
      { settings: [] },
      /ALTER ROLE app_b SET "role" TO 'app'|SET role TO 'app'/,
    ],
    [
      'a table of its own',
      { memberships: inPlace, mentions: [mention({})] },
      {},
      /ALTER TABLE s.t OWNER TO app/,
    ],
    [
      'something of its own in another database',
      { memberships: inPlace, mentions: [mention({ here: false, object: null, statementName: null })] },
      {},
      /in that database, REASSIGN OWNED BY app_b TO app/,
    ],
    [
      'a policy of its own',
      { memberships: inPlace, mentions: [mention({ kind: 'r' })] },
      {},
      /Name app there/,
    ],
  ]
  it.each(found)('finds %s and says how to be rid of it', (_, facts, partner, fix) => {
    const all = differences(catalog([], facts), pair({}, partner))
    expect(all).toHaveLength(1)
    expect(all[0]?.fix).toMatch(fix)
  })

  it.each([
    ['roles that both have', [membership('team', 'app'), membership('team', 'app_b')]],
    ['members that both have', [membership('app', 'bob'), membership('app_b', 'bob')]],
    ['an administrator as member', [membership('app_b', 'admin', { admin: true })]],
    ['a membership that gives nothing', [membership('app_b', 'bob', { inherit: false, set: false })]],
  ])('does not mind %s', (_, memberships) => {
    expect(differences(catalog([], { memberships: [...inPlace, ...memberships] }), pair())).toEqual([])
  })

  it('leaves privileges to those who can ask the server about them', () => {
    const mentions = [mention({ kind: 'a' }), mention({ kind: 'i' })]
    expect(differences(catalog([], { memberships: inPlace, mentions }), pair())).toEqual([])
  })
})

describe('privilegeDifference', () => {
  it.each([
    ['VIEW s.v', 'REVOKE ALL ON TABLE s.v FROM app_b'],
    ['MATERIALIZED VIEW s.v', 'REVOKE ALL ON TABLE s.v FROM app_b'],
    ['SEQUENCE s.q', 'REVOKE ALL ON SEQUENCE s.q FROM app_b'],
  ])('revokes on %s as the server wants it', (statementName, fix) => {
    expect(privilegeDifference(mention({ kind: 'a', statementName }), pair()).fix).toContain(fix)
  })
})

describe('partnerStatements', () => {
  const newcomer = (owner: Partial<Role>, version: number) =>
    partnerStatements(catalog([], { version }), { ...pair(owner), partner: undefined })

  it('makes a partner that cannot log in yet', () => {
    expect(newcomer({}, 16)).toEqual([
      'CREATE ROLE "app_b" NOLOGIN',
      'GRANT "app" TO "app_b" WITH INHERIT TRUE, SET TRUE',
      `ALTER ROLE "app_b" SET "role" TO 'app'`,
    ])
    expect(newcomer({}, 14)[1]).toBe('GRANT "app" TO "app_b"')
  })

  it('copies what the owner has', () => {
    const owner = { connectionLimit: 9, validUntil: '2030-01-01 00:00:00+00', createDatabase: true }
    expect(newcomer(owner, 16)).toContain(
      `ALTER ROLE "app_b" CREATEDB CONNECTION LIMIT 9 VALID UNTIL '2030-01-01 00:00:00+00'`,
    )
  })

  it('says nothing where nothing differs', () => {
    expect(partnerStatements(catalog([], { memberships: inPlace }), pair())).toEqual([])
  })

  it('makes a partner inherit, whether its owner does or not', () => {
    const found = catalog([], { version: 14, memberships: inPlace })
    expect(partnerStatements(found, pair({ inherit: false }, { inherit: false }))).toEqual([
      'ALTER ROLE "app_b" INHERIT',
    ])
    expect(partnerStatements(found, pair({ inherit: false }))).toEqual([])
  })
})
