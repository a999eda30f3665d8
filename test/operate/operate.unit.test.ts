import { describe, expect, it, vi } from 'vitest'
import { operate } from '../../lambdas/operate/operate.ts'
import type { Operating } from '../../lambdas/operate/operating.ts'
import { operatorActions } from '../../lambdas/operate/operator.ts'
import type { OperateRequest } from '../../lambdas/operate/request.ts'
import type { AskedRotation } from '../../lambdas/rotation/asked-rotation.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { pace } from '../../lambdas/sweep/pace.ts'
import { awsError, manySecrets } from '../fakes/operated-secrets.ts'
import { secretWith } from '../rotation/secret.ts'
import { operating as operatingWith, settings } from './operating.ts'

const ROTATE = secretWith({}).rotationFunction ?? ''
const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`
const secret = (name: string, different: Partial<SecretDescription> = {}) =>
  secretWith(
    { now: ['AWSCURRENT'] },
    { name, arn: arnOf(name), tags: new Map([['overlap:owner', 'shop']]), ...different },
  )

const UNTIL = Date.parse('2026-12-27T00:00:00Z')
const VALUE = '2026-12-27T00:00:00.000Z year-end close'

function deployment(described: readonly SecretDescription[], different: Partial<Operating> = {}) {
  const many = manySecrets(described)
  const clock = { now: Date.parse('2026-11-25T12:00:00Z') }
  /** ARNs, as the rotation function was asked about them. */
  const asked: string[] = []
  const base = operatingWith(many.operated, () => clock.now)
  const operating: Operating = {
    ...base,
    functions: new Map([
      [
        ROTATE,
        {
          rotate: {
            ...base.rotate,
            check: async (secretId) => {
              asked.push(secretId)
              return { outcome: 'ready' }
            },
            provision: async (secretId) => {
              asked.push(secretId)
              return { outcome: 'provisioned' }
            },
          },
          retire: async () => ({ outcome: 'left' }),
        },
      ],
    ]),
    ...different,
  }
  const run = (request: DistributiveOmit<OperateRequest, 'by'>) =>
    operate(operating, operatorActions, { ...request, by: undefined } as OperateRequest)
  const hold = (target: OperateRequest['target']) =>
    run({ action: 'hold', target, until: UNTIL, reason: 'year-end close' })
  return { ...many, operating, run, hold, clock, asked }
}

function rotateOf({ functions }: Operating): AskedRotation {
  const pair = functions.get(ROTATE)
  if (!pair) throw new Error('the deployment has functions')
  return pair.rotate
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

describe('check', () => {
  it.each(['shop/app', arnOf('shop/app')])('of %s asks the rotation function by ARN', async (name) => {
    const { run, asked } = deployment([secret('shop/app')])
    expect(await run({ action: 'check', target: { secret: name } })).toEqual([
      { secret: arnOf('shop/app'), name: 'shop/app', outcome: 'ready' },
    ])
    expect(asked).toEqual([arnOf('shop/app')])
  })

  it('gives on what would block a rotation', async () => {
    const found = {
      outcome: 'blocked',
      code: 'ADMIN_LACKS_RIGHT',
      message: 'lacks a right',
      run: 'GRANT app TO admin WITH ADMIN OPTION',
      information: ['observe'],
    } as const
    const { run, operating } = deployment([secret('shop/app')])
    vi.spyOn(rotateOf(operating), 'check').mockResolvedValue(found)
    expect(await run({ action: 'check', target: { secret: 'shop/app' } })).toEqual([
      { secret: arnOf('shop/app'), name: 'shop/app', ...found },
    ])
  })

  it('is blocked by a schedule that the deployment does not have, which no rotation function knows', async () => {
    const tags = (schedule: string) => ({ tags: new Map([['overlap:schedule', schedule]]) })
    const { run } = deployment([secret('a', tags('weekly')), secret('b', tags('monthly'))])
    expect(await run({ action: 'check', target: { secret: 'a' } })).toMatchObject([{ outcome: 'ready' }])
    expect(await run({ action: 'check', target: { secret: 'b' } })).toMatchObject([
      {
        outcome: 'blocked',
        code: 'POLICY_INVALID',
        message: expect.stringMatching(/monthly.*it has weekly/),
      },
    ])
  })

  it.each([
    { of: 'no such secret', name: 'gone', code: 'SECRET_UNKNOWN', says: /no secret gone/ },
    { of: 'another’s secret', name: 'other', code: 'SECRET_NOT_OURS', says: /arn:aws:lambda:other/ },
    { of: 'a secret without rotation', name: 'plain', code: 'SECRET_NOT_OURS', says: /no rotation function/ },
  ])('of $of fails with $code and asks nobody', async ({ name, code, says }) => {
    const { run, asked } = deployment([
      secret('other', { rotationFunction: 'arn:aws:lambda:other' }),
      secret('plain', { rotationFunction: undefined }),
    ])
    expect(await run({ action: 'check', target: { secret: name } })).toEqual([
      expect.objectContaining({ outcome: 'failed', code, message: expect.stringMatching(says) }),
    ])
    expect(asked).toEqual([])
  })

  it('of a secret that this function may not see says both that it may mean', async () => {
    const { run, operating } = deployment([secret('shop/app')])
    vi.spyOn(operating.secrets, 'describe').mockRejectedValue(
      awsError('AccessDeniedException', 'not authorized'),
    )
    expect(await run({ action: 'check', target: { secret: 'shop/app' } })).toEqual([
      {
        secret: 'shop/app',
        outcome: 'failed',
        code: 'SECRET_UNKNOWN',
        message: expect.stringMatching(/no such secret, or another function/),
      },
    ])
  })
})

describe('provision', () => {
  const provision = { action: 'provision', target: { secret: 'shop/app' } } as const

  it.each(['provisioned', 'exists'] as const)(
    'answers that the user is %s, and writes nothing',
    async (outcome) => {
      const { run, asked, operating, written } = deployment([secret('shop/app')])
      if (outcome === 'exists')
        vi.spyOn(rotateOf(operating), 'provision').mockImplementation(async (secretId) => {
          asked.push(secretId)
          return { outcome }
        })
      expect(await run(provision)).toEqual([{ secret: arnOf('shop/app'), name: 'shop/app', outcome }])
      expect([asked, written]).toEqual([[arnOf('shop/app')], []])
    },
  )

  it.each(['NEW_USER_NOT_ALLOWED', 'USER_EXISTS', 'UNREACHABLE'] as const)(
    'that fails with %s says why and what to do',
    async (code) => {
      const { run, operating } = deployment([secret('shop/app')])
      vi.spyOn(rotateOf(operating), 'provision').mockRejectedValue(new OverlapError(code, 'nobody was made'))
      expect(await run(provision)).toEqual([
        {
          secret: arnOf('shop/app'),
          name: 'shop/app',
          outcome: 'failed',
          code,
          message: 'nobody was made. Then run it again: a user that is there is not made twice',
        },
      ])
    },
  )

  it('of a secret of somebody else asks nobody', async () => {
    const { run, asked } = deployment([secret('shop/app', { rotationFunction: 'arn:other' })])
    expect(await run(provision)).toMatchObject([{ outcome: 'failed', code: 'SECRET_NOT_OURS' }])
    expect(asked).toEqual([])
  })
})

describe('hold', () => {
  it('writes one tag, and the same again is no write', async () => {
    const { hold, find, written } = deployment([secret('shop/app')])
    for (const _ of [1, 2])
      expect(await hold({ secret: 'shop/app' })).toEqual([
        { secret: arnOf('shop/app'), name: 'shop/app', outcome: 'held' },
      ])
    expect([find('shop/app').tags.get('overlap:hold'), written]).toEqual([VALUE, ['tag shop/app']])
  })

  it('takes the place of another hold, and says of which', async () => {
    const before = '2026-12-01T00:00:00.000Z move'
    const { hold, find } = deployment([secret('a', { tags: new Map([['overlap:hold', before]]) })])
    expect(await hold({ secret: 'a' })).toMatchObject([{ information: [expect.stringContaining(before)] }])
    expect(find('a').tags.get('overlap:hold')).toBe(VALUE)
  })

  it.each(['2027-01-04T00:00:00.000Z inventory', '2026-12-27T00:00:00.000Z another reason'])(
    'of all keeps %s, which ends no sooner, and says so',
    async (before) => {
      const { hold, find, written } = deployment([secret('a', { tags: new Map([['overlap:hold', before]]) })])
      const [until = '', reason] = before.split(/ (.*)/)
      expect(await hold({ all: true })).toEqual([
        {
          secret: arnOf('a'),
          name: 'a',
          outcome: 'held',
          kept: { until, reason },
          information: [expect.stringContaining(before)],
        },
      ])
      expect([find('a').tags.get('overlap:hold'), written]).toEqual([before, []])
    },
  )

  it.each(['2026-12-01T00:00:00.000Z move', 'next week'])(
    'of all takes the place of %s, which ends sooner or can be read by nobody',
    async (before) => {
      const { hold, find } = deployment([secret('a', { tags: new Map([['overlap:hold', before]]) })])
      expect(await hold({ all: true })).toMatchObject([{ information: [expect.stringContaining(before)] }])
      expect(find('a').tags.get('overlap:hold')).toBe(VALUE)
    },
  )

  it('of one secret may shorten its hold, and says so', async () => {
    const before = '2027-01-04T00:00:00.000Z inventory'
    const { hold, find } = deployment([secret('a', { tags: new Map([['overlap:hold', before]]) })])
    expect(await hold({ secret: 'a' })).toMatchObject([
      { outcome: 'held', information: [`in place of the hold ${before}, which would have ended later`] },
    ])
    expect(find('a').tags.get('overlap:hold')).toBe(VALUE)
  })

  it('of all reaches what this deployment rotates and nothing else, and goes on after a failure', async () => {
    const { hold, written, operating } = deployment([
      secret('a'),
      secret('broken'),
      secret('other', { rotationFunction: 'arn:other' }),
      secret('handed-back', { rotationEnabled: false, tags: new Map([['team', 'shop']]) }),
      secret('z'),
    ])
    const { tag } = operating.secrets
    vi.spyOn(operating.secrets, 'tag').mockImplementation((secretId, tags) =>
      secretId === arnOf('broken')
        ? Promise.reject(awsError('ThrottlingException', 'slow down'))
        : tag(secretId, tags),
    )
    expect(await hold({ all: true })).toEqual([
      { secret: arnOf('a'), name: 'a', outcome: 'held' },
      {
        secret: arnOf('broken'),
        name: 'broken',
        outcome: 'failed',
        code: 'SECRETS_MANAGER_FAILED',
        message: 'ThrottlingException: slow down',
      },
      { secret: arnOf('z'), name: 'z', outcome: 'held' },
    ])
    expect(written).toEqual(['tag a', 'tag z'])
  })

  it('of all keeps its pace, and a repeat costs no time for what is held already', async () => {
    const names = Array.from({ length: 30 }, (_, number) => `secret-${number}`)
    const world = deployment(names.map((name) => secret(name)))
    const { clock } = world
    const paced = pace({
      perMinute: 1_200,
      now: () => clock.now,
      sleep: async (ms) => {
        clock.now += ms
      },
      spare: () => 60_000,
    })
    const run = () =>
      operate({ ...world.operating, pace: paced }, operatorActions, {
        action: 'hold',
        target: { all: true },
        until: UNTIL,
        reason: 'year-end close',
        by: undefined,
      })
    const began = clock.now
    await run()
    expect([world.written.length, clock.now - began]).toEqual([30, 29 * 50])
    await run()
    expect([world.written.length, clock.now - began]).toEqual([30, 29 * 50])
  })

  it('of all that runs out of time names every secret that it did not reach', async () => {
    let spare = 2
    const { hold, written } = deployment(
      ['a', 'b', 'c', 'd'].map((name) => secret(name)),
      {
        spare: () => spare--,
      },
    )
    expect(await hold({ all: true })).toMatchObject([
      { outcome: 'held' },
      { outcome: 'held' },
      {
        outcome: 'failed',
        code: 'TIME_UP',
        secret: arnOf('c'),
        message: expect.stringContaining('--until 2026-12-27T00:00:00.000Z:'),
      },
      { outcome: 'failed', code: 'TIME_UP', secret: arnOf('d') },
    ])
    expect(written).toHaveLength(2)
  })

  describe('of all 10,000 secrets, 20 a second and 300 s at a time', { timeout: 30_000 }, () => {
    const names = Array.from({ length: 10_000 }, (_, number) => `secret-${String(number).padStart(5, '0')}`)
    const HOURS_48 = 48 * 3_600_000

    function large() {
      const tags = new Map(names.map((name) => [name, new Map([['overlap:owner', 'shop']])]))
      const { clock, operating } = deployment([])
      const nameIn = (arn: string) => arn.slice(arnOf('').indexOf('-AbCdEf'), -'-AbCdEf'.length)
      const described = (name: string) => secret(name, { tags: new Map(tags.get(name)) })
      const run = async (until: number) => {
        const end = clock.now + 300_000
        const spare = () => end - clock.now
        const took = <T>(ms: number, answer: T): T => {
          clock.now += ms
          return answer
        }
        const sleep = async (ms: number) => took(ms, undefined)
        return operate(
          {
            ...operating,
            spare,
            pace: pace({ perMinute: 1_200, now: () => clock.now, sleep, spare }),
            secrets: {
              ...operating.secrets,
              async *list() {
                for (const name of names) yield described(name)
              },
              describe: async (arn) => took(15, described(nameIn(arn))),
              tag: async (arn, added) => {
                for (const [key, value] of Object.entries(added)) tags.get(nameIn(arn))?.set(key, value)
                return took(20, undefined)
              },
            },
          },
          operatorActions,
          { action: 'hold', target: { all: true }, until, reason: 'migration', by: undefined },
        )
      }
      const heldUntil = (instant: number) =>
        [...tags.values()].filter((all) => {
          const [until = ''] = (all.get('overlap:hold') ?? '').split(' ')
          return Date.parse(until) >= instant
        }).length
      return { run, heldUntil, clock }
    }

    it('is done by asking again until the same moment', async () => {
      const { run, heldUntil, clock } = large()
      const until = clock.now + HOURS_48
      const first = await run(until)
      expect(first.at(-1)).toMatchObject({ code: 'TIME_UP' })
      expect(heldUntil(until)).toBeLessThan(10_000)
      await run(until)
      expect(heldUntil(until)).toBe(10_000)
      expect((await run(until)).every(({ outcome }) => outcome === 'held')).toBe(true)
    })

    it('holds every one for about as long, too, where each time asks for 48 hours anew', async () => {
      const { run, heldUntil, clock } = large()
      const until = clock.now + HOURS_48
      for (const _ of [1, 2]) await run(clock.now + HOURS_48)
      expect(heldUntil(until)).toBe(10_000)
    })
  })

  it('is not written when no turn comes in time', async () => {
    const { hold, written } = deployment([secret('a')], {
      pace: { turn: async () => false, take: () => true },
    })
    expect(await hold({ secret: 'a' })).toMatchObject([{ outcome: 'failed', code: 'TIME_UP', name: 'a' }])
    expect(written).toEqual([])
  })

  it.each([
    { of: 'is to be deleted', different: { deleted: true }, code: 'SECRET_DELETED' },
    {
      of: 'was handed back',
      different: { rotationEnabled: false, tags: new Map<string, string>() },
      code: 'SECRET_NOT_OURS',
    },
  ])('of a secret that $of is refused', async ({ different, code }) => {
    const { hold, written } = deployment([secret('a', different)])
    expect([await hold({ secret: 'a' }), written]).toEqual([
      [expect.objectContaining({ outcome: 'failed', code })],
      [],
    ])
  })

  it('fails as a whole only when the secrets cannot be listed', async () => {
    const { hold, operating } = deployment([secret('a')])
    // biome-ignore lint/correctness/useYield: a listing that fails at once
    vi.spyOn(operating.secrets, 'list').mockImplementation(async function* () {
      throw awsError('ThrottlingException', 'slow down')
    })
    await expect(hold({ all: true })).rejects.toMatchObject({ code: 'SECRETS_MANAGER_FAILED' })
  })

  it('reports a defect of ours as one, and goes on', async () => {
    const { hold, operating } = deployment([secret('a'), secret('b')])
    const { tag } = operating.secrets
    vi.spyOn(operating.secrets, 'tag').mockImplementation((secretId, tags) =>
      secretId === arnOf('a') ? Promise.reject(new TypeError('hunter2')) : tag(secretId, tags),
    )
    const [first, second] = await hold({ all: true })
    expect(first).toMatchObject({ outcome: 'failed', code: 'UNEXPECTED' })
    expect(JSON.stringify(first)).not.toContain('hunter2')
    expect(second).toMatchObject({ outcome: 'held' })
  })
})

describe('release', () => {
  it('takes the tag away, and is nothing where there is none', async () => {
    const { run, hold, find, written } = deployment([secret('a')])
    await hold({ secret: 'a' })
    const released = () => run({ action: 'release', target: { secret: 'a' } })
    expect(await released()).toEqual([{ secret: arnOf('a'), name: 'a', outcome: 'released' }])
    expect(find('a').tags.has('overlap:hold')).toBe(false)
    expect(await released()).toMatchObject([{ outcome: 'released', information: ['it was not on hold'] }])
    expect(written).toEqual(['tag a', 'untag a'])
  })

  it('takes away a hold that nobody can read', async () => {
    const { run, find } = deployment([secret('a', { tags: new Map([['overlap:hold', 'next week']]) })])
    expect(await run({ action: 'release', target: { secret: 'a' } })).toMatchObject([{ outcome: 'released' }])
    expect(find('a').tags.has('overlap:hold')).toBe(false)
  })

  it('says what it cannot release: a window of the deployment', async () => {
    const freeze = { from: 0, until: UNTIL, reason: 'year-end' }
    const { run } = deployment([secret('a')], { settings: { ...settings, freezes: [freeze] } })
    expect(await run({ action: 'release', target: { all: true } })).toMatchObject([
      { information: expect.arrayContaining([expect.stringMatching(/frozen until 2026-12-27.*year-end/)]) },
    ])
  })
})

describe('leave', () => {
  it('of a secret of the deployment is done, and of any other refused', async () => {
    const { run, written } = deployment([secret('a'), secret('other', { rotationFunction: 'arn:other' })])
    expect(await run({ action: 'leave', target: { secret: 'a' } })).toMatchObject([
      { outcome: 'left', name: 'a' },
    ])
    expect(written).toEqual(['turn off a', 'untag a'])
    expect(await run({ action: 'leave', target: { secret: 'other' } })).toMatchObject([
      { outcome: 'failed', code: 'SECRET_NOT_OURS' },
    ])
    expect(written).toHaveLength(2)
  })

  it('that labels refuse is an entry with what to run', async () => {
    const { run, written } = deployment([
      secret('a', { versions: new Map(Object.entries({ now: ['AWSCURRENT'], old: ['DRAINING'] })) }),
    ])
    expect(await run({ action: 'leave', target: { secret: 'a' } })).toMatchObject([
      {
        outcome: 'failed',
        code: 'LEAVE_TOO_SOON',
        message: expect.stringMatching(/1\. set the mode to enforce.*4\. leave again/),
        run: `aws secretsmanager tag-resource --secret-id ${arnOf('a')} --tags Key=overlap:mode,Value=enforce`,
      },
    ])
    expect(written).toEqual([])
  })

  it('that is refused is an entry with the reason', async () => {
    const { run, operating, written } = deployment([secret('a')])
    const functions = operating.functions.get(ROTATE)
    if (!functions) throw new Error('the deployment has functions')
    const refusing = {
      ...functions,
      retire: () => Promise.reject(new OverlapError('LEAVE_TOO_SOON', 'wait')),
    }
    const results = await operate(
      { ...operating, functions: new Map([[ROTATE, refusing]]) },
      operatorActions,
      { action: 'leave', target: { secret: 'a' }, by: undefined },
    )
    expect(results).toMatchObject([{ outcome: 'failed', code: 'LEAVE_TOO_SOON', name: 'a' }])
    expect(written).toEqual(['turn off a', 'turn on a'])
    expect(await run({ action: 'leave', target: { secret: 'a' } })).toMatchObject([{ outcome: 'left' }])
  })
})
