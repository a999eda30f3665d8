import { describe, expect, it } from 'vitest'
import { movableClock } from '../../../sandbox/clock.ts'
import { attachLabels, expiredVersions } from '../../../sandbox/secrets-manager/labels.ts'
import { type Secret, Secrets } from '../../../sandbox/secrets-manager/secrets.ts'

const DAY = 24 * 3600 * 1000

function secretWith(versions: Readonly<Record<string, readonly string[]>>): Secret {
  const secrets = new Secrets(movableClock(0), { region: 'us-east-1', accountId: '123456789012' }, () => {})
  const secret = secrets.create({ name: 'app' })
  for (const [id, labels] of Object.entries(versions))
    secret.versions.set(id, {
      id,
      value: undefined,
      labels: new Set(labels),
      createdAt: 0,
      accessedAt: undefined,
    })
  return secret
}

function stages(secret: Secret): Record<string, string[]> {
  return Object.fromEntries([...secret.versions].map(([id, version]) => [id, [...version.labels].sort()]))
}

describe('attaching labels', () => {
  const rows: readonly {
    readonly rule: string
    readonly before: Record<string, string[]>
    readonly attach: string[]
    readonly to: string
    readonly after: Record<string, string[]>
  }[] = [
    {
      rule: 'AWSCURRENT leaves AWSPREVIOUS behind',
      before: { a: ['AWSCURRENT'], b: [] },
      attach: ['AWSCURRENT'],
      to: 'b',
      after: { a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] },
    },
    {
      rule: 'AWSPREVIOUS leaves the version before',
      before: { a: ['AWSPREVIOUS'], b: ['AWSCURRENT'], c: [] },
      attach: ['AWSCURRENT'],
      to: 'c',
      after: { a: [], b: ['AWSPREVIOUS'], c: ['AWSCURRENT'] },
    },
    {
      rule: 'rolling back swaps AWSCURRENT and AWSPREVIOUS',
      before: { a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] },
      attach: ['AWSCURRENT'],
      to: 'a',
      after: { a: ['AWSCURRENT'], b: ['AWSPREVIOUS'] },
    },
    {
      rule: 'the version that becomes AWSCURRENT keeps its AWSPENDING, and custom labels stay',
      before: { a: ['AWSCURRENT', 'DRAINING'], b: ['AWSPENDING'] },
      attach: ['AWSCURRENT'],
      to: 'b',
      after: { a: ['AWSPREVIOUS', 'DRAINING'], b: ['AWSCURRENT', 'AWSPENDING'] },
    },
    {
      rule: 'a custom label is on one version at a time',
      before: { a: ['DRAINING'], b: [] },
      attach: ['DRAINING'],
      to: 'b',
      after: { a: [], b: ['DRAINING'] },
    },
    {
      rule: 'AWSCURRENT on the version that has it changes nothing',
      before: { a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] },
      attach: ['AWSCURRENT'],
      to: 'b',
      after: { a: ['AWSPREVIOUS'], b: ['AWSCURRENT'] },
    },
  ]

  it.each(rows)('$rule', ({ before, attach, to, after }) => {
    const secret = secretWith(before)
    const version = secret.versions.get(to)
    if (!version) throw new Error('the row names a version that it does not have')

    attachLabels(secret, version, attach)

    expect(stages(secret)).toEqual(after)
  })

  it('names every label that moved, so that each can be announced', () => {
    const secret = secretWith({ a: ['AWSCURRENT'], b: ['AWSPENDING'] })
    const version = secret.versions.get('b')
    if (!version) throw new Error('no version b')

    const moves = attachLabels(secret, version, ['AWSPENDING', 'AWSCURRENT'])

    expect(moves).toEqual([
      { label: 'AWSCURRENT', versionId: 'b' },
      { label: 'AWSPREVIOUS', versionId: 'a' },
    ])
  })
})

describe('versions that go', () => {
  const many = (count: number) =>
    secretWith(
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `v${index}`,
          index === 0 ? ['DRAINING'] : index === count - 1 ? ['AWSCURRENT'] : [],
        ]),
      ),
    )

  it('are none as long as there are 100', () => {
    expect(expiredVersions(many(100), 10 * DAY)).toEqual([])
  })
  it('are the oldest without a label beyond 100', () => {
    expect(expiredVersions(many(102), 10 * DAY)).toEqual(['v1', 'v2'])
  })
  it('are never younger than 24 hours', () => {
    expect(expiredVersions(many(102), DAY)).toEqual([])
  })
})
