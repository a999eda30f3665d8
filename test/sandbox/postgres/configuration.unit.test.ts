import { describe, expect, it } from 'vitest'
import { pgHba, postgresqlConf } from '../../../sandbox/postgres/configuration.ts'

describe('postgresql.conf', () => {
  it('quotes values as the server reads them', () => {
    expect(postgresqlConf({ log_line_prefix: "it's %m \\ " })).toBe("log_line_prefix = 'it''s %m \\\\ '\n")
  })

  it('keeps the order, since the last of two lines wins', () => {
    expect(postgresqlConf({ work_mem: '1MB', port: '1' })).toBe("work_mem = '1MB'\nport = '1'\n")
  })

  it.each([[{ 'a\nb': '1' }], [{ work_mem: "1\nfsync = 'on" }], [{ 'include file': 'x' }]])(
    'refuses what would be another line or another setting: %j',
    (settings) => {
      expect(() => postgresqlConf(settings)).toThrow('not a PostgreSQL setting')
    },
  )
})

describe('pg_hba.conf', () => {
  it('puts the caller’s lines first, because the first match decides', () => {
    expect(pgHba(['hostssl all legacy all md5']).split('\n')[0]).toBe('hostssl all legacy all md5')
  })

  it('lets nobody in without TLS', () => {
    expect(
      pgHba([])
        .split('\n')
        .filter((line) => /^(host|local)\s/.test(line)),
    ).toEqual([])
    expect(pgHba([])).toContain('hostnossl all all all reject')
  })
})
