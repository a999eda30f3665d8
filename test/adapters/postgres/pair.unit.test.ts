import { describe, expect, it } from 'vitest'
import { type PartnerWish, partnerWish } from '../../../lambdas/adapters/postgres/adoption.ts'
import type { Mention } from '../../../lambdas/adapters/postgres/catalog.ts'
import {
  otherUser,
  pairOf,
  refuseHalfOfPair,
  refuseHeldSlot,
} from '../../../lambdas/adapters/postgres/pair.ts'
import { defaultPartnerName } from '../../../lambdas/adapters/postgres/partner-name.ts'
import { catalog, live, membership, retired, role, secretId, stampOn } from './roles.ts'

const app = role('app', 1)
const slots = { app: live('v1'), app_b: retired('v0') }
const stampedPartner = role('app_b', 2, { comment: stampOn(slots) })
const noWish = { name: undefined, adopt: undefined }
const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })

describe('defaultPartnerName', () => {
  it('is the owner with _b', () => expect(defaultPartnerName('app')).toBe('app_b'))

  it.each(['x'.repeat(62), 'é'.repeat(31), `${'🐘'.repeat(15)}abc`])(
    'fits 63 bytes for %s and stays different from its neighbour',
    (owner) => {
      const name = defaultPartnerName(owner)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
      expect(name).toMatch(/_[0-9a-f]{8}_b$/)
      expect(() => encodeURIComponent(name)).not.toThrow()
      expect(defaultPartnerName(`${owner.slice(0, -1)}z`)).not.toBe(name)
    },
  )
})

describe('pairOf', () => {
  it('starts with the owner alone', () => {
    expect(pairOf(catalog([app]), 'app', secretId, noWish)).toEqual({
      owner: app,
      partnerName: 'app_b',
      partner: undefined,
      stamp: undefined,
    })
  })

  it.each(['app', 'app_b'])('is read from the stamp for %s, and no suffix is guessed', (username) => {
    const oddly = role('zz', 2, { comment: stampOn({ app: live('v1'), zz: live('v2') }) })
    const user = username === 'app' ? 'app' : 'zz'
    const pair = pairOf(catalog([app, oddly]), user, secretId, noWish)
    expect([pair.owner.name, pair.partnerName, otherUser(pair, user)]).toEqual([
      'app',
      'zz',
      user === 'app' ? 'zz' : 'app',
    ])
  })

  const invalid: [string, ReturnType<typeof role>[], RegExp][] = [
    [
      'of another secret',
      [role('app_b', 2, { comment: stampOn(slots, { secret: 'arn:other' }) })],
      /arn:other/,
    ],
    [
      'of an owner with another OID',
      [role('app_b', 2, { comment: stampOn(slots, { ownerOid: 9 }) })],
      /OID 9/,
    ],
    [
      'of an owner that was renamed',
      [role('app_b', 2, { comment: stampOn({ old: live('v1'), app_b: live('v2') }, { owner: 'old' }) })],
      /old/,
    ],
    [
      'of a partner that was renamed',
      [role('app_b', 2, { comment: stampOn({ app: live('v1'), was: live('v2') }) })],
      /renamed/,
    ],
    ['of one role only', [role('app_b', 2, { comment: stampOn({ app: live('v1') }) })], /renamed/],
    ['of three roles', [role('app_b', 2, { comment: stampOn({ ...slots, c: live('v3') }) })], /renamed/],
    ['of a newer format', [role('app_b', 2, { comment: 'overlap/3 {}' })], /newer/],
    ['that is not JSON', [role('app_b', 2, { comment: 'overlap/1 {' })], /JSON/],
    [
      'on two roles at once',
      [stampedPartner, role('app_c', 3, { comment: stampOn({ app: live('v1'), app_c: live('v2') }) })],
      /app_b and app_c/,
    ],
  ]
  it.each(invalid)('refuses a stamp %s', (_, roles, message) => {
    expect(() => pairOf(catalog([app, ...roles]), 'app', secretId, noWish)).toThrow(
      code('STAMP_INVALID', message),
    )
  })

  it('refuses an unreadable stamp on a member of the user, which may be its partner', () => {
    const odd = role('odd', 5, { comment: 'overlap/1 {' })
    const memberships = [membership('app', 'odd')]
    expect(() => pairOf(catalog([app, odd], { memberships }), 'app', secretId, noWish)).toThrow(
      code('STAMP_INVALID'),
    )
    expect(pairOf(catalog([app, odd]), 'app', secretId, noWish).partner).toBeUndefined()
  })

  it.each([
    ['was not made by Overlap', role('app_b', 2), noWish, /overlap:adopt-partner=app_b/],
    [
      'is stamped for another user',
      role('app_b', 2, { comment: stampOn({ x: live('1'), app_b: live('2') }, { owner: 'x', ownerOid: 7 }) }),
      noWish,
      /another user/,
    ],
    ['can log in', role('app_b', 2), { name: 'app_b', adopt: 'app_b' }, /ALTER ROLE app_b NOLOGIN/],
    [
      'is a superuser',
      role('app_b', 2, { superuser: true, login: false }),
      { name: 'app_b', adopt: 'app_b' },
      /superuser/,
    ],
    [
      'is to be adopted under another name',
      role('app_b', 2, { login: false }),
      { name: 'app_b', adopt: undefined },
      /not made by/,
    ],
  ])('leaves a role alone that %s', (_, taken, wish, message) => {
    expect(() => pairOf(catalog([app, taken]), 'app', secretId, wish)).toThrow(code('PARTNER_TAKEN', message))
  })

  it('refuses to adopt the current user', () => {
    expect(() => pairOf(catalog([app]), 'app', secretId, { name: 'app', adopt: 'app' })).toThrow(
      code('PARTNER_TAKEN', /itself/),
    )
  })

  const mention = (kind: string): Mention => ({
    role: 'clone',
    database: 'd',
    here: true,
    kind,
    catalog: 'pg_class',
    oid: 1,
    column: 0,
    object: 'table t',
    statementName: 'TABLE public.t',
  })
  const clone = role('clone', 2, { login: false })
  const adopt = { name: 'clone', adopt: 'clone' }

  it.each([
    ['o', /ALTER TABLE public.t OWNER TO app/],
    ['a', /Revoke/],
    ['r', /Revoke/],
  ])('refuses to adopt a role with a dependency of kind %s', (kind, message) => {
    const found = catalog([app, clone], { mentions: [mention(kind)] })
    expect(() => pairOf(found, 'app', secretId, adopt)).toThrow(code('PARTNER_TAKEN', message))
  })

  it('adopts a role that is out of use and has nothing of its own', () => {
    expect(pairOf(catalog([app, clone]), 'app', secretId, adopt)).toMatchObject({
      partnerName: 'clone',
      partner: clone,
    })
  })
})

describe('a stamp that is lost', () => {
  const takes = (name: string) => ({ settings: [{ database: null, config: [`role=${name}`] }] })
  const partner = role('app_b', 2, takes('app'))
  const lost = (roles: ReturnType<typeof role>[], of: Parameters<typeof membership>[2] = {}) =>
    catalog(roles, { memberships: [membership('app', 'app_b', of)] })
  const refused = (found: ReturnType<typeof catalog>, user: string, wish: PartnerWish = noWish) =>
    expect(() => pairOf(found, user, secretId, wish)).toThrow(code('STAMP_INVALID', /is missing, though/))

  it.each([
    ['the partner is asked about', 'app_b', noWish],
    ['its owner is asked about', 'app', noWish],
    ['a tag names the partner', 'app_b', { name: 'app_b', adopt: undefined }],
    ['a tag is left over from its adoption', 'app', { name: 'app_b', adopt: 'app_b' }],
    ['a tag is left over and the partner is asked about', 'app_b', { name: 'app_b', adopt: 'app_b' }],
  ])('is refused when %s', (_, user, wish) => refused(lost([app, partner]), user, wish))

  it('is refused when nothing is told about the owner but that it has a member', () => {
    refused(lost([partner]), 'app_b')
  })

  it.each([
    ['that takes a group', lost([app, partner], { roleLogin: false })],
    ['that takes no role', lost([app, role('app_b', 2)])],
    [
      'that takes a role in one database',
      lost([app, role('app_b', 2, { settings: [{ database: 'd', config: ['role=app'] }] })]),
    ],
    ['without the rights of the role that it takes', lost([app, partner], { inherit: false })],
    [
      'that takes another role than the one it is a member of',
      lost([role('zz', 1), role('zz_2', 2, takes('team'))]),
    ],
  ])('is not suspected of a user %s', (_, found) => {
    const user = found.roles[1]?.name ?? ''
    expect(pairOf(found, user, secretId, noWish)).toMatchObject({ owner: { name: user }, partner: undefined })
  })

  it.each([
    ['disabled', 'live'],
    ['leaked', 'leaked'],
  ] as const)('keeps of a slot that is %s and whose user this secret has: %s', (state, kept) => {
    const stray = stampOn(
      { app: { version: 'v1', state }, app_b: live('v2') },
      { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:other' },
    )
    const found = lost([app, role('app_b', 2, { ...takes('app'), comment: stray })])
    const written = new RegExp(`"app":{"version":"v1","state":"${kept}"}`)
    expect(() => pairOf(found, 'app', secretId, noWish)).toThrow(code('STAMP_INVALID', written))
  })

  it('makes no statement for a stamp that can be read by a newer Overlap alone', () => {
    const newer = role('app_b', 2, { ...takes('app'), comment: 'overlap/3 {}' })
    expect(() => pairOf(lost([app, newer]), 'app_b', secretId, noWish)).toThrow(
      code('STAMP_INVALID', /^(?!.*COMMENT ON).*newer/),
    )
  })
})

describe('refuseHalfOfPair', () => {
  const unreadable = role('odd', 5, { comment: 'overlap/1 {' })
  it.each([
    ['the owner', catalog([app, stampedPartner]), 'app', /takes turns with app_b, which is retired/],
    ['the partner', catalog([app, stampedPartner]), 'app_b', /takes turns with app, which is live/],
    ['an owner that was renamed', catalog([role('new', 1), stampedPartner]), 'new', /takes turns with app_b/],
    [
      'an owner whose stamp is unreadable',
      catalog([app, unreadable], { memberships: [membership('app', 'odd')] }),
      'app',
      /takes turns with odd/,
    ],
    ['a partner whose stamp is unreadable', catalog([unreadable]), 'odd', /takes turns with its owner/],
  ])('refuses %s', (_, found, user, message) => {
    expect(() => refuseHalfOfPair(found, user)).toThrow(code('TARGET_UNSUITABLE', message))
  })

  it.each([
    ['no stamp', catalog([app])],
    ['the stamp of another pair', catalog([role('zz', 9), stampedPartner])],
    ['an unreadable stamp elsewhere', catalog([app, unreadable])],
  ])('passes a user beside %s', (_, found) => {
    expect(() => refuseHalfOfPair(found, found.roles[0]?.name ?? '')).not.toThrow()
  })
})

describe('refuseHeldSlot', () => {
  const pair = (comment: string) =>
    pairOf(catalog([app, role('app_b', 2, { comment })]), 'app', secretId, noWish)

  it('passes a slot that was never used, is retired, or holds this very version', () => {
    expect(() => refuseHeldSlot(pairOf(catalog([app]), 'app', secretId, noWish), 'app_b', 'v2')).not.toThrow()
    expect(() => refuseHeldSlot(pair(stampOn(slots)), 'app_b', 'v2')).not.toThrow()
    expect(() =>
      refuseHeldSlot(pair(stampOn({ app: live('v1'), app_b: live('v2') })), 'app_b', 'v2'),
    ).not.toThrow()
  })

  it.each(['live', 'disabling', 'disabled'] as const)(
    'names the version that holds a slot that is %s',
    (state) => {
      const held = pair(stampOn({ app: live('v1'), app_b: { version: 'v0', state } }))
      expect(() => refuseHeldSlot(held, 'app_b', 'v2')).toThrow(
        expect.objectContaining({ code: 'DRAIN_IN_PROGRESS', detail: { holder: 'v0', role: 'app_b' } }),
      )
    },
  )

  it('passes a slot whose version leaked', () => {
    const leaked = pair(stampOn({ app: live('v1'), app_b: { version: 'v0', state: 'leaked' } }))
    expect(() => refuseHeldSlot(leaked, 'app_b', 'v2')).not.toThrow()
  })
})

describe('partnerWish', () => {
  it('takes the role to adopt as the partner', () => {
    expect(partnerWish(new Map([['overlap:adopt-partner', 'clone']]))).toEqual({
      name: 'clone',
      adopt: 'clone',
    })
  })

  it.each([
    [{ 'overlap:partner': 'a', 'overlap:adopt-partner': 'b' }],
    [{ 'overlap:partner': '' }],
    [{ 'overlap:partner': 'x'.repeat(64) }],
  ])('refuses the tags %j', (tags) => {
    expect(() => partnerWish(new Map(Object.entries(tags)))).toThrow(code('POLICY_INVALID'))
  })
})
