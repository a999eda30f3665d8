import { afterEach, describe, expect, it, vi } from 'vitest'
import { leaked } from '../../lambdas/operate/leaked.ts'
import type { RequestOf } from '../../lambdas/operate/request.ts'
import type { CheckResult } from '../../lambdas/rotation/check.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { LEAKED_TAG, leakedToken } from '../../lambdas/rotation/leaked.ts'
import { at, blowsOn } from '../fakes/blows.ts'
import { type Call, directly, processOf } from '../fakes/process.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { draining, NOW, OLD } from './draining.ts'

const TOKEN = leakedToken(SECRET_ARN, NOW)
const asking = (different: Partial<RequestOf<'leaked'>> = {}): RequestOf<'leaked'> => ({
  action: 'leaked',
  target: { secret: 'app/db' },
  version: undefined,
  confirm: undefined,
  reason: 'in a public repository',
  by: 'ann@desk',
  ...different,
})

function leaking(...given: Parameters<typeof draining>) {
  const world = draining(...given)
  /** What the rotation function says of a rotation that begins now. */
  const found: { check: CheckResult | OverlapError } = { check: { outcome: 'ready' } }
  const by = (call: Call = directly) => {
    const { operating, subject } = world.by(call)
    const check = async () =>
      call('check', () => {
        world.asked.push('check')
        if (found.check instanceof OverlapError) throw found.check
        return found.check
      })
    const rotate = { ...subject.functions.rotate, check }
    return { operating, subject: { ...subject, functions: { ...subject.functions, rotate } } }
  }
  const run = (request: RequestOf<'leaked'>, call?: Call) => {
    const { operating, subject } = by(call)
    return leaked(operating, subject, request)
  }
  const rest = () => {
    world.secret.moveLabel('DRAINING', { from: OLD })
    world.target.setPassword('a', 'taken by another')
  }
  const untouched = () => [
    world.tag(LEAKED_TAG),
    world.secret.holder('AWSPENDING'),
    world.oldWorks(),
    world.records,
  ]
  return {
    ...world,
    by,
    found,
    run,
    rest,
    untouched,
    events: () => world.records.map(({ event, version }) => `${event} ${version}`),
  }
}

describe('what leaked, before anybody confirms', () => {
  it('is the version that is AWSCURRENT, with everything that would break; and nothing is done', async () => {
    const world = leaking({
      'overlap:consumers': 'ecs:shop/api manual:mainframe lambda:mailer',
      'overlap:hold': '2026-12-27T00:00:00.000Z year-end',
    })
    world.progress.set('ecs:shop/api', { state: 'running', detail: '1 of 2 tasks' })
    world.progress.set('lambda:mailer', new OverlapError('LAMBDA_FAILED', 'throttled'))
    for (const user of ['a', 'b'] as const) world.target.sessions.add(user)
    const entry = await world.run(asking())
    expect(entry).toMatchObject({ outcome: 'unconfirmed', code: 'NOT_CONFIRMED', confirm: NOW })
    expect(entry.message).toMatch(
      new RegExp(
        `^Version ${NOW}, which is AWSCURRENT, would be marked as leaked and replaced at once\\. About 10 minutes after.*Nothing is done yet$`,
      ),
    )
    const user = 'reports@local: application reports, from a local socket, at db:5432'
    expect(entry.information).toEqual([
      expect.stringContaining(`version ${NOW} is in use now by ${user}`),
      expect.stringMatching(new RegExp(`version ${OLD}, which drains, would stop working first, at once`)),
      expect.stringContaining(`version ${OLD} is in use now by ${user}`),
      'declared consumers have about 10 minutes to come to the new credential: ecs:shop/api, manual:mainframe, lambda:mailer',
      `ecs:shop/api still uses version ${OLD} (running): 1 of 2 tasks`,
      expect.stringContaining(`manual:mainframe still uses version ${OLD} (running)`),
      `whether lambda:mailer still uses version ${OLD} is not known: throttled`,
      expect.stringMatching(/on hold.*does not wait for that/),
    ])
    expect(world.untouched()).toEqual([undefined, undefined, true, []])
    expect(world.asked.filter((one) => !/^(inspect |look |check)/.test(one))).toEqual([])
  })

  it('says what is not known, and never takes that for nobody', async () => {
    const world = leaking()
    world.rest()
    const { operating, subject } = world.by()
    const retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'db-2 is silent'))
    const { information } = await leaked(
      operating,
      { ...subject, functions: { ...subject.functions, retire } },
      asking(),
    )
    expect(information).toEqual([
      `who uses version ${NOW} right now is not known: db-2 is silent`,
      expect.stringMatching(/no consumers are declared.*is not known/),
    ])
    const idle = await world.run(asking())
    expect(idle.information?.[0]).toMatch(
      /nobody is seen using.*right now, which says nothing of who comes next/,
    )
  })

  it('says that rotation is turned on by it, and what is under way', async () => {
    const world = leaking()
    world.rest()
    world.secret.rotate('pending-version')
    world.secret.cancelRotation()
    const { information } = await world.run(asking())
    expect(information).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/turned off: confirming turns it on/),
        expect.stringMatching(/version pending-version is to replace it/),
      ]),
    )
  })

  it('warns whoever asks twice that this would be the replacement', async () => {
    const world = leaking({ [LEAKED_TAG]: OLD })
    expect((await world.run(asking())).information?.[0]).toMatch(
      new RegExp(`version ${OLD} is marked as leaked already.*another one: ${NOW}`),
    )
  })
})

const foreign = {
  outcome: 'blocked',
  code: 'FOREIGN_KEY',
  message: "key AKIA2 of the target is not this secret's",
} as const

describe('what leaked and cannot be replaced', () => {
  it('is not said to stop working in ten minutes, and what is in the way comes first', async () => {
    const world = leaking()
    world.rest()
    world.found.check = foreign
    const { message, information } = await world.run(asking())
    expect(message).toMatch(
      new RegExp(
        `^Version ${NOW}, which is AWSCURRENT, would be marked as leaked, but cannot be replaced now, so it keeps working for whoever has it`,
      ),
    )
    expect(information?.[0]).toMatch(
      /^the replacement cannot be made: FOREIGN_KEY: key AKIA2 .*An intruder may have made it: unless you know whose it is, delete it first, then ask again/,
    )
    expect(world.untouched()).toEqual([undefined, undefined, false, []])
  })

  it('is marked, its replacement is asked for all the same, and nobody is told that it is dead soon', async () => {
    const world = leaking()
    world.found.check = foreign
    expect(await world.run(asking({ confirm: NOW }))).toMatchObject({
      outcome: 'leaked',
      information: [
        `version ${NOW} is marked as leaked: nothing makes it valid again`,
        `version ${OLD}, which drained, does not work any more`,
        expect.stringMatching(/^the replacement cannot be made: FOREIGN_KEY/),
        expect.stringMatching(/asked for all the same, and the sweep asks again/),
        expect.stringMatching(
          /^it still works, for whoever has it, until about 10 minutes after it is replaced/,
        ),
      ],
    })
    expect([world.tag(LEAKED_TAG), world.secret.holder('AWSPENDING')]).toEqual([NOW, TOKEN])
    // Beside the rotation it would meet that one's own key.
    expect(world.asked.filter((one) => /^(check|remove)/.test(one))).toEqual([`remove ${OLD}`, 'check'])
  })

  it.each<[string, CheckResult]>([
    ['nothing', { outcome: 'ready' }],
    [
      'a rotation that is turned off, which a leak turns on',
      { outcome: 'blocked', code: 'ROTATION_DISABLED', message: 'it is off' },
    ],
    [
      'what drains, which is ended first',
      { outcome: 'blocked', code: 'DRAIN_IN_PROGRESS', message: 'it drains' },
    ],
  ])('is promised to die where %s is in the way', async (_, check) => {
    const world = leaking()
    world.found.check = check
    const { message, information } = await world.run(asking())
    expect(message).toMatch(/replaced at once\. About 10 minutes after that it stops working/)
    expect(`${information}`).not.toContain('replacement')
  })

  it('is not, where a key that nobody is asked to end has the place', async () => {
    const world = leaking()
    world.rest()
    world.found.check = {
      outcome: 'blocked',
      code: 'DRAIN_IN_PROGRESS',
      message: 'key AKIA2 is not removed yet',
    }
    expect((await world.run(asking())).information?.[0]).toBe(
      'the replacement cannot be made: DRAIN_IN_PROGRESS: key AKIA2 is not removed yet',
    )
  })

  it('or may not: what is not known is said, and keeps nobody from it', async () => {
    const world = leaking()
    world.found.check = new OverlapError('UNREACHABLE', 'no answer in time')
    const unknown = 'whether the replacement can be made is not known: no answer in time'
    expect((await world.run(asking())).information?.[0]).toBe(unknown)
    expect((await world.run(asking({ confirm: NOW }))).information).toEqual(
      expect.arrayContaining([unknown, expect.stringMatching(/asked for, and begins at once/)]),
    )
    expect(world.secret.holder('AWSPENDING')).toBe(TOKEN)
  })

  it.each([
    'POLICY_INVALID',
    'UNREACHABLE',
    'TLS_FAILED',
    'LOCK_TIMEOUT',
    'TIME_UP',
    'LABELS_MOVED',
    'SECRETS_MANAGER_FAILED',
    'IAM_FAILED',
    'PROVIDER_FAILED',
    'PROVIDER_ANSWER_INVALID',
    'LAST_USE_UNKNOWN',
    'DATABASE_FAILED',
    'UNEXPECTED',
  ] as const)('is not said of what the check could not find out: %s', async (code) => {
    const world = leaking()
    world.found.check = { outcome: 'blocked', code, message: 'no answer' }
    const unknown = `whether the replacement can be made is not known: ${code}: no answer`
    const { message, information } = await world.run(asking())
    expect(message).toMatch(/would be marked as leaked and replaced at once/)
    expect(information?.[0]).toBe(unknown)
    expect((await world.run(asking({ confirm: NOW }))).information).toEqual(
      expect.arrayContaining([unknown, expect.stringMatching(/asked for, and begins at once/)]),
    )
  })

  describe('while the check hangs', () => {
    afterEach(() => {
      vi.useRealTimers()
    })

    it('is asked for all the same, after ten seconds', async () => {
      const world = leaking()
      world.rest()
      const { operating, subject } = world.by()
      const check = () => new Promise<never>(() => undefined)
      const rotate = { ...subject.functions.rotate, check }
      const hanging = { ...subject, functions: { ...subject.functions, rotate } }
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const asked = leaked(operating, hanging, asking({ confirm: NOW }))
      await vi.advanceTimersByTimeAsync(9_999)
      expect(world.secret.holder('AWSPENDING')).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      expect((await asked).information).toContain(
        'whether the replacement can be made is not known: the rotation function did not answer within 10 s',
      )
      expect([world.secret.holder('AWSPENDING'), vi.getTimerCount()]).toEqual([TOKEN, 0])
    })
  })

  it('is not asked about where the version was replaced already', async () => {
    const world = leaking()
    world.found.check = foreign
    for (const confirm of [undefined, OLD]) {
      const { information } = await world.run(asking({ version: OLD, confirm }))
      expect(`${information}`).not.toContain('replacement')
    }
    expect(world.asked).not.toContain('check')
  })
})

describe('a key that leaked', () => {
  const told = async (tags: Readonly<Record<string, string>>, lastUsed?: string) => {
    const world = leaking({ 'overlap:kind': 'iam-access-key', ...tags })
    world.rest()
    world.found.check = foreign
    const { operating, subject } = world.by()
    const iam = 'iam.amazonaws.com:443'
    const use = { endpoint: iam, application: 's3', address: 'eu-central-1', since: lastUsed ?? '', lastUsed }
    const retire = async () =>
      ({
        outcome: 'inspected',
        sightings: lastUsed === undefined ? [] : [{ ...use, lastUsed }],
        endpoints: [iam],
        asleep: false,
        witness: undefined,
        principal: 'AKIA1',
      }) as const
    const functions = { ...subject.functions, retire }
    return (await leaked(operating, { ...subject, functions }, asking())).information ?? []
  }

  it('is named, and nobody is said not to use it right now: of that IAM tells late', async () => {
    expect(await told({})).toEqual(
      expect.arrayContaining([
        `version ${NOW} is key AKIA1, of which no use is known: iam.amazonaws.com:443 may tell of a use as much as 24h late`,
        expect.stringMatching(/FOREIGN_KEY.* A use of it may be told as much as 24h late\./),
      ]),
    )
    expect(await told({ 'overlap:lag': '36h' }, '2026-11-24T00:00:00Z')).toEqual(
      expect.arrayContaining([
        `version ${NOW} was last used at 2026-11-24T00:00:00Z by s3@eu-central-1, as iam.amazonaws.com:443 tells`,
        `version ${NOW} is key AKIA1: iam.amazonaws.com:443 may tell of a use as much as 36h late`,
      ]),
    )
  })

  it.each([
    ['where its provider tells at once', { 'overlap:kind': 'http-api-key', 'overlap:lag': '0h' }],
    ['where its policy cannot be read', { 'overlap:lag': 'soon' }],
  ])('says nothing of a lag %s, and of nobody that he comes no more', async (_, tags) => {
    expect(`${await told(tags)}`).toContain(
      `version ${NOW} is key AKIA1, of which no use is known: who comes next is not known`,
    )
  })
})

describe('what leaked, confirmed', () => {
  it('is marked, the other slot is freed whoever uses it, and its replacement asked for, by the token of the sweep', async () => {
    const world = leaking({ 'overlap:hold': '2026-12-27T00:00:00.000Z year-end', 'overlap:mode': 'observe' })
    world.target.sessions.add('a')
    expect(await world.run(asking({ confirm: NOW }))).toMatchObject({
      outcome: 'leaked',
      information: [
        `version ${NOW} is marked as leaked: nothing makes it valid again`,
        `version ${OLD}, which drained, does not work any more`,
        expect.stringMatching(/replacement is asked for/),
        expect.stringMatching(/still works until about 10 minutes after it is replaced/),
      ],
      run: 'npm run overlap -- status app/db',
    })
    expect([
      world.tag(LEAKED_TAG),
      world.secret.holder('AWSPENDING'),
      world.secret.holder('DRAINING'),
    ]).toEqual([NOW, TOKEN, undefined])
    expect([world.oldWorks(), world.stateOfOld(), world.secret.holder('AWSCURRENT')]).toEqual([
      false,
      'retired',
      NOW,
    ])
    expect(world.events()).toEqual([`leaked ${NOW}`, `disabled ${OLD}`, `removed ${OLD}`])
    expect(world.records[0]).toMatchObject({ by: 'ann@desk', reason: 'in a public repository' })
    expect(world.records[1]).toMatchObject({ by: 'ann@desk', proof: { rung: 'leaked' } })
  })

  it('is done without a journal, which is said: a leak waits for no log', async () => {
    const world = leaking()
    const { operating, subject } = world.by()
    const record = () => Promise.reject(new OverlapError('JOURNAL_FAILED', 'throttled'))
    const entry = await leaked(
      { ...operating, watcher: { ...operating.watcher, record } },
      subject,
      asking({ confirm: NOW }),
    )
    expect(entry.information).toEqual(
      expect.arrayContaining([expect.stringMatching(/could not be written into the journal: throttled/)]),
    )
    expect(world.secret.holder('AWSPENDING')).toBe(TOKEN)
  })

  it.each([
    [
      'AWSCURRENT moved to another version',
      (world: ReturnType<typeof leaking>) =>
        world.secret.putByHand('{"host":"db","user":"b","password":"three"}'),
    ],
    ['somebody went back', ({ rollBack }: ReturnType<typeof leaking>) => rollBack()],
  ])('is refused, and asked anew, where %s between the question and the answer', async (_, happen) => {
    const world = leaking()
    const { confirm } = await world.run(asking())
    happen(world)
    const entry = await world.run(asking({ confirm }))
    expect(entry).toMatchObject({ outcome: 'unconfirmed', confirm: world.secret.holder('AWSCURRENT') })
    expect(entry.message).toMatch(
      new RegExp(`^version ${NOW} was confirmed, and this is about version .*nothing was done`),
    )
    expect(world.untouched()).toEqual([undefined, undefined, true, []])
  })

  it('says how to end the version that was meant, where that was replaced meanwhile', async () => {
    const world = leaking()
    const entry = await world.run(asking({ confirm: OLD }))
    expect(entry.message).toMatch(new RegExp(`Version ${OLD} was replaced meanwhile, and still drains`))
    expect(entry.run).toBe(
      `npm run overlap -- leaked app/db --version ${OLD} --reason 'in a public repository'`,
    )
    expect(world.untouched()).toEqual([undefined, undefined, true, []])
  })

  it('may be the version that drains: it is marked, and the sweep ends it', async () => {
    const world = leaking()
    const asked = asking({ version: OLD })
    expect(await world.run(asked)).toMatchObject({
      outcome: 'unconfirmed',
      confirm: OLD,
      message: expect.stringMatching(/which was replaced and drains/),
    })
    expect(await world.run({ ...asked, confirm: OLD })).toMatchObject({
      outcome: 'leaked',
      information: [
        expect.anything(),
        expect.stringMatching(/replaced already, and works until about 10 minutes/),
      ],
    })
    expect([world.tag(LEAKED_TAG), world.secret.holder('AWSPENDING'), world.oldWorks()]).toEqual([
      OLD,
      undefined,
      true,
    ])
    expect(world.events()).toEqual([`leaked ${OLD}`])
  })

  it.each([
    [NOW, OLD],
    [OLD, NOW],
  ])(
    'beside another version that another person tells of at the same time, both stay marked',
    async (one, other) => {
      const counting = at(Number.POSITIVE_INFINITY, 'killed before')
      const counted = leaking()
      await processOf((call) => counted.run(asking({ version: one, confirm: one }), call), {
        strike: counting,
      }).run()
      for (let ahead = 0; ahead <= counting.calls(); ahead++) {
        const world = leaking()
        const [first, second] = [one, other].map((version) =>
          processOf((call) => world.run(asking({ version, confirm: version }), call)),
        )
        if (first === undefined || second === undefined) throw new Error('there are two')
        // Both have seen the secret before either writes.
        await second.run(0)
        await first.run(ahead)
        while ([first, second].some((process) => process.state() !== 'ended'))
          for (const process of [second, first]) await process.run(1)
        const marked = world.tag(LEAKED_TAG)?.split(' ')
        expect(marked?.sort(), `${ahead}`).toEqual([OLD, NOW].sort())
      }
    },
  )

  it('may be AWSPREVIOUS that nobody says drains, where it works or nobody knows whether it does', async () => {
    for (const silent of [false, true]) {
      const world = leaking()
      world.secret.moveLabel('DRAINING', { from: OLD })
      const { operating, subject } = world.by()
      const retire = silent
        ? () => Promise.reject(new OverlapError('UNREACHABLE', 'db is silent'))
        : subject.functions.retire
      const asked = asking({ version: OLD })
      const run = (request: RequestOf<'leaked'>) =>
        leaked(operating, { ...subject, functions: { ...subject.functions, retire } }, request)
      expect((await run(asked)).message).toMatch(
        /which was replaced and still works, would be marked as leaked/,
      )
      expect(await run({ ...asked, confirm: OLD })).toMatchObject({ outcome: 'leaked' })
      expect([world.tag(LEAKED_TAG), world.oldWorks()]).toEqual([OLD, true])
    }
  })

  it.each([
    ['unknown', 'other', 'LABELS_MOVED'],
    ['retired', OLD, 'LABELS_MOVED'],
  ])('is refused for a version that is %s', async (_, version, code) => {
    const world = leaking()
    world.rest()
    await expect(world.run(asking({ version, confirm: version }))).rejects.toMatchObject({ code })
    expect(world.untouched()).toEqual([undefined, undefined, false, []])
  })

  it('where the drain ended meanwhile is only replaced', async () => {
    const world = leaking()
    await world.run(asking())
    world.rest()
    await world.run(asking({ confirm: NOW }))
    expect([world.secret.holder('AWSPENDING'), world.events()]).toEqual([TOKEN, [`leaked ${NOW}`]])
  })

  it('where a rotation started meanwhile is replaced by that one', async () => {
    const world = leaking()
    world.rest()
    await world.run(asking())
    world.secret.rotate('started-meanwhile')
    expect(await world.run(asking({ confirm: NOW }))).toMatchObject({ outcome: 'leaked' })
    expect([world.tag(LEAKED_TAG), world.secret.holder('AWSPENDING')]).toEqual([NOW, 'started-meanwhile'])
  })

  it('asks for its replacement all the same where the other slot cannot be freed, and says that it still works', async () => {
    const world = leaking()
    const { operating, subject } = world.by()
    const retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'db is silent'))
    await expect(
      leaked(
        operating,
        { ...subject, functions: { ...subject.functions, retire } },
        asking({ confirm: NOW }),
      ),
    ).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(
        /marked as leaked, and still works: its replacement waits.*db is silent\. Ask again/,
      ),
    })
    expect([world.tag(LEAKED_TAG), world.secret.holder('AWSPENDING'), world.oldWorks()]).toEqual([
      NOW,
      TOKEN,
      true,
    ])
  })

  it('of a secret that another service rotates is refused', async () => {
    const world = leaking()
    const { operating, subject } = world.by()
    const secret = { ...subject.secret, owningService: 'rds' }
    await expect(leaked(operating, { ...subject, secret }, asking({ confirm: NOW }))).rejects.toMatchObject({
      code: 'MANAGED_SECRET',
    })
    expect(world.untouched()).toEqual([undefined, undefined, true, []])
  })

  it('that was cut off anywhere is done by asking again, never twice, and AWSCURRENT works all the while', async () => {
    const counting = at(Number.POSITIVE_INFINITY, 'killed before')
    const counted = leaking()
    await processOf((call) => counted.run(asking({ confirm: NOW }), call), { strike: counting }).run()
    expect(counting.calls()).toBeGreaterThan(10)
    for (let k = 1; k <= counting.calls(); k++)
      for (const blow of blowsOn(k)) {
        const world = leaking()
        world.target.sessions.add('a')
        await processOf(
          (call) => world.run(asking({ confirm: NOW }), call).finally(() => world.target.disconnect(call)),
          { strike: at(k, blow), killed: world.target.disconnect },
        ).run()
        const where = `${blow} ${k}`
        // Nothing is taken from anybody before it is written down why.
        if (!world.oldWorks()) expect(world.tag(LEAKED_TAG), where).toBe(NOW)
        expect(await world.run(asking({ confirm: NOW })), where).toMatchObject({ outcome: 'leaked' })
        expect(
          [world.tag(LEAKED_TAG), world.secret.holder('AWSPENDING'), world.secret.holder('DRAINING')],
          where,
        ).toEqual([NOW, TOKEN, undefined])
        expect(
          world.secret.versionIds().filter((id) => ![OLD, NOW].includes(id)),
          where,
        ).toEqual([TOKEN])
        expect(world.target.works(JSON.parse(world.secret.value(NOW) ?? '')), where).toBe(true)
      }
  })
})
