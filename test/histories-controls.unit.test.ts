import { describe, expect, it } from 'vitest'
import type { Fence } from '../lambdas/adapters/adapter.ts'
import { LEAKED_TAG } from '../lambdas/rotation/leaked.ts'
import { lineage } from '../lambdas/rotation/lineage.ts'
import { versionWith } from '../lambdas/rotation/secret-store.ts'
import type { Event, History } from './fakes/events.ts'
import { play } from './fakes/play.ts'
import type { TwoSlotSabotage } from './fakes/world.ts'
import {
  ask,
  askedFor,
  askToRollBack,
  attempt,
  deliver,
  drainPasses,
  goOn,
  isTold,
  quarantinePasses,
  rollBack,
  rollBackAndForward,
  sweepPass,
  sweepUpTo,
  takeOther,
  untilDisabled,
} from './fakes/written-events.ts'

interface Control {
  readonly without: string
  readonly sabotage?: TwoSlotSabotage
  readonly zombieMs?: number
  readonly history: History
}

const unfenced: Fence['check'] = async () => {}

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
