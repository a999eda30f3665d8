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
const [DUE, STALE] = ['overlap-secrets-due', 'overlap-secrets-stale']
const OF_SHOP = `${STALE}-team-shop`
const LAX = 'lax-control'

let sandbox: Sandbox
let calendar: Calendar
let createdAt: number

beforeAll(async () => {
  sandbox = await startSandbox({ config: 'test/sandbox/owners.config.ts', replica: false })
  sandbox.notifications.addTopic(OWNERS_TOPIC)
  calendar = new Calendar(sandbox)
  createdAt = (await described()).CreatedDate?.getTime() ?? Number.NaN
  await hold('the migration of 2027')
  sandbox.cloudwatch.putAlarm(lax(definitionOf(STALE)))
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

/** The control: the same alarm, had somebody written that missing data is no reason to ring. */
function lax({ watched, period, evaluationPeriods, datapointsToAlarm, ...alarm }: AlarmDefinition) {
  if (watched.by !== 'metric') throw new Error('it watches one metric')
  const { metric, statistic } = watched.query
  return {
    AlarmName: LAX,
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: statistic,
    Period: period,
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: 'notBreaching',
  }
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

describe('an owner who has it replaced', () => {
  it('is told by the alarm itself, which ends when the replaced credential works no more', async () => {
    const { lambda, secretsManager, secret } = sandbox
    const isRotated = () => secretsManager.rotations(secret).at(-1)?.outcome === 'succeeded'
    const release = { action: 'release', secret: 'shop/app', by: 'the owner' }
    expect(await lambda.invoke('overlap-operate', release)).toMatchObject({ ok: true })
    await livedUntil(isRotated)
    await live(2 * HOUR_MS)
    // The old password still works, so whoever has it can still use it.
    expect(ringing()).toContain(OF_SHOP)

    await calendar.pass(26 * HOUR_MS)
    await livedUntil(() => ringing().length === 0)
    const { topicArn, subject, message } = await lastTold(OF_SHOP, 'ALARM -> OK')
    expect([topicArn, subject]).toEqual([OWNERS_TOPIC, `[OK] ${OF_SHOP} is over`])
    expect(message).toContain(
      'It is over, and that is a proof: a pass of the sweep has looked at every secret that Overlap rotates, and no credential of owner team-shop is past its critical threshold any more.',
    )
    expect((await lastTold(STALE, 'ALARM -> OK')).message).not.toContain('of owner')
  })
})

describe('a sweep that says nothing of ages', () => {
  const SWEEP = 'overlap-sweep'
  const definition = () => {
    const found = sandbox.lambda.definitions().find(({ name }) => name === SWEEP)
    if (!found) throw new Error(`there is no ${SWEEP}`)
    return found
  }

  it('because it is dead rings, and the message says that nobody has measured', async () => {
    const alive = definition()
    sandbox.lambda.register({
      ...alive,
      environment: { ...alive.environment, OVERLAP_FUNCTIONS: 'nonsense' },
    })
    await livedUntil(() => rings(STALE) && rings(DUE) && rings(OF_SHOP) && rings(`${STALE}-team-mail`))

    expect(stateOf('overlap-sweep-silent')).toBe('ALARM')
    const { subject, message } = await lastTold(STALE, 'OK -> ALARM')
    expect(subject).toBe('[TICKET] Credential stale: which secret is not known')
    expect(message).toContain('No pass of the sweep has said since then how old secrets are')
    expect(message).toContain('see whether overlap-sweep-silent rings')
    // The control: an alarm that takes missing data for good is silent.
    expect(stateOf(LAX)).toBe('OK')
    expect(sandbox.cloudwatch.alarmEvents().some(({ alarm, to }) => alarm === LAX && to === 'ALARM')).toBe(
      true,
    )

    sandbox.lambda.register(alive)
    await livedUntil(() => ringing().length === 0 && !rings('overlap-sweep-silent'))
    expect((await lastTold(STALE, 'ALARM -> OK')).message).toContain('a proof')
  })

  it('because Secrets Manager does not tell them rings, too, while the sweep is well', async () => {
    sandbox.secretsManager.throttle('ListSecretVersionIds', 1)
    // A process that is there remembers what it was told before.
    sandbox.lambda.register(definition())
    // Each pass tries long. A step of one period leaves out passes, and no period.
    await livedUntil(() => rings(STALE) && rings(DUE), 15 * MINUTE_MS)
    expect(stateOf('overlap-sweep-silent')).toBe('OK')
    sandbox.secretsManager.throttle('ListSecretVersionIds', undefined)
    await livedUntil(() => ringing().length === 0)
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
