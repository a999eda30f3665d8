import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { type CloudWatch, startCloudWatch } from '../../../sandbox/cloudwatch/server.ts'

/* Logs, asked through the AWS SDK, and alarms on what is written to them. */

const GROUP = '/aws/lambda/overlap-sweep'
const START = Date.parse('2026-03-02T03:00:00Z')
const MINUTE = 60_000
const running: { readonly cloudWatch: CloudWatch; readonly client: CloudWatchLogsClient }[] = []

afterEach(async () => {
  for (const { cloudWatch, client } of running.splice(0)) {
    client.destroy()
    await cloudWatch.close()
  }
})

async function start(scannedPerPage?: number) {
  const clock = movableClock(START)
  const changes: string[] = []
  const cloudWatch = await startCloudWatch({
    clock,
    ...(scannedPerPage === undefined ? {} : { scannedPerPage }),
    targets: {
      invoke: async (arn) => changes.push(arn),
      publish: ({ subject }) => {
        changes.push(subject)
      },
    },
  })
  const client = new CloudWatchLogsClient({
    endpoint: cloudWatch.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  })
  running.push({ cloudWatch, client })
  cloudWatch.addLogGroup(GROUP)
  const filter = (input: Partial<FilterLogEventsCommandInput> = {}) =>
    client.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...input }))
  const filtered = async (input: Partial<FilterLogEventsCommandInput> = {}) =>
    (await filter(input)).events?.map(({ message }) => message)
  return { clock, cloudWatch, client, filter, filtered, changes }
}

describe('FilterLogEvents', () => {
  it('answers what was written, in its order, with its time', async () => {
    const { clock, cloudWatch, filter } = await start()
    cloudWatch.write(GROUP, 'one')
    clock.advance(MINUTE)
    cloudWatch.write(GROUP, 'two')
    const { events, nextToken } = await filter()
    expect(events).toMatchObject([
      { message: 'one', timestamp: START, ingestionTime: START },
      { message: 'two', timestamp: START + MINUTE },
    ])
    expect(new Set(events?.map(({ eventId }) => eventId)).size).toBe(2)
    expect(nextToken).toBeUndefined()
  })

  it.each([
    ['from a time on, that one included', { startTime: START + MINUTE }, ['1', '2', '3']],
    ['up to a time, that one included', { endTime: START + MINUTE }, ['0', '1']],
    ['between two times', { startTime: START + 1, endTime: START + 2 * MINUTE }, ['1', '2']],
    ['of no time', { startTime: START + 4 * MINUTE }, []],
  ])('answers %s', async (_what, input, expected) => {
    const { clock, cloudWatch, filtered } = await start()
    for (let minute = 0; minute < 4; minute++) {
      cloudWatch.write(GROUP, String(minute))
      clock.advance(MINUTE)
    }
    expect(await filtered(input)).toEqual(expected)
  })

  it('answers what a pattern matches', async () => {
    const { cloudWatch, filtered } = await start()
    const line = (outcome: string, severity: string) => JSON.stringify({ outcome, severity })
    for (const text of ['plain', line('failed', 'page'), line('failed', 'ticket'), line('overdue', 'ticket')])
      cloudWatch.write(GROUP, text)
    expect(
      await filtered({ filterPattern: '{ ($.outcome = "failed") && ($.severity = "ticket") }' }),
    ).toEqual([line('failed', 'ticket')])
    expect(await filtered({ filterPattern: '' })).toHaveLength(4)
  })

  it('gives pages, some of them empty, until there is no token', async () => {
    const { cloudWatch, filter } = await start(2)
    for (const outcome of ['no', 'no', 'failed', 'no', 'failed', 'failed', 'no'])
      cloudWatch.write(GROUP, JSON.stringify({ outcome }))
    const pages: (number | undefined)[] = []
    let nextToken: string | undefined
    do {
      const page = await filter({ filterPattern: '{ $.outcome = "failed" }', nextToken })
      pages.push(page.events?.length)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    expect(pages).toEqual([0, 1, 2, 0])
  })

  it('gives no more than the limit', async () => {
    const { cloudWatch, filter } = await start()
    for (const text of ['one', 'two', 'three']) cloudWatch.write(GROUP, text)
    const first = await filter({ limit: 2 })
    expect(first.events).toHaveLength(2)
    const second = await filter({ limit: 2, nextToken: first.nextToken })
    expect(second.events).toMatchObject([{ message: 'three' }])
  })

  it('gives no more than a MiB', async () => {
    const { cloudWatch, filter } = await start()
    for (let count = 0; count < 5; count++) cloudWatch.write(GROUP, 'x'.repeat(400_000))
    expect((await filter()).events).toHaveLength(3)
  })

  it('knows no group that was not made', async () => {
    const { cloudWatch, filter } = await start()
    await expect(filter({ logGroupName: '/aws/lambda/other' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The specified log group does not exist.',
    })
    expect(() => cloudWatch.write('/aws/lambda/other', 'text')).toThrow('no log group /aws/lambda/other')
  })

  it.each([
    ['no group', { logGroupName: undefined }],
    ['a group that cannot be', { logGroupName: 'a b' }],
    ['a pattern that is none', { filterPattern: '{ $.outcome = ' }],
    ['a time that is none', { startTime: -1 }],
    ['an end before the start', { startTime: 2, endTime: 1 }],
    ['a limit of 0', { limit: 0 }],
    ['a token that it did not give', { nextToken: 'token' }],
    ['what the sandbox lacks', { logStreamNamePrefix: 'x' }],
  ])('refuses %s', async (_what, input) => {
    const { filter } = await start()
    await expect(filter(input)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })
})

describe('PutLogEvents', () => {
  const logStreamName = 'overlap-sweep/2026-03-02/a1'
  async function withStream() {
    const started = await start()
    const { client } = started
    await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }))
    const put = (...logEvents: { message: string; timestamp: number }[]) =>
      client.send(new PutLogEventsCommand({ logGroupName: GROUP, logStreamName, logEvents }))
    return { ...started, put }
  }

  it('keeps events in the stream, at their own time', async () => {
    const { put, filter } = await withStream()
    const answer = await put(
      { message: 'one', timestamp: START - 1 },
      { message: 'two', timestamp: START + 1 },
    )
    expect(answer.rejectedLogEventsInfo).toBeUndefined()
    expect((await filter()).events).toMatchObject([
      { message: 'one', timestamp: START - 1, logStreamName },
      { message: 'two', timestamp: START + 1, logStreamName },
    ])
  })

  it('says which events are too old, expired or too new, and keeps the others', async () => {
    const { cloudWatch, put, filtered } = await withStream()
    cloudWatch.addLogGroup(GROUP, { retentionInDays: 7 })
    const DAY = 24 * 60 * MINUTE
    const answer = await put(
      { message: 'old', timestamp: START - 15 * DAY },
      { message: 'expired', timestamp: START - 8 * DAY },
      { message: 'now', timestamp: START },
      { message: 'new', timestamp: START + 3 * 60 * MINUTE },
    )
    expect(answer.rejectedLogEventsInfo).toEqual({
      tooOldLogEventEndIndex: 1,
      expiredLogEventEndIndex: 2,
      tooNewLogEventStartIndex: 3,
    })
    expect(await filtered()).toEqual(['now'])
  })

  it.each([
    [
      'a stream twice',
      'ResourceAlreadyExistsException',
      new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }),
    ],
    [
      'a stream of no group',
      'ResourceNotFoundException',
      new CreateLogStreamCommand({ logGroupName: '/no', logStreamName }),
    ],
    [
      'a stream with a colon',
      'InvalidParameterException',
      new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: 'a:b' }),
    ],
  ])('is not to be had with %s', async (_what, name, command) => {
    const { client } = await withStream()
    await expect(client.send(command)).rejects.toMatchObject({ name })
  })

  it('refuses a stream that nobody made, an event that is too large, and time that runs backwards', async () => {
    const { client, put } = await withStream()
    const event = { message: 'x', timestamp: START }
    await expect(
      client.send(
        new PutLogEventsCommand({ logGroupName: GROUP, logStreamName: 'other', logEvents: [event] }),
      ),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const most = 256 * 1024 - 26
    await put({ message: 'x'.repeat(most), timestamp: START })
    for (const events of [
      [{ message: 'x'.repeat(most + 1), timestamp: START }],
      [event, { message: 'y', timestamp: START - 1 }],
      [{ message: '', timestamp: START }],
    ])
      await expect(put(...events)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })
})

describe('a log group', () => {
  it('forgets what is older than its retention', async () => {
    const { clock, cloudWatch, client, filtered } = await start()
    cloudWatch.addLogGroup(GROUP, { retentionInDays: 1 })
    cloudWatch.write(GROUP, 'old')
    clock.advance(20 * 60 * MINUTE)
    cloudWatch.write(GROUP, 'new')
    expect(await filtered()).toEqual(['old', 'new'])
    clock.advance(5 * 60 * MINUTE)
    expect(await filtered()).toEqual(['new'])
    const { logGroups } = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda' }),
    )
    expect(logGroups).toEqual([{ logGroupName: GROUP, retentionInDays: 1 }])
  })

  it('has what others write to it, once', async () => {
    const { cloudWatch, filter } = await start()
    const written = [{ message: 'from elsewhere', timestamp: START, logStreamName: 'shop.0' }]
    cloudWatch.addLogGroup(GROUP, { more: () => written.splice(0) })
    for (let time = 0; time < 2; time++)
      expect((await filter()).events).toMatchObject([{ message: 'from elsewhere', logStreamName: 'shop.0' }])
  })

  it('can be asked for nothing else', async () => {
    const { client } = await start()
    await expect(client.send(new DeleteLogGroupCommand({ logGroupName: GROUP }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
  })
})

describe('an alarm', () => {
  const TOPIC = 'arn:aws:sns:us-east-1:123456789012:ticket'
  const alarm = {
    AlarmName: 'failed',
    AlarmActions: [TOPIC],
    Namespace: 'Overlap',
    MetricName: 'Failures',
    Dimensions: [{ Name: 'service', Value: 'overlap' }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  }

  it('rings for a metric that a function writes to its log', async () => {
    const { clock, cloudWatch, changes } = await start()
    cloudWatch.putAlarm(alarm)
    clock.advance(MINUTE)
    const metric = { Namespace: 'Overlap', Dimensions: [['service']], Metrics: [{ Name: 'Failures' }] }
    cloudWatch.write(
      GROUP,
      JSON.stringify({
        _aws: { Timestamp: clock.now(), CloudWatchMetrics: [metric] },
        service: 'overlap',
        Failures: 1,
      }),
    )
    clock.advance(MINUTE)
    await cloudWatch.idle()
    expect(changes).toEqual(['ALARM: "failed" in US East (N. Virginia)'])
    expect(cloudWatch.alarms()).toMatchObject([{ status: { state: 'ALARM', since: clock.now() } }])
    expect(cloudWatch.metrics()).toEqual([
      { namespace: 'Overlap', name: 'Failures', dimensions: { service: 'overlap' } },
    ])
  })

  it('rings for what a service measures', async () => {
    const { clock, cloudWatch, changes } = await start()
    cloudWatch.putAlarm({
      ...alarm,
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: 'overlap-report' }],
    })
    cloudWatch.putMetric({
      namespace: 'AWS/Lambda',
      name: 'Errors',
      dimensions: { FunctionName: 'overlap-report' },
      value: 1,
    })
    clock.advance(MINUTE)
    await cloudWatch.idle()
    expect(changes).toHaveLength(1)
    expect(cloudWatch.alarmEvents()).toMatchObject([
      { alarm: 'failed', to: 'ALARM', actions: [{ arn: TOPIC }] },
    ])
  })
})
