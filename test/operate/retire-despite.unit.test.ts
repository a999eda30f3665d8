import { describe, expect, it } from 'vitest'
import type { Inspection } from '../../lambdas/adapters/adapter.ts'
import { watcher } from '../../lambdas/evidence/watch.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import type { RequestOf } from '../../lambdas/operate/request.ts'
import { retireDespite } from '../../lambdas/operate/retire-despite.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import { encodeState, STATE_TAG, stateOf } from '../../lambdas/sweep/state.ts'
import type { Retire } from '../../lambdas/sweep/visiting.ts'
import { at, blowsOn } from '../fakes/blows.ts'
import { type Call, processOf } from '../fakes/process.ts'
import { draining, NOW, OLD, REPLACED } from './draining.ts'
import { clockProof, HOUR_MS, MINUTE_MS } from './operating.ts'

const asking = (...despite: string[]): RequestOf<'retire'> => ({
  action: 'retire',
  target: { secret: 'app/db' },
  despite,
  reason: despite.length === 0 ? '' : 'a forgotten terminal',
  by: 'ann@desk',
})
const USER = 'reports@local'

function used(...given: Parameters<typeof draining>) {
  const world = draining(...given)
  world.target.sessions.add('a')
  const run = (request: RequestOf<'retire'>, call?: Call) => {
    const { operating, subject } = world.by(call)
    return retireDespite(operating, subject, request)
  }
  return { ...world, run, events: () => world.records.map(({ event }) => event) }
}

describe('retire without acceptance', () => {
  it('says who is in the way, what is safe, and what to run; and nothing is done', async () => {
    const { run, oldWorks, asked } = used()
    expect(await run(asking())).toEqual({
      secret: expect.any(String),
      name: 'app/db',
      outcome: 'blocked',
      code: 'STILL_USED',
      message: `version ${OLD} still works, and nothing was done. In the way:`,
      information: [
        `in use by ${USER}: application reports, from a local socket, at db:5432 since 2026-01-04T02:00:00.000Z`,
        expect.stringMatching(/restarted with the new version/),
      ],
      run: `npm run overlap -- retire app/db --despite=${USER} --reason REASON`,
    })
    expect([oldWorks(), asked]).toEqual([true, [`inspect ${OLD}`]])
  })

  it('of what nothing uses leaves it to the sweep, whether somebody is accepted or not', async () => {
    for (const request of [asking(), asking(USER)]) {
      const { run, target, oldWorks } = used()
      target.sessions.clear()
      expect(await run(request)).toMatchObject({
        outcome: 'draining',
        information: [expect.stringMatching(/nothing to accept: the sweep disables it by itself/)],
      })
      expect(oldWorks()).toBe(true)
    }
  })

  it('says what is missing where the policy asks for more than is known', async () => {
    const { run, target } = used({ 'overlap:evidence': 'sampled' })
    target.sessions.clear()
    expect(await run(asking())).toMatchObject({
      outcome: 'blocked',
      code: 'EVIDENCE_LACKING',
      message: expect.stringContaining(
        'right now less is known than the tag overlap:evidence=sampled asks for: nobody looked',
      ),
      information: [expect.stringMatching(/ask for less.*a whole drain passes once more/)],
    })
  })

  it('names what was seen in its quiet time, too: who connects for a moment each hour uses it no less', async () => {
    const { run, target, by, clock, oldWorks } = used()
    const { operating } = by()
    target.sessions.clear()
    clock.now -= HOUR_MS
    const sighting = { application: 'cron', address: '10.0.0.9', endpoint: 'db:5432', since: 'a while' }
    await operating.watcher.note('arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf', OLD, {
      sightings: [sighting],
      endpoints: ['db:5432'],
      asleep: false,
      witness: undefined,
      principal: 'a',
    })
    clock.now += HOUR_MS
    expect(await run(asking(USER))).toMatchObject({
      outcome: 'blocked',
      code: 'STILL_USED',
      information: expect.arrayContaining([
        expect.stringMatching(/^in use by cron@10\.0\.0\.9: application cron/),
      ]),
      run: expect.stringContaining(`--despite=${USER} --despite=cron@10.0.0.9`),
    })
    expect(oldWorks()).toBe(true)
  })

  it('names everybody whom the log of logins shows in the quiet time, and not the last one alone', async () => {
    const { by, target, oldWorks } = used({ 'overlap:login-log': 'logs:/shop' })
    target.sessions.clear()
    const { operating, subject } = by()
    const loginsOf = (address: string, application: string, ...minutes: number[]) =>
      minutes.map((minute) => ({
        ...({ principal: 'a', outcome: 'authorized', server: 'log', address, application } as const),
        at: REPLACED + minute * MINUTE_MS,
      }))
    const read = async () => [
      ...loginsOf('10.0.0.1', 'billing', 90, 150),
      ...loginsOf('10.0.0.7', '', 120, 170),
    ]
    const { journal, now } = operating
    const logged = watcher({ journal, loginLog: () => ({ read }), sampleEveryMs: 15 * MINUTE_MS, now })
    const note: Watcher['note'] = async (secret, version, { principal }: Inspection) =>
      journal.append({
        ...{ v: 1, secret, version, at: new Date(now()).toISOString(), event: 'sample', sightings: [] },
        ...{ endpoints: ['db:5432'], principal },
      })
    const run = (...names: string[]) =>
      retireDespite({ ...operating, watcher: { ...logged, note } }, subject, asking(...names))
    expect((await run()).run).toContain('--despite=billing@10.0.0.1 --despite=unnamed@10.0.0.7')
    expect(await run('unnamed@10.0.0.7')).toMatchObject({
      code: 'STILL_USED',
      information: [expect.stringContaining('in use by billing@10.0.0.1'), expect.anything()],
    })
    expect(oldWorks()).toBe(true)
    expect(await run('unnamed@10.0.0.7', 'billing@10.0.0.1')).toMatchObject({ outcome: 'disabled' })
  })

  it('says how many sessions have a name, which is the consumer’s own word', async () => {
    const { by } = used()
    const { operating, subject } = by()
    const session = { application: 'reports', address: '10.0.0.9', endpoint: 'db:5432', since: 'a while' }
    const retire: Retire = async () => ({
      ...{ outcome: 'inspected', endpoints: ['db:5432'], asleep: false, witness: undefined, principal: 'a' },
      sightings: [session, { ...session, application: 'cron' }, session, session],
    })
    const functions = { ...subject.functions, retire }
    const { information } = await retireDespite(operating, { ...subject, functions }, asking())
    expect(information).toEqual([
      expect.stringMatching(/reports@10\.0\.0\.9: .*, one of 3 sessions of this name now$/),
      expect.stringMatching(/cron@10\.0\.0\.9: .* since a while$/),
      expect.anything(),
    ])
  })
})

describe('retire despite', () => {
  it('keeps the word, ends the accepted sessions, disables, starts the quarantine, and keeps what was known', async () => {
    const { run, oldWorks, stateOfOld, secret, records, target, clock, by } = used()
    expect(await run(asking(USER, 'somebody@else'))).toMatchObject({
      outcome: 'disabled',
      information: expect.arrayContaining([
        expect.stringMatching(/does not work any more.*reports@local were ended/),
      ]),
      run: `npm run overlap -- rollback app/db --to ${OLD} --reason REASON`,
    })
    expect([oldWorks(), stateOfOld(), target.sessions.size]).toEqual([false, 'disabled', 0])
    expect(secret.holder('DRAINING')).toBe(OLD)
    expect(stateOf(secret.describe(), clock.now).drain).toMatchObject({ version: OLD, off: clock.now })
    const about = { v: 1, secret: secret.describe().arn, version: OLD, at: new Date(clock.now).toISOString() }
    const word = { by: 'ann@desk', reason: 'a forgotten terminal' }
    expect(records.slice(-2)).toEqual([
      { ...about, ...word, event: 'accepted', names: [USER] },
      { ...about, ...word, event: 'disabled', proof: { ...clockProof, rung: 'accepted', accepted: [USER] } },
    ])
    const { operating, subject } = by()
    expect(await retireDespite(operating, subject, asking(USER))).toMatchObject({
      outcome: 'disabled',
      information: [expect.stringMatching(/disabled already/)],
    })
  })

  it('begins the quarantine by the clock that is ahead', async () => {
    const { by, secret, clock } = used()
    const { operating, subject } = by()
    const retire: typeof subject.functions.retire = async (request) => {
      const result = await subject.functions.retire(request)
      return result.outcome === 'disabled' ? { ...result, at: clock.now + MINUTE_MS } : result
    }
    await retireDespite(operating, { ...subject, functions: { ...subject.functions, retire } }, asking(USER))
    expect(stateOf(secret.describe(), clock.now).drain?.off).toBe(clock.now + MINUTE_MS)
  })

  it('writes nothing of a drain that is another by then, since somebody went back', async () => {
    const { by, secret, clock } = used()
    const { operating, subject } = by()
    const drain = { version: NOW, since: clock.now }
    const retire: typeof subject.functions.retire = async (request) => {
      const result = await subject.functions.retire(request)
      if (result.outcome === 'disabled')
        await operating.secrets.tag(subject.secret.arn, { [STATE_TAG]: encodeState({ drain }) })
      return result
    }
    await retireDespite(operating, { ...subject, functions: { ...subject.functions, retire } }, asking(USER))
    expect(stateOf(secret.describe(), clock.now).drain).toEqual(drain)
  })

  it.each([
    [
      { 'overlap:hold': '2026-12-27T00:00:00.000Z year-end' },
      {},
      'ON_HOLD',
      /on hold until 2026-12-27T00:00:00Z: year-end/,
      /release app\/db/,
    ],
    [{ 'overlap:mode': 'observe' }, {}, 'NOT_CONFIRMED', /observe mode/, /Value=enforce/],
    [{ 'overlap:drain': '4h' }, {}, 'DRAIN_IN_PROGRESS', /drains until 2026-11-25T04:00:00Z/, undefined],
    [
      { 'overlap:consumers': 'ecs:shop/api' },
      { rolled: REPLACED + 2 * HOUR_MS },
      'DRAIN_IN_PROGRESS',
      /drains until 2026-11-25T04:00:00Z/,
      undefined,
    ],
    [{ 'overlap:consumers': 'ecs:shop/api' }, {}, 'DRAIN_IN_PROGRESS', /sweep has yet to note it/, undefined],
    [
      { 'overlap:consumers': 'manual:mainframe' },
      {},
      'DRAIN_IN_PROGRESS',
      /manual:mainframe is still on the old version/,
      undefined,
    ],
  ] as const)('is refused with %j %j, and says why and what to run', async (tags, drain, code, says, run) => {
    const { run: ask, oldWorks, asked, events } = used(tags, drain)
    const entry = await ask(asking(USER))
    expect(entry).toMatchObject({ outcome: 'blocked', code, information: [expect.stringMatching(says)] })
    if (run === undefined) expect(entry.run).toBeUndefined()
    else expect(entry.run).toMatch(run)
    expect([oldWorks(), asked.filter((one) => one.startsWith('disable')), events()]).toEqual([
      true,
      [],
      ['sample'],
    ])
  })

  it.each([
    [
      { state: 'failed', detail: 'rolled back by ECS' } as const,
      'ROLLOUT_FAILED',
      /ecs:shop\/api did not come.*rolled back by ECS/,
    ],
    [
      { state: 'running' } as const,
      'DRAIN_IN_PROGRESS',
      /ecs:shop\/api is still on the old version \(running\)/,
    ],
    [
      new OverlapError('ECS_FAILED', 'throttled'),
      'UNREACHABLE',
      /whether ecs:shop\/api is on the new version is not known: throttled/,
    ],
  ])('waits for a consumer that is %j', async (progress, code, says) => {
    const world = used({ 'overlap:consumers': 'ecs:shop/api' }, { rolled: REPLACED })
    world.progress.set('ecs:shop/api', progress)
    expect(await world.run(asking(USER))).toMatchObject({
      outcome: 'blocked',
      code,
      information: [expect.stringMatching(says)],
    })
    expect(world.oldWorks()).toBe(true)
  })

  it('tells everything that is in the way at once', async () => {
    const { run } = used({
      'overlap:mode': 'observe',
      'overlap:drain': '4h',
      'overlap:consumers': 'manual:x',
    })
    const { information = [] } = await run(asking())
    expect(information.map((sentence) => sentence.split(' ').slice(0, 3).join(' '))).toEqual([
      'the secret is',
      'manual:x is still',
      'it drains until',
      'in use by',
    ])
  })

  it('says who was accepted before the quarantine is seen to begin: nobody else is to be taken for one', async () => {
    const { run, records, tag } = used()
    const states: (string | undefined)[] = []
    const watched: Call = async (name, effect) => {
      if (name === 'PutLogEvents') states.push(tag(STATE_TAG))
      return effect()
    }
    await run(asking(USER), watched)
    expect(records.at(-1)?.event).toBe('disabled')
    expect(states.at(-1)).not.toContain('off=')
  })

  it('does nothing when the word cannot be kept, or what was seen cannot be read', async () => {
    for (const failing of ['record', 'read'] as const) {
      const { by, oldWorks } = used()
      const { operating, subject } = by()
      const refuse = () => Promise.reject(new OverlapError('JOURNAL_FAILED', 'throttled'))
      const broken =
        failing === 'record'
          ? { ...operating, watcher: { ...operating.watcher, record: refuse } }
          : { ...operating, journal: { ...operating.journal, read: refuse } }
      await expect(retireDespite(broken, subject, asking(USER))).rejects.toMatchObject({
        code: 'JOURNAL_FAILED',
      })
      expect(oldWorks()).toBe(true)
    }
  })

  it.each([
    [
      'the secret is held',
      'DRAIN_IN_PROGRESS',
      ({ secret }: ReturnType<typeof used>) => secret.tag('overlap:hold', '2026-12-27T00:00:00Z x'),
    ],
    ['somebody goes back', 'PRINCIPAL_IN_USE', ({ rollBack }: ReturnType<typeof used>) => rollBack()],
  ])('leaves it valid when %s in between', async (_, code, happen) => {
    const world = used()
    const racing: Call = async (name, effect) => {
      if (name === 'PutLogEvents') {
        world.clock.now += MINUTE_MS
        happen(world)
      }
      return effect()
    }
    await expect(world.run(asking(USER), racing)).rejects.toMatchObject({ code })
    expect(world.oldWorks()).toBe(true)
  })

  it('ends nobody who was not accepted and comes in the last moment', async () => {
    const world = used()
    const { operating, subject } = world.by()
    const { retire } = subject.functions
    const functions = {
      ...subject.functions,
      retire: (request: Parameters<typeof retire>[0]) =>
        retire(
          request.action === 'disable'
            ? { ...request, despite: request.despite?.map((name) => `${name}x`) ?? [] }
            : request,
        ),
    }
    await expect(retireDespite(operating, { ...subject, functions }, asking(USER))).rejects.toMatchObject({
      code: 'STILL_USED',
    })
    expect([world.oldWorks(), world.target.sessions.size]).toEqual([true, 1])
  })

  it('that was cut off anywhere is done by asking again, and AWSCURRENT works all the while', async () => {
    const counting = at(Number.POSITIVE_INFINITY, 'killed before')
    const counted = used()
    await processOf((call) => counted.run(asking(USER), call), { strike: counting }).run()
    expect(counting.calls()).toBeGreaterThan(10)
    for (let k = 1; k <= counting.calls(); k++)
      for (const blow of blowsOn(k)) {
        const world = used()
        const process = processOf(
          (call) => world.run(asking(USER), call).finally(() => world.target.disconnect(call)),
          { strike: at(k, blow), killed: world.target.disconnect },
        )
        await process.run()
        const where = `${blow} ${k}`
        if (world.stateOfOld() !== 'live') expect(world.events(), where).toContain('accepted')
        const again = await world.run(asking(USER))
        expect([again.outcome, world.stateOfOld(), world.oldWorks()], where).toEqual([
          'disabled',
          'disabled',
          false,
        ])
        expect(world.tag(STATE_TAG), where).toContain('off=')
        expect(world.secret.holder('AWSCURRENT')).toBe(NOW)
      }
  })

  it.each([
    [
      'nothing drains',
      (world: ReturnType<typeof used>) => world.secret.moveLabel('DRAINING', { from: OLD }),
      'LABELS_MOVED',
    ],
    [
      'the sweep has not seen it',
      ({ secret }: ReturnType<typeof used>) => secret.tag(STATE_TAG, undefined),
      'DRAIN_IN_PROGRESS',
    ],
  ])('is refused when %s', async (_, change, code) => {
    const world = used()
    change(world)
    await expect(world.run(asking(USER))).rejects.toMatchObject({ code })
    expect(world.asked).toEqual([])
  })
})
