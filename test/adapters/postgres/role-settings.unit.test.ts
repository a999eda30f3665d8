import { describe, expect, it } from 'vitest'
import {
  partnerSettings,
  roleAtLogin,
  settingChanges,
  settingStatement,
} from '../../../lambdas/adapters/postgres/role-settings.ts'

describe('settingStatement', () => {
  const lists: [string, string][] = [
    ['public', "'public'"],
    ['"$user", public', "'$user', 'public'"],
    ['a, "B C", "d""e", "f,g"', `'a', 'B C', 'd"e', 'f,g'`],
    ['""', "''"],
  ]
  it.each(lists)('takes the search_path %s apart', (value, written) => {
    expect(settingStatement('app', { database: null, name: 'search_path', value })).toBe(
      `ALTER ROLE "app" SET "search_path" TO ${written}`,
    )
  })

  it('leaves a value that is no list in one piece', () => {
    expect(settingStatement('app', { database: null, name: 'app.tenant', value: 'a, b' })).toBe(
      `ALTER ROLE "app" SET "app.tenant" TO 'a, b'`,
    )
  })

  it('knows databases and resets', () => {
    expect(settingStatement('app', { database: 'my db', name: 'work_mem', value: undefined })).toBe(
      `ALTER ROLE "app" IN DATABASE "my db" RESET "work_mem"`,
    )
  })
})

describe('settingChanges', () => {
  it('sets what differs, resets what is too much and leaves the rest alone, per database', () => {
    const wanted = [
      { database: null, config: ['a=1', 'b=x=y'] },
      { database: 'd', config: ['a=2'] },
    ]
    const actual = [
      { database: null, config: ['a=1', 'b=x'] },
      { database: 'e', config: ['a=3'] },
    ]
    expect(settingChanges(wanted, actual)).toEqual([
      { database: null, name: 'b', value: 'x=y' },
      { database: 'd', name: 'a', value: '2' },
      { database: 'e', name: 'a', value: undefined },
    ])
    expect(settingChanges(wanted, wanted)).toEqual([])
  })
})

describe('partnerSettings', () => {
  it('adds the owner as role', () => {
    expect(partnerSettings('app', [{ database: 'd', config: ['a=1'] }])).toEqual([
      { database: null, config: ['role=app'] },
      { database: 'd', config: ['a=1'] },
    ])
  })

  it('keeps the role that the owner takes itself', () => {
    expect(partnerSettings('app', [{ database: null, config: ['role=team'] }])).toEqual([
      { database: null, config: ['role=team'] },
    ])
  })
})

describe('roleAtLogin', () => {
  const settings = [
    { database: null, config: ['role=team'] },
    { database: 'd', config: ['role=special'] },
    { database: 'n', config: ['role=none'] },
  ]
  it.each([
    ['d', 'special'],
    ['other', 'team'],
    ['n', 'app'],
  ])('is, in database %s, %s', (database, role) => {
    expect(roleAtLogin('app', database, settings)).toBe(role)
  })

  it('is the user itself without a setting', () => {
    expect(roleAtLogin('app', 'd', [])).toBe('app')
  })
})
