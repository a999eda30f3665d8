import { Duration } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { billOf } from '../../../infra/cost/bill.ts'
import { deployedIn } from '../../../infra/cost/deployed.ts'
import { fleetOf } from '../../../infra/cost/fleet-of.ts'
import { prices } from '../../../infra/cost/prices.ts'
import { resourceTypes } from '../../../infra/cost/resource-types.ts'
import type { EnvironmentConfig } from '../../../infra/deployment.ts'
import { environment, templatesOf, withDatabase, withKeys } from '../deployed.ts'

const deployed = (fields: EnvironmentConfig) =>
  deployedIn([...templatesOf(fields).values()].map((template) => template.toJSON() as never))
const fleet = {
  name: 'fleet',
  secrets: 1000,
  networks: 3,
  databases: 12,
  egress: 'endpoints',
  mode: 'enforce',
} as const
const { shop } = environment.databases

describe('what costs money', () => {
  it('is read from the templates', () => {
    const found = deployed({
      ...withDatabase({
        secrets: [
          {
            name: 'shop/reports',
            newUser: 'reports',
            owner: 'team-shop',
            consumers: ['ecs:shop/reports', 'manual:etl'],
          },
          {
            name: 'shop/slow',
            newUser: 'slow',
            owner: 'team-shop',
            schedule: 'monthly',
            drain: Duration.days(2),
            quarantine: Duration.days(3),
          },
          { name: 'shop/manual', newUser: 'manual', owner: 'team-shop', schedule: 'none' },
          ...(shop?.secrets.slice(0, 1) ?? []),
        ],
      }),
      page: { emails: ['one@example.com', 'two@example.com'] },
      owners: { 'team-shop': {}, 'team-reports': { emails: ['team-reports@example.com'] } },
      schedules: { weekly: { cron: '0 3 ? * SUN *' }, monthly: { cron: '0 3 1 * ? *' } },
    })
    const [weekly, monthly, manual, observed] = found.secrets
    expect(weekly?.rotationsPerMonth).toBeCloseTo(730 / 168, 2)
    expect(weekly?.drainingHours).toBeCloseTo((730 / 168) * 24, 0)
    expect(monthly?.rotationsPerMonth).toBeCloseTo(1, 1)
    expect(monthly?.drainingHours).toBeCloseTo(48, 0)
    expect(weekly?.disabledHours).toBeCloseTo((730 / 168) * 48, 0)
    expect(monthly?.disabledHours).toBeCloseTo(72, 0)
    expect([weekly?.consumers, monthly?.consumers]).toEqual([2, 0])
    const never = {
      kind: 'postgres',
      rotationsPerMonth: 0,
      disabledHours: 0,
      readsLogins: false,
      consumers: 0,
    }
    expect(manual).toEqual({ ...never, drainingHours: 0 })
    expect(observed).toEqual({ ...never, drainingHours: 730 })
    expect(found).toMatchObject({
      passesPerHour: 12,
      // Two for each owner, beside those that every deployment has.
      alarmMetrics: 19 + 4,
      looksPerHour: 2,
      journalRetentionMonths: 400 / 30,
      dashboards: 1,
      owners: 2,
      subscribers: 3,
      endpointZones: 0,
      logRetentionMonths: 3,
    })
    expect(found.passesPerMonth).toBeCloseTo(8_760 + 730 / 168 + 1, 0)
    expect([...found.memoryMb].filter(([handler]) => !handler.includes('provider'))).toEqual(
      expect.arrayContaining([
        ['rotate-postgres', 512],
        ['retire-postgres', 256],
        ['sweep', 256],
        ['rollout', 256],
      ]),
    )
  })

  it('has a price, or a reason why it has none, for every type of resource', () => {
    const types = new Set(
      [
        ...templatesOf(fleetOf({ ...fleet, secrets: 12 }), {
          ...environment,
          page: { emails: ['a@example.com'] },
        }).values(),
      ].flatMap((template) =>
        Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
          ({ Type }) => Type,
        ),
      ),
    )
    expect([...types].filter((type) => !(type in resourceTypes))).toEqual([])
    expect(Object.keys(resourceTypes).filter((type) => !types.has(type))).toEqual([])
    for (const paid of Object.values(resourceTypes).filter(Array.isArray))
      for (const price of paid) expect(Object.keys(prices)).toContain(price)
  })
})

describe('keys beside databases', () => {
  const billed = (fields: Partial<EnvironmentConfig>) =>
    billOf(deployed({ ...environment, otherConsumers: ['ecs:production/service'], ...fields })).usd
  const none = billed({})
  const { robots } = withKeys.accessKeys ?? {}
  const { mail } = withKeys.providers ?? {}
  if (!robots || !mail) throw new Error('the environment for tests has a group and a provider')
  const enforced = { mode: 'enforce', consumers: ['ecs:production/service'] } as const

  it('cost 20 cents for each group and each provider, which are an alarm on the throttles of two functions', () => {
    expect(billed({ accessKeys: { robots: { secrets: [] } } }) - none).toBeCloseTo(0.2, 6)
    expect(billed({ providers: { mail: { ...mail, secrets: [] } } }) - none).toBeCloseTo(0.2, 6)
  })

  it('cost at most 46 cents for each secret beside that, of which 40 are for storing it', () => {
    const robot = robots.secrets.map((secret) => ({ ...secret, ...enforced }))
    const sender = mail.secrets.map((secret) => ({ ...secret, ...enforced }))
    for (const fields of [
      { accessKeys: { robots: { secrets: robot } } },
      { providers: { mail: { ...mail, secrets: sender } } },
    ]) {
      const added = billed(fields) - none - 0.2
      expect(added).toBeGreaterThan(0.4)
      expect(added).toBeLessThanOrEqual(0.46)
    }
  })

  it('are looked at for a day longer, in which a use may be told late', () => {
    const [secret] = robots.secrets
    if (secret === undefined) throw new Error('there is no secret')
    const hoursOf = (lag: Duration) => {
      const secrets = [{ ...secret, ...enforced, lag }]
      const found = deployed({ ...environment, accessKeys: { robots: { secrets } } })
      return found.secrets.find(({ kind }) => kind === 'iam-access-key')?.drainingHours
    }
    expect(hoursOf(Duration.hours(24))).toBeCloseTo((730 / 168) * 48, 0)
    expect(hoursOf(Duration.hours(4))).toBeCloseTo((730 / 168) * 28, 0)
  })
})

describe.each([400, 1000])('%i secrets', (secrets) => {
  const bill = billOf(deployed(fleetOf({ ...fleet, secrets })))

  it('cost at most 45 cents each, of which 40 are for storing them', () => {
    expect(bill.usd / secrets).toBeLessThanOrEqual(0.45)
    expect(bill.lines[0]).toMatchObject({ price: 'secret', quantity: secrets, usd: secrets * 0.4 })
  })

  it('need two endpoints in two zones of each of three VPCs, where there is no other way out', () => {
    expect(bill.network.find(({ price }) => price === 'endpoint')?.quantity).toBe(2 * 2 * 3 * 730)
  })
})
