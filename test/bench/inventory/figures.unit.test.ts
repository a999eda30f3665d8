import { describe, expect, it } from 'vitest'
import { broken, growthOf, type Output, promisedCalls, type Run } from '../../../bench/inventory/figures.ts'
import { inDoubt, seeds } from '../../../bench/inventory/seeds.ts'
import { tableOf } from '../../../bench/inventory/table.ts'

const NOW = Date.parse('2026-03-02T10:30:00Z')

const within: Run = {
  wallMs: 900,
  cpuMs: 800,
  peakMb: 224,
  calls: { ListSecrets: 4, ListSecretVersionIds: 200, ListUsers: 1 },
}
const but = (calls: Run['calls']) => ({ calls: { ...within.calls, ...calls } })
const brokenBy = (...runs: Partial<Run>[]) =>
  broken({ measured: [{ secrets: 400, output: 'csv', runs: runs.map((run) => ({ ...within, ...run })) }] })

describe('what was promised of an inventory', () => {
  it('is a call for each hundred secrets and one for each that is in doubt', () => {
    expect(promisedCalls(400)).toEqual({ ListSecrets: 4, ListSecretVersionIds: 200, ListUsers: 1 })
    expect(promisedCalls(10_000)).toMatchObject({ ListSecrets: 100, ListSecretVersionIds: 5_000 })
    expect(promisedCalls(401).ListSecrets).toBe(5)
  })

  it('holds at its very bounds', () => {
    expect(brokenBy({}, {})).toEqual([])
  })

  it.each<[string, Partial<Run>, string]>([
    ['a page more', but({ ListSecrets: 5 }), '400 secrets as csv: 5 calls of ListSecrets, 4 promised'],
    [
      'a look more',
      but({ ListSecretVersionIds: 201 }),
      '400 secrets as csv: 201 calls of ListSecretVersionIds, 200 promised',
    ],
    [
      'a look less',
      but({ ListSecretVersionIds: 199 }),
      '400 secrets as csv: 199 calls of ListSecretVersionIds, 200 promised',
    ],
    [
      'a value that is read',
      but({ GetSecretValue: 1 }),
      '400 secrets as csv: 1 calls of GetSecretValue, 0 promised',
    ],
    ['memory', { peakMb: 224.1 }, '400 secrets as csv: 225 MB, 224 promised'],
  ])('is broken by %s in any run', (_what, run, said) => {
    expect(brokenBy({}, run)).toEqual([said])
  })
})

describe('what each further secret costs', () => {
  const sized = (output: Output, ...cpu: readonly number[]) =>
    [400, 2_000, 10_000].map((secrets, at) => ({
      secrets,
      output,
      runs: [{ ...within, calls: promisedCalls(secrets), cpuMs: cpu[at] ?? 0 }],
    }))
  const linear = sized('json', 800, 1_600, 5_600)

  it('may be twice what it was for a smaller account', () => {
    expect(growthOf(linear, 'json')).toEqual([
      { from: 400, to: 2_000, ms: 0.5 },
      { from: 2_000, to: 10_000, ms: 0.5 },
    ])
    expect(broken({ measured: [...linear, ...sized('html', 800, 1_600, 9_600)] })).toEqual([])
  })

  it('and no more, in whichever output', () => {
    expect(broken({ measured: [...linear, ...sized('html', 800, 1_600, 9_700)] })).toEqual([
      'from 2000 to 10000 secrets as html: 1.01 ms for each further one, 1.00 promised, which is 2 times what it was up to 2000',
    ])
  })
})

describe('the account', () => {
  const account = [...seeds(400, NOW)]
  const DAY = 24 * 3600_000
  /** As a listing tells it: younger than its creation, older than its last change. */
  const proves = ({ created = NOW, changed, versions }: (typeof account)[number]) => {
    const lastChange =
      changed ?? Math.max(created, ...(versions ?? []).map((version) => version.created ?? created))
    return versions === undefined || NOW - lastChange >= 90 * DAY || NOW - created < 75 * DAY
  }

  it('has as many secrets as it is to have, half of them in doubt', () => {
    expect(account).toHaveLength(400)
    expect(account.filter((seed) => !proves(seed))).toHaveLength(inDoubt(400))
  })
})

describe('the table', () => {
  it('shows each size beside what it may cost', () => {
    const table = tableOf({
      date: '2026-03-02T10:30:00.000Z',
      machine: { node: 'v20', processors: 2, processor: 'some', loadAverage: 0.5 },
      measured: [
        { secrets: 400, output: 'json', runs: [within, { ...within, peakMb: 100 }] },
        {
          secrets: 10_000,
          output: 'json',
          runs: [{ ...within, cpuMs: 10_400, calls: { ListSecrets: 100 } }],
        },
      ],
    }).join('\n')
    expect(table).toMatch(/^calls of ListSecrets +4 of 4 +100 of 100$/m)
    expect(table).toMatch(/^json +400 +0\.80 s +0\.90 s +224 of 224 MB +2$/m)
    expect(table).toMatch(/^json +10,000 +10\.40 s +0\.90 s +224 of 224 MB +1$/m)
    expect(table).toMatch(/^json +400 to 10,000 +1\.00 ms$/m)
  })
})
