import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { DownloadDBLogFilePortionCommandOutput, RDSClient } from '@aws-sdk/client-rds'
import { describe, expect, it } from 'vitest'
import { type LoginLogClients, loginLogs } from '../../lambdas/aws/login-log.ts'
import { logFilesAnswering, logGroupAnswering } from '../fakes/log-clients.ts'

const FROM = Date.parse('2026-03-02T03:00:00Z')
const UNTIL = FROM + 3_600_000
const GROUP = '/aws/rds/instance/shop/postgresql'
const PRINCIPALS = ['app_b', 'admin']

const unused = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Error(`nobody is to be asked for ${String(name)}`)
    },
  },
)
const reading = (
  source: string,
  clients: Partial<LoginLogClients>,
  principals: readonly string[] = PRINCIPALS,
) =>
  loginLogs({
    logs: unused as CloudWatchLogsClient,
    rds: async () => unused as RDSClient,
    signal: () => new AbortController().signal,
    ...clients,
  })(source).read(principals, FROM, UNTIL)

const login = (user: string, second = '05') =>
  `2026-03-02 03:00:${second} UTC:10.0.0.9(40312):${user}@shop:[4711]:LOG:  connection authorized: user=${user} database=shop`
const found = (principal: string, second: number, server: string) => ({
  principal,
  outcome: 'authorized',
  at: FROM + second * 1_000,
  address: '10.0.0.9',
  application: '',
  server,
})

describe('a word that names no log', () => {
  it.each(['', 'shop', 'logs:', 'rds:', 'rds:a b', 's3:bucket', 'logs:a*', 'xlogs:a'])(
    '%j is said when it is read',
    async (word) => {
      await expect(reading(word, {})).rejects.toMatchObject({
        code: 'LOGIN_LOG_FAILED',
        message: `tag overlap:login-log: ${word} must be logs:LOG_GROUP or rds:INSTANCE`,
      })
    },
  )
})

describe('a log group', () => {
  it('is searched for what the principals do, and for whatever was refused', async () => {
    const { client, sent } = logGroupAnswering({ FilterLogEventsCommand: () => ({}) })
    expect(await reading(`logs:${GROUP}`, { logs: client })).toEqual([])
    expect(sent.map(({ input }) => input)).toEqual([
      {
        logGroupName: GROUP,
        startTime: FROM,
        endTime: UNTIL,
        filterPattern:
          '?"user=app_b" ?"user=admin" ?"password authentication failed for user" ?"is not permitted to log in"',
      },
    ])
  })

  it('is searched for all logins where a name would be part of the search', async () => {
    const { client, sent } = logGroupAnswering({ FilterLogEventsCommand: () => ({}) })
    await reading(`logs:${GROUP}`, { logs: client }, ['app" b', 'admin'])
    expect(sent[0]?.input.filterPattern).toMatch(/^\?"connection authorized" \?"password/)
  })

  it('tells logins at the time of their events, by the server that wrote them, from every page', async () => {
    const event = (message: string, logStreamName: string, second: number) => ({
      message,
      logStreamName,
      timestamp: FROM + second * 1_000,
    })
    const pages = [
      {
        events: [event(login('app_b'), 'shop-1.0', 10), event(login('app_b2'), 'shop-1.0', 11)],
        nextToken: 'a',
      },
      { events: [], nextToken: 'b' },
      {
        events: [
          event(`${login('admin')}\n${login('app_b')}`, 'shop-2.1', 20),
          { message: login('admin') },
          event('', 'shop-1.0', 21),
        ],
      },
    ]
    const { client } = logGroupAnswering({ FilterLogEventsCommand: () => pages.shift() ?? {} })
    expect(await reading(`logs:${GROUP}`, { logs: client })).toEqual([
      found('app_b', 10, `${GROUP} shop-1`),
      found('admin', 20, `${GROUP} shop-2`),
    ])
  })

  it.each([
    [
      'that is refused',
      () => {
        throw Object.assign(new Error('no right'), { name: 'AccessDeniedException' })
      },
      'AccessDeniedException: no right',
    ],
    [
      'that has too much to read',
      () => ({ nextToken: 'more' }),
      'TooManyPages: it has more than 100 pages of that time',
    ],
  ])('%s is not known', async (_what, answer, why) => {
    const { client } = logGroupAnswering({ FilterLogEventsCommand: answer })
    await expect(reading(`logs:${GROUP}`, { logs: client })).rejects.toMatchObject({
      code: 'LOGIN_LOG_FAILED',
      message: `logs:${GROUP}: ${why}`,
    })
  })
})

describe('log files', () => {
  type Portion = Omit<DownloadDBLogFilePortionCommandOutput, '$metadata'>
  const FILE = 'error/postgresql.log.2026-03-02-03'

  const files = (portions: Portion[], names = [FILE]) =>
    logFilesAnswering({
      DescribeDBLogFilesCommand: () => ({
        DescribeDBLogFiles: names.map((LogFileName) => ({ LogFileName })),
      }),
      DownloadDBLogFilePortionCommand: () => portions.shift() ?? {},
    })
  const readFiles = ({ client }: ReturnType<typeof files>) => reading('rds:shop', { rds: async () => client })

  it('are those that were written to since, and read from their beginning to their end', async () => {
    const answers = files([
      { LogFileData: `${login('app_b')}\n`, Marker: '3:1', AdditionalDataPending: true },
      { LogFileData: `${login('admin', '06')}\n`, Marker: '3:2', AdditionalDataPending: false },
    ])
    expect(await readFiles(answers)).toEqual([found('app_b', 5, 'shop'), found('admin', 6, 'shop')])
    expect(answers.sent.map(({ input }) => input)).toEqual([
      {
        DBInstanceIdentifier: 'shop',
        FilenameContains: 'postgresql',
        FileLastWritten: FROM,
        Marker: undefined,
      },
      { DBInstanceIdentifier: 'shop', LogFileName: FILE, Marker: '0' },
      { DBInstanceIdentifier: 'shop', LogFileName: FILE, Marker: '3:1' },
    ])
  })

  it('come on several pages; tables of the same are left out', async () => {
    const pages = [
      { DescribeDBLogFiles: [{ LogFileName: 'a' }, { LogFileName: 'a.csv' }], Marker: 'next' },
      { DescribeDBLogFiles: [{ LogFileName: 'b' }] },
    ]
    const { client, sent } = logFilesAnswering({
      DescribeDBLogFilesCommand: () => pages.shift() ?? {},
      DownloadDBLogFilePortionCommand: () => ({ LogFileData: login('app_b') }),
    })
    expect(await reading('rds:shop', { rds: async () => client })).toHaveLength(2)
    expect(sent.map(({ input }) => input.LogFileName ?? input.Marker)).toEqual([undefined, 'next', 'a', 'b'])
  })

  it.each([
    [
      'in the middle of a line',
      `${login('app_b')}\n${login('admin', '06').slice(0, 70)}`,
      `${login('admin', '06').slice(70)}\n`,
    ],
    ['behind a line', `${login('app_b')}\n`, login('admin', '06')],
    ['behind a line, without its end', login('app_b'), login('admin', '06')],
  ])('may be cut %s', async (_where, first, second) => {
    const answers = files([
      { LogFileData: first, Marker: '1', AdditionalDataPending: true },
      { LogFileData: second },
    ])
    expect(await readFiles(answers)).toEqual([found('app_b', 5, 'shop'), found('admin', 6, 'shop')])
  })

  it('do not go on in one another', async () => {
    const answers = files([{ LogFileData: login('app_b') }, { LogFileData: '\t more' }], ['a', 'b'])
    expect(await readFiles(answers)).toEqual([found('app_b', 5, 'shop')])
  })

  it('have other times in them, too', async () => {
    const data = [
      login('app_b').replace('03:00:05', '02:59:59'),
      login('app_b').replace('03:00:05', '04:00:01'),
    ]
    expect(await readFiles(files([{ LogFileData: data.join('\n') }]))).toEqual([])
  })

  it.each<[string, Portion, string]>([
    [
      'left out',
      { LogFileData: `${login('app_b')}\n[Your log message was truncated]\n` },
      `Error: RDS left out lines of ${FILE}`,
    ],
    [
      'in another time zone',
      { LogFileData: login('app_b').replace('UTC', 'CET') },
      'Error: log_timezone of the server must be UTC',
    ],
    [
      'lost',
      { LogFileData: '', AdditionalDataPending: true },
      `Error: RDS did not say where ${FILE} goes on`,
    ],
    [
      'the same again',
      { LogFileData: '', AdditionalDataPending: true, Marker: '0' },
      `Error: RDS did not say where ${FILE} goes on`,
    ],
  ])('in which something is %s are not known', async (_what, portion, why) => {
    await expect(readFiles(files([portion]))).rejects.toMatchObject({
      code: 'LOGIN_LOG_FAILED',
      message: `rds:shop: ${why}`,
    })
  })

  it('of which there are too many are not known', async () => {
    let marker = 0
    const { client, sent } = logFilesAnswering({
      DescribeDBLogFilesCommand: () => ({ DescribeDBLogFiles: [{ LogFileName: FILE }] }),
      DownloadDBLogFilePortionCommand: () => ({
        LogFileData: '',
        AdditionalDataPending: true,
        Marker: `${++marker}`,
      }),
    })
    await expect(reading('rds:shop', { rds: async () => client })).rejects.toMatchObject({
      code: 'LOGIN_LOG_FAILED',
      message: expect.stringContaining('logged more than 100 MB'),
    })
    expect(sent).toHaveLength(102)
  })
})
