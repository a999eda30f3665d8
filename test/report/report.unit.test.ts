import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../lambdas/report/findings.ts'
import type { Message } from '../../lambdas/report/message.ts'
import { type Report, report, type Told } from '../../lambdas/report/report.ts'
import type { FindingDetail, SecretFacts } from '../../lambdas/report/told-finding.ts'
import { ageFields, alarmEvent, DUE, logLine, OVERDUE, PAGE, STALE, secretArn, TICKET } from './alarm.ts'

const BEFORE = '2026-03-01T02:00:00.000Z'
const RINGS = '2026-03-01T03:01:00.000Z'
const ENDS = '2026-03-01T03:05:00.000Z'
const topics = { page: 'arn:aws:sns:x:page', ticket: 'arn:aws:sns:x:ticket' }
const [SWEEP, ROTATE] = ['/aws/lambda/overlap-sweep', '/aws/lambda/overlap-rotate']

interface Given {
  readonly lines?: Readonly<Record<string, readonly LogLine[]>>
  readonly gaps?: Readonly<Record<string, string>>
  readonly facts?: Readonly<Record<string, SecretFacts>>
  readonly told?: Told
  readonly publishFails?: boolean
  readonly announceFails?: boolean
}

function world(given: Given) {
  const searches: { readonly group: string; readonly pattern: string; readonly from: string }[] = []
  const messages: ({ readonly topic: string } & Message)[] = []
  const events: FindingDetail[] = []
  const asked: string[] = []
  const wiring: Report = {
    environment: {
      deployment: 'overlap',
      logGroups: [SWEEP, ROTATE],
      topics,
      alarms: new Map([
        ['page', PAGE],
        ['ticket', TICKET],
        ['overdue', OVERDUE],
        ['stale', STALE],
        ['due', DUE],
        ['stale-shop', { ...STALE, owner: 'team-shop' }],
        ['stale-mail', { ...STALE, owner: 'team-mail' }],
      ]),
      owners: new Map([
        ['team-shop', 'arn:aws:sns:x:shop'],
        ['team-mail', undefined],
      ]),
    },
    logs: {
      async search(group, pattern, from) {
        searches.push({ group, pattern, from: new Date(from).toISOString() })
        const gap = given.gaps?.[group]
        const lines = (given.lines?.[group] ?? []).filter(({ timestamp }) => timestamp >= from)
        return { lines, ...(gap === undefined ? {} : { gap }) }
      },
    },
    secrets: {
      async facts(secret) {
        asked.push(secret)
        const facts = given.facts?.[secret]
        if (facts === undefined)
          throw Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })
        return facts
      },
    },
    channels: {
      async publish(topic, message) {
        if (given.publishFails) throw new Error('Topic does not exist')
        messages.push({ topic, ...message })
      },
      async announce(findings) {
        if (given.announceFails) throw new Error('the event bus did not take 1 of 1 events')
        events.push(...findings)
      },
    },
    told: given.told ?? new Map(),
  }
  return { searches, messages, events, asked, wiring, run: (event: unknown) => report(wiring, event) }
}

function line(name: string, time: string, fields: object = {}): LogLine {
  const timestamp = Date.parse(`2026-03-01T${time}Z`)
  return { message: logLine({ secret: secretArn(name), ...fields }), timestamp, heardAt: timestamp + 500 }
}

const app = { [secretArn('shop/app')]: { name: 'shop/app', owner: 'team-shop' } }
const rings = (alarm: string) => alarmEvent(alarm, ['OK', BEFORE], ['ALARM', RINGS])
const ends = (alarm: string) => alarmEvent(alarm, ['ALARM', RINGS], ['OK', ENDS])

describe('an alarm that rings', () => {
  it('is told once to people and once for each finding to programs', async () => {
    const { run, searches, messages, events } = world({
      lines: {
        [ROTATE]: [line('shop/app', '03:00:10'), line('shop/app', '03:00:40')],
        [SWEEP]: [line('shop/app', '03:00:50', { kind: 'sweep', step: 'sweep' })],
      },
      facts: app,
    })
    expect(await run(rings('page'))).toEqual({ outcome: 'told', findings: 1, gaps: [] })
    const pattern = '{ ($.outcome = "failed") && ($.severity = "page") }'
    expect(searches).toEqual([
      { group: SWEEP, pattern, from: '2026-03-01T02:51:00.000Z' },
      { group: ROTATE, pattern, from: '2026-03-01T02:51:00.000Z' },
    ])
    expect(messages).toMatchObject([{ topic: topics.page, subject: expect.stringContaining('shop/app') }])
    expect(events).toMatchObject([{ v: 1, severity: 'page', name: 'shop/app', owner: 'team-shop', count: 3 }])
  })

  it.each([
    ['ticket', '{ ($.outcome = "failed") && ($.severity = "ticket") }'],
    ['overdue', '{ ($.outcome = "overdue") && ($.severity = "ticket") }'],
  ])('of %s goes to its topic, with its own lines', async (alarm, pattern) => {
    const { run, searches, messages } = world({})
    await run(rings(alarm))
    expect(searches[0]?.pattern).toBe(pattern)
    expect(messages).toMatchObject([{ topic: topics.ticket }])
  })

  it('asks for each secret once', async () => {
    const { run, asked, events } = world({
      lines: {
        [ROTATE]: [
          line('shop/app', '03:00:10'),
          line('shop/app', '03:00:20', { reason: 'UNREACHABLE' }),
          line('', '03:00:30', { secret: '' }),
        ],
      },
      facts: app,
    })
    await run(rings('page'))
    expect(asked).toEqual([secretArn('shop/app')])
    expect(events).toHaveLength(3)
  })

  it('is told when nothing is found, and announced as nothing', async () => {
    const { run, messages, events } = world({})
    expect(await run(rings('page'))).toEqual({ outcome: 'told', findings: 0, gaps: [] })
    expect(messages).toMatchObject([{ subject: '[PAGE] Consumers affected: which secret is not known' }])
    expect(events).toEqual([])
  })
})

describe('an alarm on ages', () => {
  const [shop, mail] = [
    line('shop/app', '02:55:00', ageFields()),
    line('mail', '02:55:00', ageFields({ owner: 'team-mail' })),
  ]
  const both = { lines: { [SWEEP]: [shop, mail] } }

  it.each([
    ['stale', topics.ticket, ['shop/app', 'mail']],
    ['stale-shop', 'arn:aws:sns:x:shop', ['shop/app']],
    ['stale-mail', topics.ticket, ['mail']],
  ])(
    '%s is told to the topic %s: %j, and to programs by the alarm over all alone',
    async (alarm, topic, names) => {
      const { run, messages, events } = world(both)
      await run(rings(alarm))
      expect(messages).toMatchObject([{ topic, subject: expect.stringContaining(names[0] ?? '') }])
      for (const name of names) expect(messages[0]?.body).toMatch(new RegExp(`^\\d\\. ${name}$`, 'm'))
      expect(events.map(({ alarm, name }) => [alarm, name])).toEqual(
        alarm === 'stale' ? names.map((name) => ['stale', name]) : [],
      )
    },
  )

  it('says how many more there are than lines, by the newest pass, and of an owner only the own', async () => {
    const untold = (time: string, fields: object) =>
      line(
        '',
        time,
        ageFields({ outcome: 'untold', secret: '', owner: undefined, reason: undefined, ...fields }),
      )
    const lines = {
      [SWEEP]: [
        shop,
        untold('02:55:01', { stale: 49, due: 3 }),
        untold('02:50:01', { stale: 60, due: 0 }),
        untold('02:55:01', { stale: 7, due: 1, owner: 'team-shop' }),
        untold('02:55:01', { stale: 'a\nb', due: -1, owner: 'team-mail' }),
      ],
    }
    const moreOf = async (alarm: string) => {
      const { run, messages } = world({ lines, facts: app })
      expect(await run(rings(alarm))).toMatchObject({ gaps: [] })
      return messages[0]?.body.match(/^And .*$/gm) ?? []
    }
    expect(await moreOf('stale')).toEqual([
      'And 49 more: npm run overlap -- inventory --state stale --state age-unknown',
    ])
    expect(await moreOf('stale-shop')).toEqual([
      'And 7 more: npm run overlap -- inventory --state stale --state age-unknown --owner team-shop',
    ])
    expect(await moreOf('due')).toEqual([
      'And 52 more: npm run overlap -- inventory --state due --state stale --state age-unknown',
    ])
    expect(await moreOf('stale-mail')).toEqual([])
    expect(await moreOf('overdue')).toEqual([])
  })

  it('that is over is a proof: nothing is looked up, and the owner is told', async () => {
    const { run, searches, messages, events } = world(both)
    expect(await run(ends('stale-shop'))).toEqual({ outcome: 'told', findings: 0, gaps: [] })
    expect([searches, events]).toEqual([[], []])
    expect(messages).toMatchObject([
      {
        topic: 'arn:aws:sns:x:shop',
        subject: '[OK] stale-shop is over',
        body: expect.stringContaining('a proof'),
      },
    ])
  })
})

describe('a look-up that fails', () => {
  it('never keeps the message back', async () => {
    const { run, messages } = world({ gaps: { [SWEEP]: `log group ${SWEEP}: there is no such log group` } })
    expect(await run(rings('page'))).toMatchObject({
      outcome: 'told',
      gaps: [expect.stringContaining(SWEEP)],
    })
    expect(messages[0]?.body).toContain(`- log group ${SWEEP}: there is no such log group`)
  })

  it('of one group leaves what the others hold', async () => {
    const { run, messages, events } = world({
      lines: { [ROTATE]: [line('shop/app', '03:00:10')] },
      gaps: { [SWEEP]: `log group ${SWEEP}: ThrottlingException: Rate exceeded` },
      facts: app,
    })
    await run(rings('page'))
    expect(messages[0]?.body).toMatch(/^1\. shop\/app$/m)
    expect(messages[0]?.body).toContain('ThrottlingException')
    expect(events).toHaveLength(1)
  })

  it('of a name leaves the one in the ARN, and says that the owner is not known', async () => {
    const { run, messages, events } = world({ lines: { [ROTATE]: [line('shop/app', '03:00:10')] } })
    await run(rings('page'))
    expect(messages[0]?.body).toContain('secret shop/app, owner unknown, CURRENT_REFUSED')
    expect(messages[0]?.body).toContain(`- name and owner of ${secretArn('shop/app')}: ThrottlingException`)
    expect(events).toMatchObject([{ name: 'shop/app', owner: 'unknown' }])
  })
})

describe('an alarm that is over', () => {
  const repeated = [line('shop/app', '03:00:10'), line('shop/app', '03:02:10')]
  const begun = [line('shop/app', '03:02:20', { reason: 'UNREACHABLE' }), line('shop/new', '03:03:00')]

  it('tells what began since it rang, and not again what it told then', async () => {
    const { run, searches, messages, events } = world({
      lines: { [ROTATE]: [...repeated, ...begun] },
      facts: app,
    })
    await run(ends('page'))
    expect(searches[0]?.from).toBe('2026-03-01T02:51:00.000Z')
    expect(events.map(({ name, code }) => [name, code])).toEqual([
      ['shop/app', 'UNREACHABLE'],
      ['shop/new', 'CURRENT_REFUSED'],
    ])
    expect(messages[0]?.body).toContain('It began while the alarm rang')
  })

  it('tells what was written before it rang, when the log had it only then', async () => {
    const late = { ...line('shop/late', '03:00:59'), heardAt: Date.parse('2026-03-01T03:01:02Z') }
    const { run, events } = world({ lines: { [ROTATE]: [...repeated, late] } })
    await run(ends('page'))
    expect(events.map(({ name }) => name)).toEqual(['shop/late'])
  })

  it('is told when nothing began since', async () => {
    const { run, messages, events } = world({ lines: { [ROTATE]: repeated }, facts: app })
    await run(ends('page'))
    expect(messages).toMatchObject([{ topic: topics.page, subject: '[OK] page is over' }])
    expect(events).toEqual([])
  })

  it('after more than a day says that it did not read all of it', async () => {
    const { run, searches, messages } = world({})
    await run(alarmEvent('page', ['ALARM', '2026-02-27T03:00:00.000Z'], ['OK', ENDS]))
    expect(searches[0]?.from).toBe('2026-02-28T03:05:00.000Z')
    expect(messages[0]?.body).toContain('- what was written before 2026-02-28T03:05:00.000Z')
  })

  it('without having rung is nothing to tell', async () => {
    const { run, searches, messages } = world({})
    const born = alarmEvent('page', ['INSUFFICIENT_DATA', BEFORE], ['OK', RINGS])
    expect(await run(born)).toEqual({ outcome: 'nothing' })
    expect([searches, messages]).toEqual([[], []])
  })
})

describe('a change that comes twice', () => {
  const given = { lines: { [ROTATE]: [line('shop/app', '03:00:10')] }, facts: app }

  it('is told once by one process', async () => {
    const { run, messages, events } = world(given)
    await run(rings('page'))
    expect(await run(rings('page'))).toEqual({ outcome: 'nothing' })
    expect([messages.length, events.length]).toEqual([1, 1])
  })

  it('is told in the same words by another process', async () => {
    const [one, other] = [world(given), world(given)]
    await one.run(rings('page'))
    await other.run(rings('page'))
    expect(other.messages).toEqual(one.messages)
    expect(other.events).toEqual(one.events)
  })

  it('is told again after another change', async () => {
    const { run, messages } = world(given)
    await run(rings('page'))
    await run(ends('page'))
    await run(alarmEvent('page', ['OK', ENDS], ['ALARM', '2026-03-01T03:08:00.000Z']))
    expect(messages).toHaveLength(3)
  })
})

describe('what cannot be told', () => {
  const given = { lines: { [ROTATE]: [line('shop/app', '03:00:10')] }, facts: app }

  it('to people is told to programs, and fails', async () => {
    const { run, events } = world({ ...given, publishFails: true })
    await expect(run(rings('page'))).rejects.toThrow('Topic does not exist')
    expect(events).toHaveLength(1)
  })

  it('to programs is told to people, and fails', async () => {
    const { run, messages } = world({ ...given, announceFails: true })
    await expect(run(rings('page'))).rejects.toThrow('the event bus did not take 1 of 1 events')
    expect(messages).toHaveLength(1)
  })

  it('is tried again, alone', async () => {
    const told: Told = new Map()
    await expect(world({ ...given, told, announceFails: true }).run(rings('page'))).rejects.toThrow()
    const again = world({ ...given, told })
    expect(await again.run(rings('page'))).toMatchObject({ outcome: 'told' })
    expect([again.messages.length, again.events.length]).toEqual([0, 1])
  })
})

describe('what is not known', () => {
  it.each([
    [
      'an alarm of another deployment',
      rings('other\nalarm'),
      'CONFIGURATION_INVALID',
      'the alarm other alarm,',
    ],
    ['an event of something else', { source: 'aws.events' }, 'EVENT_INVALID', 'field source'],
  ])('fails: %s', async (_what, event, code, said) => {
    const { run, messages } = world({})
    await expect(run(event)).rejects.toMatchObject({ code, message: expect.stringContaining(said) })
    expect(messages).toEqual([])
  })
})
