import { DescribeSecretCommand, TagResourceCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AlarmDefinition } from '../../sandbox/cloudwatch/alarm-definition.ts'
import { Calendar } from '../../sandbox/demo/calendar.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { eventually } from './program.ts'

/*
 * The alarms that were synthesized, over what the deployed sweep emitted: a secret gets old and is replaced, and the sweep dies. Each test goes on where the one
 * before it ended. An hour that an alarm needs is lived through in steps of five minutes, since what is jumped over is no missing data.
 */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000]
const STEP_MS = 5 * MINUTE_MS
const OWNERS_TOPIC = 'arn:aws:sns:us-east-1:123456789012:team-shop'
const [DUE, STALE, UNCOUNTED] = ['overlap-secrets-due', 'overlap-secrets-stale', 'overlap-secrets-uncounted']
const OF_SHOP = `${STALE}-team-shop`
/** Controls: what the alarms would do, had somebody written them in another way. */
const [LAX, STRICT, WORST] = ['lax-control', 'strict-control', 'worst-control']

let sandbox: Sandbox
let calendar: Calendar
let createdAt: number
let replacedAt: number

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/owners.config.ts', replica: false })
  sandbox.notifications.addTopic(OWNERS_TOPIC)
  calendar = new Calendar(sandbox)
  createdAt = (await described()).CreatedDate?.getTime() ?? Number.NaN
  await hold('the migration of 2027')
  // Where silence is good news; where it is bad news; and where one pass of a period is enough.
  putLike(UNCOUNTED, { AlarmName: LAX, TreatMissingData: 'notBreaching' })
  putLike(STALE, { AlarmName: STRICT, TreatMissingData: 'breaching' })
  putLike(STALE, { AlarmName: WORST, Statistic: 'Maximum' })
  await live(HOUR_MS)
})

afterAll(() => sandbox.stop())

const described = () => sandbox.client.send(new DescribeSecretCommand({ SecretId: sandbox.secret }))

/** A person holds the secret for a year, which is an edit of a tag, too. */
async function hold(reason: string): Promise<void> {
  const until = new Date(sandbox.clock.now() + 365 * DAY_MS).toISOString()
  await sandbox.client.send(
    new TagResourceCommand({
      SecretId: sandbox.secret,
      Tags: [{ Key: 'overlap:hold', Value: `${until} ${reason}` }],
    }),
  )
}

async function live(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) {
    await calendar.pass(Math.min(left, STEP_MS))
    await sandbox.settled()
  }
}

/** Milliseconds that were lived through until it was so; throws when it is not so within three hours. */
async function livedUntil(isSo: () => boolean, stepMs = STEP_MS): Promise<number> {
  const from = sandbox.clock.now()
  while (!isSo()) {
    if (sandbox.clock.now() - from > 3 * HOUR_MS) throw new Error('it did not come in three hours')
    await calendar.pass(stepMs)
    await sandbox.settled()
  }
  return sandbox.clock.now() - from
}

async function toAge(days: number): Promise<void> {
  await calendar.to(createdAt + days * DAY_MS)
  await sandbox.settled()
}

function definitionOf(alarm: string): AlarmDefinition {
  const found = sandbox.cloudwatch.alarms().find(({ definition }) => definition.name === alarm)
  if (!found) throw new Error(`there is no alarm ${alarm}`)
  return found.definition
}

/** A new alarm that is as another one, but for some properties. */
function putLike(
  name: string,
  different: { readonly AlarmName: string } & Readonly<Record<string, unknown>>,
) {
  const { watched, actions, ...alarm } = definitionOf(name)
  if (watched.by !== 'metric') throw new Error('it watches one metric')
  const { metric, statistic } = watched.query
  // One under its own name is told of; a control is not.
  const isControl = different.AlarmName !== name
  sandbox.cloudwatch.deleteAlarm(different.AlarmName)
  sandbox.cloudwatch.putAlarm({
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: statistic,
    Period: alarm.period,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.missingData,
    AlarmActions: isControl ? [] : actions.ALARM,
    OKActions: isControl ? [] : actions.OK,
    ...different,
  })
}

const stateOf = (alarm: string) =>
  sandbox.cloudwatch.alarms().find(({ definition }) => definition.name === alarm)?.status.state
const rings = (alarm: string) => stateOf(alarm) === 'ALARM'
const ringing = () =>
  sandbox.cloudwatch
    .alarms()
    .map(({ definition }) => definition.name)
    .filter((name) => name.includes('secrets-') && rings(name))

/** Messages about changes of an alarm, oldest first. */
const told = (alarm: string) =>
  sandbox.notifications.messages().filter(({ message }) => message.includes(`Alarm: ${alarm},`))

/** Changes of an alarm that rang, of those that are not yet known. */
const rung = (alarm: string, known = 0) =>
  sandbox.cloudwatch
    .alarmEvents()
    .slice(known)
    .filter((event) => event.alarm === alarm && event.to === 'ALARM')

/** The last message about it, which comes a moment after the change. */
async function lastTold(alarm: string, change: 'OK -> ALARM' | 'ALARM -> OK') {
  return eventually(`${alarm}: ${change}`, () => {
    const last = told(alarm).at(-1)
    return last?.message.includes(`Alarm: ${alarm}, ${change}`) ? last : undefined
  })
}

describe('a secret that gets old while it is on hold', () => {
  it('rings nothing while it is young', async () => {
    await toAge(74)
    await live(2 * HOUR_MS)
    expect(ringing()).toEqual([])
  })

  it('is due at 75 days: whoever owns it is told, at their topic, and nobody else but the tickets', async () => {
    await calendar.to(createdAt + 75 * DAY_MS - 10 * MINUTE_MS)
    const lived = await livedUntil(() => rings(DUE) && rings(`${DUE}-team-shop`))

    expect(lived).toBeGreaterThan(HOUR_MS)
    expect(lived).toBeLessThan(100 * MINUTE_MS)
    expect(ringing().toSorted()).toEqual([DUE, `${DUE}-team-shop`])
    const { topicArn, subject, message } = await lastTold(`${DUE}-team-shop`, 'OK -> ALARM')
    expect([topicArn, subject]).toEqual([OWNERS_TOPIC, '[TICKET] Credential due: shop/app NEVER_ROTATED'])
    for (const fact of [
      'secret shop/app, owner team-shop, ',
      `the credential was never replaced, and is 75 days old (since ${new Date(createdAt).toISOString().slice(0, 10)}), older than 75 days, and stale from 90 days on`,
      'the migration of 2027',
      'npm run overlap -- release shop/app',
      'docs/runbooks/secrets-stale.md',
    ])
      expect(message).toContain(fact)
    expect((await lastTold(DUE, 'OK -> ALARM')).topicArn).toContain('TopicsTicket')
  })

  it('is stale at 90 days, although somebody edited a tag of it the day before', async () => {
    await toAge(89)
    await hold('the migration of 2028')
    await calendar.to(createdAt + 90 * DAY_MS - 10 * MINUTE_MS)
    await livedUntil(() => rings(STALE) && rings(OF_SHOP))

    // The control: by the date of the last change it would be young.
    const { LastChangedDate } = await described()
    expect(sandbox.clock.now() - (LastChangedDate?.getTime() ?? 0)).toBeLessThan(2 * DAY_MS)
    const { topicArn, subject, message } = await lastTold(OF_SHOP, 'OK -> ALARM')
    expect([topicArn, subject]).toEqual([OWNERS_TOPIC, '[TICKET] Credential stale: shop/app NEVER_ROTATED'])
    for (const fact of ['is 90 days old', 'older than 90 days', 'the migration of 2028'])
      expect(message).toContain(fact)
    expect(ringing()).toContain(DUE)
    expect(ringing()).not.toContain(`${STALE}-team-mail`)
    const findings = sandbox.bus.events().filter(({ source }) => source === 'overlap')
    expect(findings).toContainEqual(
      expect.objectContaining({
        detail: expect.objectContaining({ name: 'shop/app', owner: 'team-shop', code: 'NEVER_ROTATED' }),
      }),
    )
  })
})

/** The owner has it rotated; the old password works for a day more. */
async function replaced(): Promise<void> {
  const { lambda, secretsManager, secret } = sandbox
  const before = secretsManager.rotations(secret).length
  const release = { action: 'release', secret: 'shop/app', by: 'the owner' }
  expect(await lambda.invoke('overlap-operate', release)).toMatchObject({ ok: true })
  await livedUntil(() => secretsManager.rotations(secret).slice(before).at(-1)?.outcome === 'succeeded')
  replacedAt = sandbox.clock.now()
  await live(2 * HOUR_MS)
  // So whoever has it can still use it.
  expect(ringing()).toContain(OF_SHOP)
  await calendar.pass(26 * HOUR_MS)
}

describe('an owner who has it replaced', () => {
  it('is told by the alarm itself, which ends when the replaced credential works no more', async () => {
    await replaced()
    await livedUntil(() => ringing().length === 0)
    // The control: by the worst pass of a period it would ring on, after the proof that its message speaks of.
    expect(stateOf(WORST)).toBe('ALARM')
    await live(20 * MINUTE_MS)
    expect(stateOf(WORST)).toBe('OK')
    const { topicArn, subject, message } = await lastTold(OF_SHOP, 'ALARM -> OK')
    expect([topicArn, subject]).toEqual([OWNERS_TOPIC, `[OK] ${OF_SHOP} is over`])
    expect(message).toContain(
      'It is over, and that is a proof: a pass of the sweep has looked at every secret that Overlap rotates, and no credential of owner team-shop is past its critical threshold any more.',
    )
    expect((await lastTold(STALE, 'ALARM -> OK')).message).not.toContain('of owner')
  })
})

const SWEEP = 'overlap-sweep'
const sweepFunction = () => {
  const found = sandbox.lambda.definitions().find(({ name }) => name === SWEEP)
  if (!found) throw new Error(`there is no ${SWEEP}`)
  return found
}

/** It dies at every start; returns what mends it. */
function killSweep() {
  const alive = sweepFunction()
  sandbox.lambda.register({ ...alive, environment: { ...alive.environment, OVERLAP_FUNCTIONS: 'nonsense' } })
  return alive
}

describe('a sweep that says nothing of ages', () => {
  it('because it is dead rings one alarm, which is about no secret', async () => {
    await hold('the migration of 2029')
    const events = sandbox.cloudwatch.alarmEvents().length
    const messages = sandbox.notifications.messages().length
    const alive = killSweep()
    const lived = await livedUntil(() => rings(UNCOUNTED))
    expect(lived).toBeGreaterThan(HOUR_MS)
    expect(lived).toBeLessThan(100 * MINUTE_MS)
    expect(ringing()).toEqual([UNCOUNTED])
    expect(stateOf('overlap-sweep-silent')).toBe('ALARM')
    const told = sandbox.notifications.messages().slice(messages)
    const topics = told.filter(({ message }) => message.includes(UNCOUNTED)).map(({ topicArn }) => topicArn)
    expect(topics).toEqual([expect.stringContaining('TopicsTicket')])
    expect(told.filter(({ subject }) => subject?.includes('Credential'))).toEqual([])
    // The control: an alarm that takes missing data for good is silent.
    expect(rung(LAX, events)).toEqual([])
    await livedUntil(() => rings(STRICT))

    // Behind it a secret gets old, and then somebody mends the sweep.
    await calendar.to(replacedAt + 90 * DAY_MS + HOUR_MS)
    await live(20 * MINUTE_MS)
    sandbox.lambda.register(alive)
    const mended = sandbox.cloudwatch.alarmEvents().length
    await livedUntil(() => rings(STALE) && rings(DUE) && rings(OF_SHOP))
    expect([rings(UNCOUNTED), rings('overlap-sweep-silent')]).toEqual([false, false])
    for (const alarm of [STALE, OF_SHOP]) {
      const { subject, message } = await lastTold(alarm, 'OK -> ALARM')
      expect(subject).toBe('[TICKET] Credential stale: shop/app STALE')
      expect(message).toContain('is 90 days old')
      expect(message).toContain('the migration of 2029')
    }
    // The control: one that rang for want of figures has rung all the while, and tells nobody which secret it is.
    expect([stateOf(STRICT), rung(STRICT, mended)]).toEqual(['ALARM', []])
  })

  it('because Secrets Manager limits its calls rings it, too, while nothing that rotates is said to fail', async () => {
    await replaced()
    await livedUntil(() => ringing().length === 0)
    const events = sandbox.cloudwatch.alarmEvents().length
    sandbox.secretsManager.throttle('ListSecretVersionIds', 1)
    // A process that is there remembers what it was told before.
    sandbox.lambda.register(sweepFunction())
    // Each pass tries long. A step of one period leaves out passes, and no period.
    await livedUntil(() => rings(UNCOUNTED), 15 * MINUTE_MS)
    expect(ringing()).toEqual([UNCOUNTED])
    expect(stateOf('overlap-sweep-silent')).toBe('OK')
    expect([rung('overlap-rotation-failed', events), stateOf('overlap-rotation-failed')]).toEqual([[], 'OK'])
    expect(rung('overlap-throttled', events).length).toBeGreaterThan(0)
    sandbox.secretsManager.throttle('ListSecretVersionIds', undefined)
    await livedUntil(() => ringing().length === 0)
  })
})

describe('alarms that are new', () => {
  it('name a secret that was stale before there were any, once', async () => {
    await hold('the migration of 2030')
    await calendar.to(replacedAt + 95 * DAY_MS)
    // As in an account where nobody has counted yet.
    const alive = killSweep()
    await live(2 * HOUR_MS)
    const before = told(STALE).length
    for (const alarm of [STALE, DUE, OF_SHOP]) putLike(alarm, { AlarmName: alarm })
    sandbox.lambda.register(alive)
    await live(10 * MINUTE_MS)
    expect([STALE, DUE, OF_SHOP].map(stateOf)).toEqual(Array(3).fill('INSUFFICIENT_DATA'))
    await livedUntil(() => rings(STALE))
    await sandbox.settled()
    expect(
      told(STALE)
        .slice(before)
        .map(({ subject }) => subject),
    ).toEqual(['[TICKET] Credential stale: shop/app STALE'])
    expect(told(STALE).at(-1)?.message).toContain('INSUFFICIENT_DATA -> ALARM')
  })

  it('ring on, and the next secret that becomes stale is told by the alarm on what is overdue', async () => {
    const MISSED = 'overlap-rotation-missed'
    await livedUntil(() => !rings(MISSED))
    const { RotationLambdaARN: functionArn = '' } = await described()
    const ago = (days: number) => sandbox.clock.now() - days * DAY_MS
    const known = told(MISSED).length
    // Rotated once, and only observed: the password before is still valid, and is 90 days old in a moment.
    sandbox.secretsManager.seed({
      name: 'mail/app',
      secretString: '{}',
      created: ago(200),
      rotated: ago(40),
      changed: ago(40),
      tags: { 'overlap:owner': 'team-mail', 'overlap:mode': 'observe' },
      versions: [
        { labels: ['AWSCURRENT'], created: ago(40) },
        { labels: ['AWSPREVIOUS', 'DRAINING'], created: ago(90) + 7 * MINUTE_MS },
      ],
      rotation: { functionArn, automaticallyAfterDays: 1000 },
    })
    await livedUntil(() => rings(MISSED))
    const { message } = await lastTold(MISSED, 'OK -> ALARM')
    expect(told(MISSED).slice(known)).toHaveLength(1)
    expect(message).toMatch(/^\d\. mail\/app\n +owner: +team-mail\n +reason: +STALE: /m)
    expect(message).toContain('the credential before this one still works, and is 90 days old')
    expect(stateOf(STALE)).toBe('ALARM')
  })

  it('of a deployment that has not counted yet ring once, for that alone', async () => {
    const Dimensions = [{ Name: 'service', Value: 'brand-new' }]
    const fresh = [STALE, DUE, UNCOUNTED].map((alarm) => `fresh-${alarm}`)
    for (const alarm of [STALE, DUE, UNCOUNTED]) putLike(alarm, { AlarmName: `fresh-${alarm}`, Dimensions })
    await live(2 * HOUR_MS)
    expect(fresh.map(stateOf)).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'ALARM'])
    expect(fresh.flatMap((alarm) => rung(alarm))).toHaveLength(1)
    for (const alarm of fresh) sandbox.cloudwatch.deleteAlarm(alarm)
  })
})

describe('what the sweep published', () => {
  it('is of nobody but the declared owners, whatever tags say', async () => {
    const { client, secret, cloudwatch } = sandbox
    const owner = 'somebody else: https://example.com'
    await client.send(
      new TagResourceCommand({ SecretId: secret, Tags: [{ Key: 'overlap:owner', Value: owner }] }),
    )
    await live(15 * MINUTE_MS)
    const owners = cloudwatch.metrics().flatMap(({ dimensions }) => dimensions.owner ?? [])
    expect(new Set(owners)).toEqual(new Set(['team-shop', 'team-mail']))
    const gauges = ['Stale', 'Due', 'NeverRotated', 'Blocked', 'Unowned', 'Unmanaged', 'OldestAgeDays']
    const emitted = cloudwatch.metrics().filter(({ name }) => gauges.includes(name))
    expect(emitted).toHaveLength(7 + 2 * 5)
    expect(JSON.stringify(emitted)).not.toContain('shop/app')
  })
})
