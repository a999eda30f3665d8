import { describe, expect, it } from 'vitest'
import { billOf } from '../../../infra/cost/bill.ts'
import type { Deployed } from '../../../infra/cost/deployed.ts'
import { prices } from '../../../infra/cost/prices.ts'
import { costTable } from '../../../infra/cost/table.ts'

/** As much of everything as is easily multiplied. */
const deployed: Deployed = {
  secrets: Array.from({ length: 200 }, () => ({
    kind: 'postgres',
    rotationsPerMonth: 4,
    drainingHours: 100,
    disabledHours: 200,
    readsLogins: false,
    consumers: 2,
  })),
  memoryMb: new Map([
    ['sweep', 1024],
    ['rotate-postgres', 512],
    ['retire-postgres', 256],
    ['inventory', 512],
    ['rollout', 512],
  ]),
  passesPerMonth: 10_000,
  passesPerHour: 12,
  // And one in two hours by a function that has just started.
  looksPerHour: 1.5,
  alarmMetrics: 13,
  dashboards: 1,
  owners: 2,
  subscribers: 2,
  endpointZones: 4,
  logRetentionMonths: 3,
  journalRetentionMonths: 10,
}
const bill = billOf(deployed)
/** Two after each rotation, and each secret's whenever the sweep starts anew. */
const DATED = 800 * 2 + 200 * 365
/** Seven figures of all, and five of each owner, in each pass of a schedule. */
const FIGURES = 7 + 2 * 5
/** Twice an hour while something drains or is disabled; each is a visit as well, beside three events of each rotation. */
const LOOKS = 200 * 300 * 2
const VISITS = 2_400 + LOOKS
/** Five questions about each of two consumers in each rotation. */
const ROLLOUTS = 800 * 2 * 5
const LOGS =
  12_400 * 1_500 +
  10_000 * FIGURES * 300 +
  VISITS * 1_100 +
  LOOKS * 1_000 +
  ROLLOUTS * 1_000 +
  800 * 12_000 +
  1_200 * 500
const JOURNAL = LOOKS * 500 + 800 * 2_000
const quantityOf = (what: string) =>
  [...bill.lines, ...bill.network].find((line) => line.what === what)?.quantity

describe('the bill of a month', () => {
  it.each([
    ['Secrets, stored', 200],
    // 800 rotations of 12 + 8 + 18 calls; visits; looks of three; two pages of each listing, also for the 1,200 lists of a dashboard; dates.
    ['Secrets Manager, calls', 800 * 38 + VISITS + LOOKS * 3 + 20_000 + 2_400 + DATED],
    // Passes, events, lists of a dashboard, looks, questions about consumers, and six invocations a rotation.
    ['Functions, invocations', 10_000 + 2_400 + 1_200 + LOOKS + ROLLOUTS + 800 * 6],
    [
      'Functions, computing',
      12_400 * 0.3 +
        20_000 * 0.15 +
        VISITS * 0.04 +
        DATED * 0.05 +
        1_200 * 1.5 * 0.5 +
        800 * 2.5 * 0.5 +
        800 * 1 * 0.25 +
        LOOKS * 0.4 * 0.25 +
        ROLLOUTS * 0.5 * 0.5,
    ],
    ['Logs, written', (LOGS + JOURNAL) / 1e9],
    ['Logs, kept', ((LOGS * 3 + JOURNAL * 10) / 1e9) * 0.15],
    ['Metrics', 6 + FIGURES + 20 * 0.2],
    ['Alarms', 13],
    ['Dashboards', 1],
    ['Schedules', 10_000],
    ['Events of findings', 10],
    ['Mails', 20],
    ['Interface endpoints', 4 * 730],
    ['A NAT gateway for one VPC, where there is none', 730],
  ])('has %s', (what, quantity) => {
    expect(quantityOf(what)).toBeCloseTo(quantity, 6)
  })

  it.each([
    [30, 30],
    [150, 100],
  ])(
    'has for %i secrets that are only observed %i lines about ages in each pass, and one of each in the four that begin a day',
    (observed, lines) => {
      const secretsOf = (drainingHours: number) =>
        Array.from({ length: observed }, () => ({
          kind: 'postgres' as const,
          rotationsPerMonth: 0,
          drainingHours,
          disabledHours: 0,
          readsLogins: false,
          consumers: 0,
        }))
      const written = (drainingHours: number) =>
        billOf({ ...deployed, secrets: secretsOf(drainingHours) }).lines.find(
          ({ what }) => what === 'Logs, written',
        )?.quantity ?? 0
      const visits = observed * 730 * 12 * 1_100
      expect(written(730) - written(0)).toBeCloseTo(
        (visits + (10_000 * lines + observed * 4 * 30.4) * 900) / 1e9,
        6,
      )
    },
  )

  it('has a visit of each pass to what is disabled, where a log tells who is refused', () => {
    const secrets = deployed.secrets.map((secret) => ({ ...secret, readsLogins: true }))
    const calls = billOf({ ...deployed, secrets }).lines.find(({ what }) => what === 'Secrets Manager, calls')
    const further = 200 * 200 * (12 - 1.5)
    expect((calls?.quantity ?? 0) - (quantityOf('Secrets Manager, calls') ?? 0)).toBeCloseTo(further, 3)
  })

  it('is each quantity times its price, and their sum without the network', () => {
    for (const { price, quantity, usd } of [...bill.lines, ...bill.network])
      expect(usd).toBeCloseTo(quantity * prices[price].usd, 9)
    expect(bill.usd).toBeCloseTo(
      bill.lines.reduce((sum, { usd }) => sum + usd, 0),
      9,
    )
  })

  it('has prices that say where they are from, each of which is used', () => {
    for (const { source } of Object.values(prices))
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/[\w-]+\/pricing\/$/)
    expect(new Set([...bill.lines, ...bill.network].map(({ price }) => price))).toEqual(
      new Set(Object.keys(prices)),
    )
  })

  it('is a table with a column for each deployment', () => {
    const column = { secrets: 200, networks: 3, bill, observed: bill, withEndpoints: bill }
    const rows = costTable([column, { ...column, secrets: 1 }]).split('\n')
    expect(rows[0]).toBe('| a month, us-east-1 | list price | 200 secrets | 1 secret |')
    expect(rows[2]).toBe(
      '| Secrets, stored | [$0.4](https://aws.amazon.com/secrets-manager/pricing/) per secret and month | $80.00 | $80.00 |',
    )
    for (const row of rows) expect(row.split('|')).toHaveLength(6)
  })
})
