import { describe, expect, it } from 'vitest'
import { leave } from '../../lambdas/operate/leave.ts'
import { isHandedBack } from '../../lambdas/rotation/at-rest.ts'
import { type ErrorCode, OverlapError } from '../../lambdas/rotation/errors.ts'
import { retire } from '../../lambdas/rotation/retire.ts'
import type { Retire } from '../../lambdas/sweep/visiting.ts'
import { at, blowsOn } from '../fakes/blows.ts'
import { operatedSecret } from '../fakes/operated-secrets.ts'
import { type Call, directly, processOf } from '../fakes/process.ts'
import { fakeSecret } from '../fakes/secret.ts'
import { twoSlotTarget } from '../fakes/two-slot-target.ts'
import { SECRET_ARN } from '../rotation/secret.ts'

const [OLD, NOW] = [1, 2].map((count) => `version-${count}-`.padEnd(32, '0')) as [string, string]
const value = (user: 'a' | 'b', password: string) => JSON.stringify({ host: 'db', user, password })

/** NOW is AWSCURRENT on slot a, which was there first; slot b is retired. */
function settled() {
  const secret = fakeSecret(
    () => 0,
    [
      [['AWSCURRENT'], value('b', 'one')],
      [['AWSCURRENT'], value('a', 'two')],
    ],
  )
  for (const [key, text] of [
    ['overlap:owner', 'shop'],
    ['overlap:hold', '2026-12-27T00:00:00.000Z year-end'],
    ['team', 'shop'],
  ])
    secret.tag(`${key}`, text)
  const clock = { now: 0 }
  const target = twoSlotTarget(() => clock.now, {
    a: { password: 'two', stamp: { version: NOW, state: 'live' } },
    b: { password: undefined, stamp: { version: OLD, state: 'retired' } },
  })
  const retireBy =
    (call: Call): Retire =>
    (request) =>
      retire({ store: secret.storeFor(call), retirerFor: () => target.retirerFor(call) }, request)
  const leaveBy = (call: Call, retiring: Retire = retireBy(call)) => {
    const secrets = operatedSecret(secret, call)
    return secrets
      .describe(SECRET_ARN)
      .then((secret) =>
        leave({ secrets, deployment: 'overlap' }, { secret, functions: { retire: retiring } }),
      )
  }
  const works = () => target.works(JSON.parse(value('a', 'two')))
  const state = () => ({
    on: secret.describe().rotationEnabled,
    tags: [...secret.describe().tags.keys()],
    stamped: target.slot('a').stamp !== undefined,
  })
  return { secret, target, leaveBy, works, state, clock, retireBy }
}

const untouched = { on: true, tags: ['overlap:owner', 'overlap:hold', 'team'], stamped: true }
const gone = { on: false, tags: ['team'], stamped: false }

describe('leave', () => {
  it('turns rotation off, hands the user back and takes the tags of Overlap away, in this order', async () => {
    const { leaveBy, state, works } = settled()
    const order: string[] = []
    const noting: Call = async (name, effect) => {
      order.push(name)
      return effect()
    }
    expect(await leaveBy(noting)).toMatchObject({ secret: SECRET_ARN, name: 'app/db', outcome: 'left' })
    const told = ['CancelRotateSecret', 'COMMIT', 'UntagResource']
    expect(order.filter((name) => told.includes(name))).toEqual(told)
    expect([state(), works()]).toEqual([gone, true])
  })

  it('may be asked for again, and says what a person can drop and what not to forget', async () => {
    const { leaveBy, state } = settled()
    const dropping: Retire = async () => ({ outcome: 'left', run: 'DROP ROLE b' })
    for (const _ of [1, 2])
      expect(await leaveBy(directly, dropping)).toMatchObject({
        outcome: 'left',
        run: 'DROP ROLE b',
        information: expect.arrayContaining([expect.stringContaining('configuration of the deployment')]),
      })
    expect(state().on).toBe(false)
  })

  it.each([
    { what: 'waits', label: 'AWSPENDING' },
    { what: 'drains', label: 'DRAINING' },
  ] as const)('is refused while a version $what, before anything is turned off', async ({ label }) => {
    const { leaveBy, secret, state } = settled()
    secret.moveLabel(label, { to: OLD })
    const calls: string[] = []
    const noting: Call = async (name, effect) => {
      calls.push(name)
      return effect()
    }
    await expect(leaveBy(noting)).rejects.toMatchObject({ code: 'LEAVE_TOO_SOON' })
    expect([calls, state()]).toEqual([['DescribeSecret'], untouched])
  })

  it('that the target refuses turns rotation on again, and says so', async () => {
    const { leaveBy, target, state } = settled()
    target.editStrategy()
    const refusing: Retire = () => Promise.reject(new OverlapError('LEAVE_TOO_SOON', 'rotate once more'))
    await expect(leaveBy(directly, refusing)).rejects.toMatchObject({
      code: 'LEAVE_TOO_SOON',
      message: 'rotate once more. Rotation is turned on again, as it was',
    })
    expect(state()).toEqual(untouched)
  })

  it('of a rotation that began in between is refused, and the refusal holds every command', async () => {
    const { leaveBy, secret } = settled()
    const racing: Call = async (name, effect) => {
      if (name === 'CancelRotateSecret') secret.rotate()
      return effect()
    }
    const never: Retire = () => Promise.reject(new OverlapError('UNREACHABLE', 'asked all the same'))
    const refused = await leaveBy(racing, never).catch((error) => error)
    expect(refused).toMatchObject({ code: 'LEAVE_TOO_SOON' })
    expect(refused.message).toMatch(
      new RegExp(
        `--version-stage AWSPENDING --remove-from-version-id ${secret.holder('AWSPENDING')}.*could not be turned on again.*Run: aws secretsmanager rotate-secret --secret-id ${SECRET_ARN} --rotation-lambda-arn ${secret.describe().rotationFunction} --no-rotate-immediately$`,
      ),
    )
  })

  it.each(['UNREACHABLE', 'UNEXPECTED'] as const satisfies readonly ErrorCode[])(
    'whose answer is %s leaves rotation off, since the user may be handed back, and says how to stay',
    async (code) => {
      const { leaveBy, state } = settled()
      const silent: Retire = () => Promise.reject(new OverlapError(code, 'no answer'))
      await expect(leaveBy(directly, silent)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/^no answer.*not known.*--no-rotate-immediately$/),
      })
      expect(state()).toEqual({ ...untouched, on: false })
    },
  )

  it('that is refused leaves a rotation off that was off before', async () => {
    const { leaveBy, secret, state } = settled()
    secret.cancelRotation()
    const refusing: Retire = () => Promise.reject(new OverlapError('STILL_USED', 'by reports'))
    await expect(leaveBy(directly, refusing)).rejects.toMatchObject({
      code: 'STILL_USED',
      message: expect.stringMatching(/turned off before.*--no-rotate-immediately$/),
    })
    expect(state()).toEqual({ ...untouched, on: false })
  })

  describe('beside a sweep that had looked before it', () => {
    /** Lets `write` happen right after the call `after`, the `times`-th time at most. */
    const writing =
      (after: string, write: () => void, times = 1): Call =>
      async (name, effect) => {
        const answer = effect()
        if (name === after && times-- > 0) write()
        return answer
      }
    const afterwards = ['CancelRotateSecret', 'COMMIT', 'UntagResource']

    it.each(afterwards)('takes away the tag that is written after %s, too', async (after) => {
      const { leaveBy, secret, state, works } = settled()
      const note = () => secret.tag('overlap:state', 'v=1')
      expect(await leaveBy(writing(after, note))).toMatchObject({ outcome: 'left' })
      expect([state(), works(), isHandedBack(secret.describe())]).toEqual([gone, true, true])
    })

    it('turns rotation off once more where it was turned on and nothing waits', async () => {
      const { leaveBy, secret, state } = settled()
      const turnOn = () => {
        secret.rotate()
        secret.moveLabel('AWSPENDING', { from: secret.holder('AWSPENDING') ?? '' })
      }
      expect(await leaveBy(writing('UntagResource', turnOn))).toMatchObject({ outcome: 'left' })
      expect(state()).toEqual(gone)
    })

    it.each(['COMMIT', 'UntagResource'])(
      'never says that it is done, and touches nothing more, when a rotation began after %s',
      async (after) => {
        const { leaveBy, secret, works } = settled()
        const calls: string[] = []
        const call = writing(after, () => {
          secret.rotate()
          calls.length = 0
        })
        const refused = await leaveBy((name, effect) => {
          calls.push(name)
          return call(name, effect)
        }).catch((error) => error)
        const pending = secret.holder('AWSPENDING')
        expect(pending).toBeDefined()
        expect(refused).toMatchObject({
          code: 'LABELS_MOVED',
          message: expect.stringMatching(
            new RegExp(
              `ask again .*version ${pending} has the label AWSPENDING.*--remove-from-version-id ${pending}$`,
            ),
          ),
          detail: { statement: 'npm run overlap -- leave app/db' },
        })
        expect(calls.filter((name) => !/^(Describe|Get|List)/.test(name) && name !== 'COMMIT')).toEqual([])
        expect([secret.describe().rotationEnabled, works()]).toEqual([true, true])

        // Whoever asks again as it says, once the rotation was given up, gets there.
        secret.moveLabel('AWSPENDING', { from: `${pending}` })
        expect(await leaveBy(directly)).toMatchObject({ outcome: 'left' })
        expect(isHandedBack(secret.describe())).toBe(true)
      },
    )

    it('asks to be asked again where AWSCURRENT was moved after the user was handed back', async () => {
      const { leaveBy, secret } = settled()
      const put = () => secret.putByHand(value('a', 'three'))
      await expect(leaveBy(writing('UntagResource', put))).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    })

    it('gives up where something is written time and again', async () => {
      const { leaveBy, secret } = settled()
      const note = () => secret.tag('overlap:state', 'v=1')
      const refused = leaveBy(writing('UntagResource', note, 9))
      await expect(refused).rejects.toMatchObject({ code: 'LABELS_MOVED' })
    })
  })

  it('names a deployment that has another name than most', async () => {
    const { secret, retireBy } = settled()
    const racing: Call = async (name, effect) => {
      const answer = effect()
      if (name === 'UntagResource') secret.rotate()
      return answer
    }
    const secrets = operatedSecret(secret, racing)
    await expect(
      leave(
        { secrets, deployment: 'edge' },
        { secret: secret.describe(), functions: { retire: retireBy(directly) } },
      ),
    ).rejects.toMatchObject({
      detail: { statement: 'npm run overlap -- leave app/db --deployment edge' },
    })
  })

  it('is done by whoever asks again, wherever it was cut off, and AWSCURRENT works all the while', async () => {
    const counting = at(Number.POSITIVE_INFINITY, 'killed before')
    const counted = settled()
    await processOf((call) => counted.leaveBy(call), { strike: counting }).run()
    expect(counting.calls()).toBeGreaterThan(8)
    for (let k = 1; k <= counting.calls(); k++)
      for (const blow of blowsOn(k)) {
        const { leaveBy, works, state, target, clock } = settled()
        await processOf((call) => leaveBy(call), { strike: at(k, blow), killed: target.disconnect }).run()
        expect(works(), `${blow} call ${k}`).toBe(true)
        clock.now += 60_000
        expect(await leaveBy(directly), `${blow} call ${k}`).toMatchObject({ outcome: 'left' })
        expect([works(), state()]).toEqual([true, gone])
      }
  })
})
