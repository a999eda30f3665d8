import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { afterEach, describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { type BusEvent, type EventBus, startEventBus } from '../../../sandbox/event-bus/server.ts'

/* The bus, asked through the AWS SDK, which must not be kinder than EventBridge. */

const START = Date.parse('2026-03-02T10:30:00.250Z')
const running: { readonly bus: EventBus; readonly client: EventBridgeClient }[] = []

afterEach(async () => {
  for (const { bus, client } of running.splice(0)) {
    client.destroy()
    await bus.close()
  }
})

async function start() {
  const bus = await startEventBus({ clock: movableClock(START) })
  const client = new EventBridgeClient({
    endpoint: bus.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    maxAttempts: 1,
  })
  running.push({ bus, client })
  return { bus, client }
}

const finding = { Source: 'overlap', DetailType: 'Overlap Finding', Detail: '{"code":"UNREACHABLE"}' }

describe('PutEvents', () => {
  it('brings an event to the rules that match it, and to no other', async () => {
    const { bus, client } = await start()
    const heard: BusEvent[] = []
    bus.putRule({ name: 'ours', pattern: { source: ['overlap'] }, target: (event) => heard.push(event) })
    bus.putRule({
      name: 'others',
      pattern: { source: ['aws.secretsmanager'] },
      target: () => expect.unreachable(),
    })
    const answer = await client.send(
      new PutEventsCommand({ Entries: [{ ...finding, Resources: ['arn:one'] }] }),
    )
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: heard[0]?.id }] })
    expect(heard).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Overlap Finding',
        source: 'overlap',
        account: '123456789012',
        time: '2026-03-02T10:30:00Z',
        region: 'us-east-1',
        resources: ['arn:one'],
        detail: { code: 'UNREACHABLE' },
      },
    ])
    expect(bus.events()).toEqual(heard)
  })

  it('takes the time that the caller gives', async () => {
    const { bus, client } = await start()
    await client.send(
      new PutEventsCommand({ Entries: [{ ...finding, Time: new Date('2026-01-01T00:00:00Z') }] }),
    )
    expect(bus.events()[0]?.time).toBe('2026-01-01T00:00:00Z')
  })

  it.each([
    ['without Source', { ...finding, Source: undefined }, 'InvalidArgument'],
    ['without Detail', { ...finding, Detail: undefined }, 'InvalidArgument'],
    ['from AWS itself', { ...finding, Source: 'aws.secretsmanager' }, 'NotAuthorizedForSourceException'],
    ['whose Detail is not JSON', { ...finding, Detail: '{' }, 'MalformedDetail'],
    ['whose Detail is a list', { ...finding, Detail: '[]' }, 'MalformedDetail'],
    ['with a long DetailType', { ...finding, DetailType: 'x'.repeat(129) }, 'InvalidArgument'],
    ['for a bus that does not exist', { ...finding, EventBusName: 'other' }, 'InvalidArgument'],
  ])('fails an entry %s alone', async (_what, entry, code) => {
    const { bus, client } = await start()
    const answer = await client.send(new PutEventsCommand({ Entries: [entry, finding] }))
    expect(answer).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: code }, { EventId: expect.any(String) }],
    })
    expect(bus.events()).toHaveLength(1)
  })

  it.each([
    ['of no entry', []],
    ['of eleven entries', Array.from({ length: 11 }, () => finding)],
    ['of more than 256 KiB', [{ ...finding, Detail: JSON.stringify({ text: 'x'.repeat(256 * 1024) }) }]],
    ['in which no entry is complete', [{ Source: 'overlap' }]],
  ])('refuses a request %s', async (_what, Entries) => {
    const { bus, client } = await start()
    await expect(client.send(new PutEventsCommand({ Entries }))).rejects.toMatchObject({
      name: 'ValidationException',
    })
    expect(bus.events()).toEqual([])
  })

  it('is counted, and no other operation is known', async () => {
    const { bus, client } = await start()
    await client.send(new PutEventsCommand({ Entries: [finding] }))
    await expect(client.send(new ListRulesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
    expect(bus.calls()).toEqual({ PutEvents: 1, ListRules: 1 })
  })
})

const ours: BusEvent = {
  version: '0',
  id: '1',
  'detail-type': 'Overlap Finding',
  source: 'overlap',
  account: '1',
  time: '',
  region: '',
  resources: [],
  detail: {},
}

describe('a service event', () => {
  it('reaches the rules as if EventBridge had put it there', async () => {
    const { bus } = await start()
    const heard: string[] = []
    bus.putRule({
      name: 'labels',
      pattern: {
        source: ['aws.secretsmanager'],
        'detail-type': ['Secret Label Updated'],
        resources: [{ prefix: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/' }],
      },
      target: ({ resources }) => heard.push(...resources),
    })
    const event: BusEvent = {
      version: '0',
      id: '1',
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      account: '123456789012',
      time: '2026-03-02T10:30:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/app-AbCdEf'],
      detail: { name: 'shop/app', labelUpdated: 'AWSCURRENT', versionId: 'one' },
    }
    bus.put(event)
    bus.put({ ...event, resources: ['arn:aws:secretsmanager:us-east-1:123456789012:secret:ship/app-AbCdEf'] })
    expect(heard).toEqual(event.resources)
  })

  it('is not delivered to a rule that was deleted', async () => {
    const { bus } = await start()
    bus.putRule({ name: 'rule', pattern: { source: ['overlap'] }, target: () => expect.unreachable() })
    bus.deleteRule('rule')
    bus.put(ours)
    expect(bus.events()).toEqual([ours])
  })

  it('is not delivered to a rule that was replaced', async () => {
    const { bus } = await start()
    const heard: string[] = []
    for (const name of ['first', 'second'])
      bus.putRule({ name: 'rule', pattern: { source: ['overlap'] }, target: () => heard.push(name) })
    bus.put(ours)
    expect(heard).toEqual(['second'])
  })
})
