import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_DRAIN_SECONDS,
  type Policy,
  parseDuration,
  parsePolicy,
  tagFlag,
} from '../../lambdas/rotation/policy.ts'

const tags = (entries: Record<string, string>) => new Map(Object.entries(entries))

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['30m', 1800],
    ['24h', 86_400],
    ['2d', 172_800],
    [' 1h ', 3600],
    ['999999d', 999_999 * 86_400],
  ])('reads %o as %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  it.each([
    '',
    's',
    '24',
    '1.5h',
    '-1h',
    '1 h',
    '1H',
    '1w',
    '1h30m',
    '1000000s',
    '0x1s',
    '١h',
    'constructor',
  ])('refuses %o', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('never reads anything as a negative or broken number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const seconds = parseDuration(text)
        expect(seconds === undefined || (Number.isSafeInteger(seconds) && seconds >= 0)).toBe(true)
      }),
    )
  })
})

describe('parsePolicy', () => {
  it.each([
    { tag: undefined, floor: 3600, seconds: DEFAULT_DRAIN_SECONDS, because: 'the default' },
    { tag: '48h', floor: 3600, seconds: 172_800, because: 'a tag may lengthen the drain' },
    { tag: '1s', floor: 3600, seconds: 3600, because: 'a tag never shortens it below the floor' },
    { tag: '0s', floor: 3600, seconds: 3600, because: 'not even to nothing' },
    { tag: '0s', floor: 0, seconds: 0, because: 'unless the deployment says so' },
    { tag: undefined, floor: 200_000, seconds: 200_000, because: 'the floor also lifts the default' },
  ])('drains $seconds s for tag $tag and floor $floor s: $because', ({ tag, floor, seconds }) => {
    expect(parsePolicy(tags(tag === undefined ? {} : { 'overlap:drain': tag }), floor).drainSeconds).toBe(
      seconds,
    )
  })

  it.each([
    { tag: undefined, floor: 0, seconds: 172_800, because: 'the default' },
    { tag: '0s', floor: 0, seconds: 0, because: 'a tag may do without it' },
    { tag: '1s', floor: 3600, seconds: 3600, because: 'and never goes below the floor' },
    { tag: '7d', floor: 3600, seconds: 604_800, because: 'but above it' },
    {
      tag: '7d',
      floor: 3600,
      drain: '0s',
      seconds: 0,
      because: 'what is swapped leaves nothing to put back',
    },
  ])(
    'keeps what was disabled for $seconds s for tag $tag and floor $floor s: $because',
    ({ tag, floor, drain, seconds }) => {
      const entries = {
        ...(tag === undefined ? {} : { 'overlap:quarantine': tag }),
        ...(drain === undefined ? {} : { 'overlap:drain': drain }),
      }
      expect(parsePolicy(tags(entries), 0, floor).quarantineSeconds).toBe(seconds)
    },
  )

  it.each<{ kind?: string; lag?: string; drain?: string; says: Partial<Policy>; because: string }>([
    {
      kind: 'postgres',
      says: { lagSeconds: 0, drainSeconds: 86_400 },
      because: 'a look sees who is connected',
    },
    { says: { lagSeconds: 0, drainSeconds: 86_400 }, because: 'no kind is none that tells late' },
    {
      kind: 'iam-access-key',
      says: { lagSeconds: 86_400, drainSeconds: 172_800 },
      because: 'a use of the last day may be told tomorrow',
    },
    {
      kind: 'http-api-key',
      says: { lagSeconds: 86_400, drainSeconds: 172_800 },
      because: 'nobody knows how late',
    },
    {
      kind: 'iam-access-key',
      lag: '1h',
      says: { lagSeconds: 14_400, drainSeconds: 100_800 },
      because: 'IAM takes four hours',
    },
    {
      kind: 'iam-access-key',
      lag: '0s',
      drain: '48h',
      says: { lagSeconds: 14_400, drainSeconds: 187_200 },
      because: 'whatever the tag says',
    },
    {
      kind: 'iam-access-key',
      lag: '2d',
      says: { lagSeconds: 172_800, drainSeconds: 259_200 },
      because: 'it may take longer',
    },
    {
      kind: 'http-api-key',
      lag: '0s',
      says: { lagSeconds: 0, drainSeconds: 86_400 },
      because: 'this provider tells at once',
    },
    {
      kind: 'iam-access-key',
      drain: '0s',
      says: { lagSeconds: 86_400, drainSeconds: 0, quarantineSeconds: 0 },
      because: 'a swap waits for nothing',
    },
  ])('of kind $kind with lag $lag and drain $drain: $because', ({ kind, lag, drain, says }) => {
    const entries = {
      ...(kind === undefined ? {} : { 'overlap:kind': kind }),
      ...(lag === undefined ? {} : { 'overlap:lag': lag }),
      ...(drain === undefined ? {} : { 'overlap:drain': drain }),
    }
    expect(parsePolicy(tags(entries), 0)).toMatchObject(says)
  })

  it('lengthens what the deployment’s floor leaves by the lag, too', () => {
    const entries = { 'overlap:kind': 'iam-access-key', 'overlap:drain': '1s', 'overlap:lag': '5h' }
    expect(parsePolicy(tags(entries), 3600).drainSeconds).toBe(3600 + 5 * 3600)
  })

  it.each<{ what: string; entries: Record<string, string>; says: Partial<Policy> }>([
    {
      what: 'consumers, and logs of logins, names them',
      entries: {
        'overlap:consumers': 'ecs:shop/api  event:etl',
        'overlap:login-log': 'logs:/aws/rds/shop rds:shop-2',
        'overlap:evidence': 'logged',
      },
      says: {
        consumers: [
          { kind: 'ecs', cluster: 'shop', service: 'api' },
          { kind: 'event', name: 'etl' },
        ],
        loginLogs: ['logs:/aws/rds/shop', 'rds:shop-2'],
        evidence: 'logged',
      },
    },
    {
      what: 'no tags has consumers that nobody knows, and is retired by the clock',
      entries: {},
      says: { consumers: [], loginLogs: [], evidence: 'clock' },
    },
    {
      what: 'no tags is nobody’s, rotated by nobody, three months old at most, and nothing of it is disabled',
      entries: {},
      says: { owner: undefined, schedule: undefined, maxAgeSeconds: 90 * 86_400, mode: 'observe' },
    },
    {
      what: 'mode enforce may be retired',
      entries: { 'overlap:mode': 'enforce' },
      says: { mode: 'enforce' },
    },
    { what: 'mode observe may not', entries: { 'overlap:mode': 'observe' }, says: { mode: 'observe' } },
    { what: 'a schedule has it', entries: { 'overlap:schedule': 'weekly' }, says: { schedule: 'weekly' } },
    { what: 'an owner has one', entries: { 'overlap:owner': 'team shop' }, says: { owner: 'team shop' } },
    {
      what: 'a maximum age is older after it',
      entries: { 'overlap:max-age': '30d' },
      says: { maxAgeSeconds: 30 * 86_400 },
    },
    {
      what: 'tags of others is not touched by them',
      entries: { mode: 'enforce', 'Overlap:mode': 'enforce' },
      says: { mode: 'observe' },
    },
  ])('a secret with $what', ({ entries, says }) => {
    expect(parsePolicy(tags(entries), 3600)).toMatchObject(says)
  })

  it.each([
    ...['', 'soon', '12', '-5m'].map((text) => ['overlap:drain', text] as const),
    ...['', 'old', '0d', '0s', '1y'].map((text) => ['overlap:max-age', text] as const),
    ...['', 'Enforce', 'enforced', 'true', 'off'].map((text) => ['overlap:mode', text] as const),
    ...['', 'forever', '48'].map((text) => ['overlap:quarantine', text] as const),
    ...['', 'late', '4'].map((text) => ['overlap:lag', text] as const),
    ...['', 'sample', 'a'].map((text) => ['overlap:evidence', text] as const),
    ...['shop', 'logs:', 'rds::', 'logs:/a cloudwatch:/b'].map(
      (text) => ['overlap:login-log', text] as const,
    ),
    ['overlap:schedule', ''],
    ['overlap:schedule', ' '],
    ['overlap:owner', ''],
  ] as const)('refuses %s of %o by the name of the tag', (tag, text) => {
    expect(() => parsePolicy(tags({ [tag]: text }), 0)).toThrow(
      expect.objectContaining({
        code: 'POLICY_INVALID',
        message: expect.stringContaining(`tag ${tag} must`),
      }),
    )
  })
})

describe('consumers that cannot be read', () => {
  it('are somebody who reads it, and stop nothing else: the form that is expected is kept', () => {
    const { consumers } = parsePolicy(
      tags({ 'overlap:consumers': 'ecs:shop/api kubernetes:shop/deployment/api x' }),
      0,
    )
    expect(consumers).toEqual([
      { kind: 'ecs', cluster: 'shop', service: 'api' },
      {
        kind: 'unreadable',
        text: 'kubernetes:shop/deployment/api',
        expected: expect.stringMatching(/^kubernetes:CLUSTER\/NAMESPACE/),
      },
      { kind: 'unreadable', text: 'x', expected: expect.stringMatching(/^ecs:.*manual:NAME$/) },
    ])
  })
})

describe('tagFlag', () => {
  it.each([
    [undefined, false],
    ['false', false],
    ['true', true],
  ])('reads %o as %o', (tag, flag) => {
    expect(tagFlag(tags(tag === undefined ? {} : { 'overlap:x': tag }), 'overlap:x')).toBe(flag)
  })

  it.each(['', 'yes', 'True', '1'])('refuses %o by the name of its tag: a flag is never guessed', (tag) => {
    expect(() => tagFlag(tags({ 'overlap:x': tag }), 'overlap:x')).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID', message: expect.stringContaining('overlap:x') }),
    )
  })
})
