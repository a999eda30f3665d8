import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fence } from '../lambdas/adapters/adapter.ts'
import { type Step, steps } from '../lambdas/rotation/event.ts'
import { LEAKED_TAG } from '../lambdas/rotation/leaked.ts'
import { lineage } from '../lambdas/rotation/lineage.ts'
import type { Mode } from '../lambdas/rotation/policy.ts'
import { type Label, versionWith } from '../lambdas/rotation/secret-store.ts'
import { perhapsDisabled } from '../lambdas/sweep/next-action.ts'
import { encodeState, STATE_TAG, stateOf } from '../lambdas/sweep/state.ts'
import { at } from './fakes/blows.ts'
import { blows, directly, type Process } from './fakes/process.ts'
import { settle, unrest } from './fakes/settle.ts'
import { LOST_VERSION, type Start } from './fakes/starts.ts'
import {
  ABANDON_MS,
  MINUTE_MS,
  type Sabotage,
  type Strike,
  schedules,
  type WarmFunction,
  type World,
  world,
} from './fakes/world.ts'
import { SECRET_ARN } from './rotation/secret.ts'

/**
 * A call that a function sent before it was paused is refused by AWS when it arrives later than this: the function's own time-out,
 * 15 minutes at most, and five minutes for which a signature is good. Shorter than the shortest drain that a deployment allows.
 */
const ZOMBIE_MS = 20 * MINUTE_MS

const calls = fc.integer({ min: 1, max: 12 })
const blow = fc.option(fc.record({ at: calls, how: fc.constantFrom(...blows) }), { nil: undefined, freq: 4 })
const which = fc.nat({ max: 9 })

const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('the service tries the rotation'), blow }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('a rotation is asked for') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('a step is delivered'),
      step: fc.constantFrom(...steps),
      token: fc.nat({ max: 3 }),
      calls,
      blow,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('the sweep runs'), calls, blow }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('the sweep runs to its end'), blow }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('the sweep hears of a label'), calls, blow }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('a paused function goes on'), which, calls }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a paused function dies'), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('time passes'),
      minutes: fc.constantFrom<number>(1, 4, 11, 30, 61, 125, 1500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('a person stores a new password'), other: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person takes AWSPENDING away') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person cancels the rotation') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person rolls back') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person rolls back and forward') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person edits the strategy') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person edits a tag') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a person puts it on hold'),
      hours: fc.constantFrom<number>(1, 5, 30, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person releases it') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a person edits the schedule'),
      schedule: fc.constantFrom(...schedules.keys(), undefined),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a person edits the mode'),
      mode: fc.constantFrom('observe', 'enforce'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('a client connects'), user: fc.constantFrom('a', 'b') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('all clients leave') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('a person asks for a rollback'),
      to: fc.constantFrom('the version that drains', 'AWSPREVIOUS', 'any'),
      which,
      calls,
      blow,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('a version is told to have leaked'),
      label: fc.constantFrom<Label>('AWSCURRENT', 'AWSPREVIOUS', 'DRAINING'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person stores the value of AWSPREVIOUS') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person asks for a repair'), calls, blow }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('a retire function is asked'),
      action: fc.constantFrom('enable', 'restore', 'inspect'),
      which,
      calls,
      blow,
    }),
  },
)
/** Only ever written down: nothing but its owner can make up for it. */
interface PasswordChanged {
  readonly do: 'a person changes the password at the target'
  readonly user: 'a' | 'b'
}
/** Written down as well: what nobody but the sweep asks, and when it has found out that it may. */
type WrittenDown =
  | PasswordChanged
  | { readonly do: 'a retire function is told to'; readonly action: 'disable' | 'remove' }
  | { readonly do: 'the tag of what leaked gets lost' }
type Random = typeof event extends fc.Arbitrary<infer E> ? E : never
/** As they are drawn at random; one that is written down may name the call that a function is paused before. */
type Event = Random extends infer R
  ? R extends { calls: number }
    ? Omit<R, 'calls'> & { calls: number | string }
    : R | WrittenDown
  : never

interface History {
  readonly start: Start
  /** A schedule that the sweep has seen for long. */
  readonly schedule?: string | undefined
  /** Default enforce. */
  readonly mode?: Mode
  readonly events: readonly Event[]
}

interface Paused {
  readonly process: Process
  readonly since: number
}

/** Plays a history and returns the world as it left it, with every function ended. */
async function play(
  { start, schedule, mode = 'enforce', events }: History,
  sabotage: Sabotage = {},
  zombieMs = ZOMBIE_MS,
): Promise<World> {
  const played = world(sabotage, start)
  const { clock, secret, target } = played
  const digest = schedules.get(schedule ?? '')?.digest
  if (digest !== undefined) {
    secret.tag('overlap:schedule', schedule)
    const known = stateOf(secret.describe(), clock.now)
    secret.tag(STATE_TAG, encodeState({ ...known, plan: { digest, from: 0 } }))
  }
  played.mode(mode)
  const paused: Paused[] = []
  const warm: { function: WarmFunction; busy: Process | undefined }[] = []

  const run = async (process: Process, budget: number | string) => {
    const since = clock.now
    if ((await process.run(budget)) === 'parked') paused.push({ process, since })
  }
  const resume = async (at: number, budget: number | string) => {
    const [found] = paused.splice(at % paused.length, 1)
    if (found === undefined) return
    if (clock.now - found.since > zombieMs) found.process.kill()
    else if ((await found.process.run(budget)) === 'parked') paused.push(found)
  }
  const functionFor = () => {
    const idle = warm.find(({ busy }) => busy === undefined || busy.state() === 'ended')
    const found = idle ?? { function: played.coldStart(), busy: undefined }
    if (!idle) warm.push(found)
    return found
  }
  const deliver = async (step: Step, token: string, budget: number | string, strike?: Strike) => {
    for (const dead of warm.filter(({ busy }) => busy?.state() === 'killed'))
      warm.splice(warm.indexOf(dead), 1)
    const used = functionFor()
    used.busy = played.deliver(step, token, used.function, strike)
    await run(used.busy, budget)
  }
  let notes = 0
  const version = (index: number) => {
    const ids = secret.versionIds()
    return ids.at(-1 - (index % ids.length)) ?? ''
  }
  const strikeOf = (given: { at: number; how: (typeof blows)[number] } | undefined) =>
    given === undefined ? undefined : at(given.at, given.how)

  const swapBack = () => {
    const [from, to] = [secret.holder('AWSCURRENT'), secret.holder('AWSPREVIOUS')]
    if (from !== undefined && to !== undefined) secret.moveLabel('AWSCURRENT', { from, to })
    played.excuse()
  }

  const happen = async (one: Event): Promise<void> => {
    switch (one.do) {
      case 'the service tries the rotation':
        await played.attempt(strikeOf(one.blow))
        return
      case 'a rotation is asked for':
        return secret.rotate()
      case 'a step is delivered':
        return deliver(one.step, version(one.token), one.calls, strikeOf(one.blow))
      case 'the sweep runs':
        return run(played.sweep(strikeOf(one.blow)), one.calls)
      case 'the sweep runs to its end':
        return run(played.sweep(strikeOf(one.blow)), Number.POSITIVE_INFINITY)
      case 'the sweep hears of a label':
        return run(played.visit(strikeOf(one.blow)), one.calls)
      case 'a paused function goes on':
        return resume(one.which, one.calls)
      case 'a paused function dies':
        paused.splice(one.which % paused.length, 1)[0]?.process.kill()
        return
      case 'time passes':
        clock.now += one.minutes * MINUTE_MS
        return
      case 'a person stores a new password': {
        const { user, ...rest } = played.current()
        const [other, paired] = [user === 'a' ? 'b' : 'a', target.slot('b').stamp !== undefined] as const
        const chosen = one.other && paired ? other : user
        const password = target.newPassword()
        target.setPassword(chosen, password)
        secret.putByHand(JSON.stringify({ ...rest, user: chosen, password }))
        return played.excuse(chosen)
      }
      case 'a person takes AWSPENDING away': {
        const from = secret.holder('AWSPENDING')
        if (from !== undefined) secret.moveLabel('AWSPENDING', { from })
        return
      }
      case 'a person cancels the rotation':
        return secret.cancelRotation()
      case 'a person rolls back':
        return swapBack()
      case 'a person rolls back and forward':
        swapBack()
        return swapBack()
      case 'a person edits the strategy':
        return target.editStrategy()
      case 'a person edits a tag':
        return secret.tag('team', 'shop')
      case 'a person puts it on hold':
        return played.hold(one.hours)
      case 'a person releases it':
        return played.hold()
      case 'a person edits the schedule':
        return secret.tag('overlap:schedule', one.schedule)
      case 'a person edits the mode':
        return played.mode(one.mode)
      case 'a person changes the password at the target':
        return target.setPassword(one.user, target.newPassword())
      case 'a retire function is told to': {
        const versionId = secret.holder('DRAINING') ?? ''
        const request = { action: one.action, secretId: SECRET_ARN, versionId, evenIfUsed: false } as const
        return run(played.retire(request), Number.POSITIVE_INFINITY)
      }
      case 'the tag of what leaked gets lost':
        return secret.tag(LEAKED_TAG, undefined)
      case 'a client connects':
        if (target.slot(one.user).password !== undefined) target.sessions.add(one.user)
        return
      case 'all clients leave':
        return target.sessions.clear()
      case 'a person asks for a rollback': {
        const to = {
          'the version that drains': undefined,
          AWSPREVIOUS: secret.holder('AWSPREVIOUS'),
          any: version(one.which),
        }[one.to]
        return run(played.rollback(to === undefined ? {} : { to }, strikeOf(one.blow)), one.calls)
      }
      case 'a version is told to have leaked': {
        const holder = secret.holder(one.label)
        return holder === undefined ? undefined : played.leak(holder)
      }
      case 'a person stores the value of AWSPREVIOUS': {
        const previous = secret.value(secret.holder('AWSPREVIOUS') ?? '')
        if (previous === undefined) return
        notes += 1
        secret.putByHand(JSON.stringify({ ...JSON.parse(previous), [`note${notes}`]: 'by hand' }))
        played.excuse()
        return target.works(played.current()) ? undefined : played.disown(secret.holder('AWSCURRENT') ?? '')
      }
      case 'a person asks for a repair':
        return run(played.repair(strikeOf(one.blow)), one.calls)
      case 'a retire function is asked': {
        const label = one.action === 'restore' ? 'AWSCURRENT' : 'DRAINING'
        const versionId = secret.holder(label) ?? version(one.which)
        const request = { action: one.action, secretId: SECRET_ARN, versionId, evenIfUsed: false } as const
        return run(played.retire(request, strikeOf(one.blow)), one.calls)
      }
    }
  }

  for (const one of events) {
    await happen(one)
    paused.push(...played.loose.splice(0).map((process) => ({ process, since: clock.now })))
  }
  while (paused.length > 0) await resume(0, Number.POSITIVE_INFINITY)
  return played
}

/**
 * Faults and holds are over, and somebody asks every six hours: a rotation must finish, and what it replaces must drain. One that can never finish
 * is given up after a day.
 */
async function recover(played: World): Promise<void> {
  const { secret, target, current } = played
  target.sessions.clear()
  const works = () => target.works(current())
  played.hold()
  played.mode('enforce')
  // As LEAKED asks whoever stored a leaked value once more.
  if (played.holdsLeaked(secret.holder('AWSCURRENT') ?? '')) played.leak(secret.holder('AWSCURRENT') ?? '')
  if (!works() && played.owed()) {
    // The sweep's tag remembers one version. Going back to another one is seen only when its event comes.
    const known = perhapsDisabled({
      secret: secret.describe(),
      state: stateOf(secret.describe(), played.clock.now),
    })
    if (known === undefined) await played.visit().run()
    expect(await settle(played, works, 12)).toBe(true)
  }
  if (!works()) {
    // A person broke it by hand and repairs it by hand.
    const password = target.newPassword()
    target.setPassword(current().user, password)
    secret.putByHand(JSON.stringify({ ...current(), password }))
    played.excuse(current().user)
  }
  const pending = secret.holder('AWSPENDING')
  if (pending !== undefined && pending !== secret.holder('AWSCURRENT')) {
    // After a rollback to the user that a rotation was about to take, TARGET_CHANGED tells a person to do this.
    const value = secret.value(pending)
    const ownPlace = value !== undefined && JSON.parse(value).user === current().user
    if (ownPlace) secret.moveLabel('AWSPENDING', { from: pending })
  }
  const before = secret.holder('AWSCURRENT')
  const rotated = () => secret.holder('AWSCURRENT') !== before
  const rested = () => rotated() && unrest(played).length === 0
  for (let schedule = 0; schedule < 10 && !rested(); schedule++) {
    if (!rotated()) secret.rotate()
    await settle(played, rested, 12)
  }
  expect(unrest(played)).toEqual([])
  expect(secret.holder('AWSCURRENT')).not.toBe(before)
  expect(played.violations).toEqual([])
}

const history = fc.record({
  start: fc.constantFrom<Start>('fresh', 'steady', 'labelLeftBehind', 'draining'),
  schedule: fc.constantFrom(...schedules.keys(), undefined),
  mode: fc.constantFrom<Mode>('enforce', 'enforce', 'enforce', 'observe'),
  events: fc.array(event, { maxLength: 60, size: 'max' }),
})

describe('whatever happens to a secret', () => {
  it('its current credential works, no draining one dies early, and it comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (chosen) => {
        const played = await play(chosen)
        expect(played.violations).toEqual([])
        await recover(played)
      }),
      { numRuns: Number(process.env.HISTORIES ?? 400) },
    )
  }, 600_000)
})

interface Control {
  readonly without: string
  readonly sabotage?: Sabotage
  readonly zombieMs?: number
  readonly history: History
}

const unfenced: Fence['check'] = async () => {}
const deliver = (step: Step, calls: number | string = Number.POSITIVE_INFINITY): Event => ({
  do: 'a step is delivered',
  step,
  token: 0,
  calls,
  blow: undefined,
})
const goOn: Event = { do: 'a paused function goes on', which: 0, calls: Number.POSITIVE_INFINITY }
const ask: Event = { do: 'a rotation is asked for' }
const attempt: Event = { do: 'the service tries the rotation', blow: undefined }
const sweepUpTo = (calls: number | string): Event => ({ do: 'the sweep runs', calls, blow: undefined })
const sweepPass: Event = { do: 'the sweep runs to its end', blow: undefined }
const drainPasses: Event = { do: 'time passes', minutes: 125 }
const rollBack: Event = { do: 'a person rolls back' }
const rollBackAndForward: Event = { do: 'a person rolls back and forward' }
const editStrategy: Event = { do: 'a person edits the strategy' }
const takeOther: Event = { do: 'a person stores a new password', other: true }

const quarantinePasses: Event = { do: 'time passes', minutes: 61 }
const untilDisabled = [sweepPass, drainPasses, sweepPass]
const isTold: Event = { do: 'a version is told to have leaked', label: 'DRAINING' }
const askedFor = (action: 'enable' | 'restore'): Event => ({
  do: 'a retire function is asked',
  action,
  which: 0,
  calls: Number.POSITIVE_INFINITY,
  blow: undefined,
})
const askToRollBack = (calls: number | string = Number.POSITIVE_INFINITY): Event => ({
  do: 'a person asks for a rollback',
  to: 'the version that drains',
  which: 0,
  calls,
  blow: undefined,
})

const controls: readonly Control[] = [
  {
    without: 'the fence at the end of a quarantine',
    sabotage: {
      retirer: (retirer) => ({
        ...retirer,
        remove: (credential, context) =>
          retirer.remove(credential, { ...context, fence: { ...context.fence, check: unfenced } }),
      }),
    },
    history: {
      start: 'draining',
      events: [...untilDisabled, quarantinePasses, sweepUpTo('BEGIN and lock'), rollBack, goOn],
    },
  },
  {
    without: 'a slot that is freed only when it is disabled',
    sabotage: { target: { removesWhatIsLive: true } },
    history: {
      start: 'draining',
      events: [sweepPass, { do: 'a retire function is told to', action: 'remove' }],
    },
  },
  {
    without: 'the tag of what leaked',
    sabotage: {
      store: (store) => ({
        ...store,
        describe: async (secretId) => {
          const described = await store.describe(secretId)
          const tags = [...described.tags].filter(([key]) => key !== LEAKED_TAG)
          return { ...described, tags: new Map(tags) }
        },
      }),
    },
    history: { start: 'draining', events: [...untilDisabled, isTold, askedFor('enable')] },
  },
  {
    without: 'the look at that tag in the moment of putting back',
    sabotage: {
      retirer: (retirer) => ({
        ...retirer,
        enable: (credential, context) =>
          retirer.enable(credential, { ...context, fence: { ...context.fence, check: unfenced } }),
      }),
    },
    history: {
      start: 'draining',
      events: [...untilDisabled, { ...askedFor('enable'), calls: 'BEGIN and lock' } as Event, isTold, goOn],
    },
  },
  {
    without: 'the target’s own record of what leaked',
    sabotage: { target: { leakedComesBack: true } },
    history: {
      start: 'draining',
      events: [
        isTold,
        sweepPass,
        { do: 'time passes', minutes: 11 },
        sweepUpTo('UpdateSecretVersionStage'),
        { do: 'the tag of what leaked gets lost' },
        askedFor('enable'),
        { do: 'a paused function dies', which: 0 },
      ],
    },
  },
  {
    without: 'the fence in a rollback',
    sabotage: {
      adapter: (adapter) => ({
        ...adapter,
        reinstate: async (previous, current, fence, publish) =>
          adapter.reinstate?.(previous, current, { ...fence, check: unfenced }, publish),
      }),
    },
    history: {
      start: 'draining',
      events: [...untilDisabled, askToRollBack('BEGIN and lock'), isTold, goOn],
    },
  },
  {
    without: 'a second look at what AWSCURRENT moved to late',
    sabotage: {
      adapter: (adapter) => ({
        ...adapter,
        test: async () => {},
        reinstate: async (previous, current, fence, publish) =>
          fence.versionId === fence.currentVersionId
            ? publish()
            : adapter.reinstate?.(previous, current, fence, publish),
      }),
    },
    history: {
      start: 'draining',
      events: [
        sweepPass,
        drainPasses,
        askToRollBack('UpdateSecretVersionStage'),
        { do: 'time passes', minutes: 1 },
        sweepPass,
        goOn,
      ],
    },
  },
  {
    without: 'a look that saw a client',
    sabotage: {
      retirer: (retirer) => ({
        ...retirer,
        disable: (credential, context) =>
          retirer.disable(credential, {
            ...context,
            accepts: () => true,
            fence: { ...context.fence, check: unfenced },
          }),
      }),
    },
    history: {
      start: 'draining',
      events: [
        sweepPass,
        drainPasses,
        { do: 'a client connects', user: 'a' },
        sweepPass,
        { do: 'a retire function is told to', action: 'disable' },
      ],
    },
  },
  {
    without: 'the memory of what was tested being true',
    sabotage: { lineage: () => ({ remember: () => {}, derived: () => true, tested: () => true }) },
    history: { start: 'fresh', events: [ask, deliver('createSecret'), deliver('finishSecret')] },
  },
  {
    without: 'the fence in setSecret',
    sabotage: {
      adapter: (adapter) => ({
        ...adapter,
        set: (pending, current, fence) => adapter.set(pending, current, { ...fence, check: unfenced }),
      }),
    },
    history: {
      start: 'steady',
      events: [ask, deliver('createSecret'), deliver('setSecret', 'BEGIN and lock'), takeOther, goOn],
    },
  },
  {
    without: 'the fence in a retirement',
    sabotage: {
      retirer: (retirer) => ({
        ...retirer,
        disable: (credential, context) =>
          retirer.disable(credential, { ...context, fence: { ...context.fence, check: unfenced } }),
      }),
    },
    history: {
      start: 'draining',
      events: [sweepPass, drainPasses, sweepUpTo('BEGIN and lock'), rollBack, goOn],
    },
  },
  {
    without: 'a retirement that is undone when a person was faster',
    sabotage: { retirer: (retirer) => ({ ...retirer, enable: async () => false }) },
    history: { start: 'draining', events: [sweepPass, drainPasses, sweepUpTo('COMMIT'), rollBack, goOn] },
  },
  {
    without: 'the look at the last change of the secret',
    sabotage: {
      store: (store) => ({
        ...store,
        describe: async (secretId) => ({ ...(await store.describe(secretId)), lastChanged: new Date(0) }),
      }),
    },
    history: {
      start: 'draining',
      events: [
        sweepPass,
        { do: 'time passes', minutes: 116 },
        rollBackAndForward,
        { do: 'time passes', minutes: 10 },
        sweepPass,
      ],
    },
  },
  {
    without: 'an early end of what was tested',
    sabotage: {
      lineage: (now) => {
        const seen = lineage(now)
        return { ...seen, tested: seen.derived }
      },
    },
    history: {
      start: 'fresh',
      events: [
        ask,
        deliver('createSecret'),
        deliver('setSecret'),
        deliver('testSecret'),
        { do: 'a person changes the password at the target', user: 'b' },
        { do: 'time passes', minutes: 9 },
        deliver('finishSecret'),
      ],
    },
  },
  {
    without: 'compare and swap of labels',
    sabotage: {
      store: (store) => ({
        ...store,
        moveLabel: async (secretId, label, { to }) => {
          const from = versionWith(await store.describe(secretId), label)
          await store.moveLabel(secretId, label, {
            ...(from === undefined ? {} : { from }),
            ...(to === undefined ? {} : { to }),
          })
        },
      }),
    },
    history: {
      start: 'steady',
      events: [
        ask,
        deliver('createSecret'),
        deliver('setSecret'),
        deliver('testSecret'),
        deliver('finishSecret', 'UpdateSecretVersionStage'),
        takeOther,
        goOn,
      ],
    },
  },
  {
    without: 'the record of what a slot holds',
    sabotage: { target: { everySlotIsFree: true } },
    history: { start: 'draining', events: [ask, attempt] },
  },
  {
    without: 'an end to what a paused function may still send',
    zombieMs: Number.POSITIVE_INFINITY,
    history: {
      start: 'steady',
      events: [
        ask,
        deliver('createSecret'),
        deliver('setSecret'),
        deliver('testSecret'),
        deliver('finishSecret', 2),
        { do: 'a person takes AWSPENDING away' },
        ask,
        attempt,
        sweepPass,
        sweepPass,
        drainPasses,
        sweepPass,
        goOn,
      ],
    },
  },
]

describe('a retire function that the sweep did not ask', () => {
  it.each([
    { action: 'disable', when: 'before its drain', events: [sweepPass], says: 'what proves' },
    { action: 'remove', when: 'before its quarantine', events: untilDisabled, says: 'after it was disabled' },
  ] as const)('to $action takes the version $when', async ({ action, events, says }) => {
    const asks: Event = { do: 'a retire function is told to', action }
    const { violations } = await play({ start: 'draining', events: [...events, asks] })
    expect(violations).toContainEqual(expect.stringContaining(says))
  })
})

describe('the promises are broken without', () => {
  it.each(controls)('$without', async ({ sabotage, zombieMs, history: chosen }) => {
    expect((await play(chosen)).violations).toEqual([])
    expect((await play(chosen, sabotage, zombieMs)).violations).not.toEqual([])
  })
})

describe('a rotation that can never finish', () => {
  const untilApplied = [ask, deliver('createSecret'), deliver('setSecret')]
  it.each<{ when: string; history: History }>([
    {
      when: 'was not applied',
      history: { start: 'steady', events: [ask, deliver('createSecret'), editStrategy] },
    },
    { when: 'was applied', history: { start: 'steady', events: [...untilApplied, editStrategy] } },
    {
      when: 'was applied to the partner’s first slot',
      history: { start: 'fresh', events: [...untilApplied, editStrategy] },
    },
    {
      when: 'was cancelled',
      history: {
        start: 'steady',
        events: [...untilApplied, editStrategy, { do: 'a person cancels the rotation' }],
      },
    },
  ])('and $when is given up after a day, and what it applied drains', async ({ history: chosen }) => {
    const played = await play(chosen)
    const { secret, clock } = played
    const stuck = secret.holder('AWSPENDING')
    const askedAt = clock.now
    const given = () => secret.holder('AWSPENDING') !== stuck
    expect(await settle(played, given, 60)).toBe(true)
    expect(clock.now - askedAt).toBeGreaterThanOrEqual(ABANDON_MS)
    await recover(played)
    expect(played.target.slot('a').stamp?.version).not.toBe(stuck)
    expect(played.target.slot('b').stamp?.version).not.toBe(stuck)
  })

  it.each([
    { applied: true, outcome: 'stays, since it may be the only password that works' },
    { applied: false, outcome: 'is given up, since AWSCURRENT works' },
  ])('and names the very user of AWSCURRENT $outcome', async ({ applied }) => {
    const played = await play({ start: 'draining', events: [ask, rollBack] })
    const { secret, target } = played
    const versionId = secret.holder('AWSPENDING') ?? ''
    const store = secret.storeFor(directly)
    const password = target.newPassword()
    const secretString = JSON.stringify({ ...played.current(), password })
    await store.write('', { versionId, secretString, labels: ['AWSPENDING'], rotationToken: undefined })
    if (applied) target.setPassword(played.current().user, password)
    await settle(played, () => false, 60)
    expect(secret.holder('AWSPENDING')).toBe(applied ? versionId : undefined)
  })
})

describe('a rollback to what a retirement was disabling when it died', () => {
  const events = [
    sweepPass,
    drainPasses,
    sweepUpTo('COMMIT and record'),
    { do: 'a paused function dies', which: 0 } as const,
    { do: 'time passes', minutes: 1 } as const,
    rollBack,
    sweepPass,
  ]

  it('works again after the next pass', async () => {
    const { target, current, violations } = await play({ start: 'draining', events })
    expect([target.works(current()), violations]).toEqual([true, []])
  })

  it('would not, if the sweep did not restore it', async () => {
    const powerless: Sabotage = { retirer: (retirer) => ({ ...retirer, enable: async () => false }) }
    const { target, current } = await play({ start: 'draining', events }, powerless)
    expect(target.works(current())).toBe(false)
  })
})

describe('a rollback to what a retirement frees in that very moment', () => {
  const events = [...untilDisabled, quarantinePasses, sweepUpTo('COMMIT and free'), rollBack, goOn]

  it('works again at once', async () => {
    const { target, current, violations } = await play({ start: 'draining', events })
    expect([target.works(current()), violations]).toEqual([true, []])
  })

  it('would not, if the retirement did not look again', async () => {
    const powerless: Sabotage = { retirer: (retirer) => ({ ...retirer, enable: async () => false }) }
    const { target, current } = await play({ start: 'draining', events }, powerless)
    expect(target.works(current())).toBe(false)
  })
})

describe('a value that somebody stored by hand, of what is disabled', () => {
  const stored: Event = { do: 'a person stores the value of AWSPREVIOUS' }
  const events = [...untilDisabled, stored]

  it('works after the next pass', async () => {
    const { target, current, violations } = await play({ start: 'draining', events: [...events, sweepPass] })
    expect([target.works(current()), violations]).toEqual([true, []])
  })

  it('does not before', async () => {
    const { target, current } = await play({ start: 'draining', events })
    expect(target.works(current())).toBe(false)
  })
})

describe('a slot that is held by a version that is gone', () => {
  it('is freed by what SLOT_UNACCOUNTED says', async () => {
    const played = world({}, 'lostVersion')
    const { secret } = played
    secret.rotate()
    const refused = played.deliver('createSecret', secret.holder('AWSPENDING') ?? '', played.coldStart())
    await refused.run()
    expect(refused.failure()).toMatchObject({ code: 'SLOT_UNACCOUNTED' })
    const secretString = JSON.stringify({ ...played.current(), user: 'a', password: 'any' })
    await secret.storeFor(directly).write('', {
      versionId: LOST_VERSION,
      secretString,
      labels: ['DRAINING'],
      rotationToken: undefined,
    })
    played.excuse('a')
    await recover(played)
  })
})
