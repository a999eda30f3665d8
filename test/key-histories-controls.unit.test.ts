import { describe, expect, it } from 'vitest'
import type { Fence } from '../lambdas/adapters/adapter.ts'
import type { KeyOptions, Patience } from '../lambdas/adapters/keys/options.ts'
import type { KeyPlace, PlacedKey } from '../lambdas/adapters/keys/place.ts'
import type { KeyEvent, KeyHistory } from './fakes/key-events.ts'
import { playKeys } from './fakes/key-play.ts'
import type { FakeKey } from './fakes/key-server.ts'
import type { KeySabotage } from './fakes/key-target.ts'
import type { KeyTraits } from './fakes/key-world.ts'
import {
  ask,
  askedFor,
  askToRollBack,
  attempt,
  deliver,
  goOn,
  isTold,
  rollBack,
  sweepPass,
  sweepUpTo,
} from './fakes/written-events.ts'
import {
  aMomentPasses,
  ambiguous,
  dies,
  drainPasses,
  engineerDeactivates,
  engineerUsesKey,
  iamLike,
  quarantinePasses,
  sweepHelps,
  timePasses,
  untilDisabled,
  upToRetirement,
  withoutDisabling,
} from './fakes/written-key-events.ts'

interface Control {
  readonly without: string
  readonly sabotage: KeySabotage
  readonly traits?: Partial<KeyTraits>
  readonly history: Omit<KeyHistory, 'traits'>
}

const unfenced: Fence['check'] = async () => {}
const placed =
  (change: (place: KeyPlace<FakeKey>) => Partial<KeyPlace<FakeKey>>) =>
  (options: KeyOptions<FakeKey>): KeyOptions<FakeKey> => ({
    ...options,
    place: { ...options.place, ...change(options.place) },
  })
const seeing = (as: (key: PlacedKey) => PlacedKey) =>
  placed((place) => ({ keys: async (of) => (await place.keys(of)).map(as) }))
const patient = (patience: Partial<Patience>) => (options: KeyOptions<FakeKey>) => ({ ...options, patience })

/** Where nothing can be disabled. */
const untilFoundUnused: readonly KeyEvent[] = [sweepPass, drainPasses, sweepPass, quarantinePasses]

const controls: readonly Control[] = [
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
      events: [sweepPass, drainPasses, ...upToRetirement, rollBack, aMomentPasses, goOn],
    },
  },
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
      events: [...untilDisabled, quarantinePasses, ...upToRetirement, rollBack, aMomentPasses, goOn],
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
      events: [...untilDisabled, askToRollBack('GetSecretValue'), isTold, aMomentPasses, goOn],
    },
  },
  {
    without: 'the look at what leaked in the moment of putting back',
    sabotage: {
      retirer: (retirer) => ({
        ...retirer,
        enable: (credential, context) =>
          retirer.enable(credential, { ...context, fence: { ...context.fence, check: unfenced } }),
      }),
    },
    history: {
      start: 'draining',
      events: [
        ...untilDisabled,
        { ...askedFor('enable'), calls: 'GetSecretValue' } as KeyEvent,
        isTold,
        aMomentPasses,
        goOn,
      ],
    },
  },
  {
    without: 'the place’s own record of what leaked',
    sabotage: {
      options: seeing((key) =>
        key.record?.state === 'leaked' ? { ...key, record: { ...key.record, state: 'disabled' } } : key,
      ),
    },
    history: {
      start: 'draining',
      events: [
        isTold,
        sweepPass,
        timePasses(11),
        sweepUpTo('remove key'),
        { do: 'the tag of what leaked gets lost' },
        askedFor('enable'),
        dies,
      ],
    },
  },
  {
    without: 'the time that what comes back waits before it is published',
    sabotage: { options: patient({ settleMs: 0 }) },
    history: {
      start: 'draining',
      events: [...untilDisabled, quarantinePasses, sweepUpTo('remove key'), askToRollBack(), goOn],
    },
  },
  {
    without: 'the time that what was about to be removed waits before it is published',
    sabotage: { options: patient({ settleMs: 0 }) },
    traits: withoutDisabling,
    history: {
      start: 'draining',
      events: [...untilDisabled, quarantinePasses, sweepUpTo('remove key'), askToRollBack(), goOn],
    },
  },
  {
    without: 'several answers in a row',
    sabotage: { options: patient({ successes: 1 }) },
    traits: { propagationMs: 8_000 },
    history: { start: 'fresh', events: [ask, attempt] },
  },
  {
    without: 'a look at whether AWSCURRENT works',
    sabotage: {
      options: placed(({ whoami }) => ({
        whoami: async (key) => ({ ...(await whoami(key)), answer: 'accepted', as: 'account deployer' }),
      })),
    },
    history: {
      start: 'draining',
      events: [sweepPass, drainPasses, engineerDeactivates(1), aMomentPasses, sweepPass],
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
      events: [sweepPass, drainPasses, askToRollBack('UpdateSecretVersionStage'), sweepPass, goOn],
    },
  },
  {
    without: 'a retirement that is undone when a person was faster',
    sabotage: { retirer: (retirer) => ({ ...retirer, enable: async () => false }) },
    history: {
      start: 'draining',
      events: [sweepPass, drainPasses, sweepUpTo('deactivate key'), rollBack, goOn],
    },
  },
  {
    without: 'a look at the last use',
    sabotage: {
      retirer: (retirer) => ({
        ...retirer,
        disable: (credential, context) => retirer.disable(credential, { ...context, accepts: () => true }),
      }),
    },
    history: {
      start: 'draining',
      events: [
        sweepPass,
        drainPasses,
        { do: 'a consumer uses the key', of: 'DRAINING' },
        timePasses(91),
        { do: 'a retire function is told to', action: 'disable' },
      ],
    },
  },
  {
    without: 'a record that it is out of use',
    sabotage: {
      options: seeing((key) => ({
        ...key,
        active: false,
        record: key.record && { ...key.record, state: 'disabled' },
      })),
    },
    history: {
      start: 'draining',
      events: [sweepPass, { do: 'a retire function is told to', action: 'remove' }],
    },
  },
  {
    without: 'a look at what versions hold',
    sabotage: {
      options: (options) => ({ ...options, held: { labelled: async () => [], of: async () => undefined } }),
    },
    history: { start: 'fresh', events: [ask, deliver('createSecret'), timePasses(61), ...sweepHelps] },
  },
  {
    without: 'the hour in which whoever minted a key may store it',
    sabotage: { options: patient({ reclaimAfterMs: 0 }) },
    history: {
      start: 'fresh',
      events: [ask, deliver('createSecret', 'PutSecretValue'), ...sweepHelps, dies],
    },
  },
  {
    without: 'the keys that an intent saw',
    sabotage: {
      options: seeing((key) => (key.record ? key : { ...key, perhapsFor: { versionId: 'any' } })),
    },
    history: { start: 'besideAnother', events: [ask, attempt, ...sweepHelps] },
  },
  {
    without: 'a look at the use of what no version holds',
    sabotage: { options: placed(() => ({ lastUse: async () => ({ known: 'never' }) })) },
    history: {
      start: 'fresh',
      events: [...ambiguous, engineerUsesKey, timePasses(1500), ...sweepHelps],
    },
  },
  {
    without: 'the day in which an engineer may miss a key',
    sabotage: { options: patient({ reclaimUnsureAfterMs: 0 }) },
    history: { start: 'fresh', events: [...ambiguous, timePasses(1500), ...sweepHelps, sweepPass] },
  },
  {
    without: 'regard for who has put a key back',
    sabotage: {
      options: seeing((key) =>
        key.record?.state === 'orphan' ? { ...key, record: { ...key.record, state: 'live' } } : key,
      ),
    },
    history: {
      start: 'fresh',
      events: [
        ...ambiguous,
        timePasses(1500),
        ...sweepHelps,
        { do: 'an engineer puts a key back', which: 1 },
        sweepPass,
      ],
    },
  },
  {
    without: 'the label being taken off what is gone back to, where nothing can be disabled',
    sabotage: {
      adapter: (adapter) => ({
        ...adapter,
        reinstate: async (previous, current, { withdraw: _, ...fence }, publish) =>
          adapter.reinstate?.(previous, current, fence, publish),
      }),
    },
    traits: withoutDisabling,
    history: {
      start: 'draining',
      events: [
        ...untilFoundUnused,
        askToRollBack('UpdateSecretVersionStage'),
        sweepUpTo('remove key'),
        goOn,
        goOn,
      ],
    },
  },
  {
    without: 'the time that this is waited for',
    sabotage: { options: patient({ settleMs: 0 }) },
    traits: withoutDisabling,
    history: {
      start: 'draining',
      events: [...untilFoundUnused, sweepUpTo('remove key'), askToRollBack(), goOn],
    },
  },
  {
    without: 'a look at whether AWSCURRENT works where nothing can be disabled',
    sabotage: {
      options: placed(({ whoami }) => ({
        whoami: async (key) => ({ ...(await whoami(key)), answer: 'accepted', as: 'account deployer' }),
      })),
    },
    traits: withoutDisabling,
    history: {
      start: 'draining',
      events: [
        sweepPass,
        drainPasses,
        sweepPass,
        quarantinePasses,
        engineerDeactivates(1),
        aMomentPasses,
        sweepPass,
      ],
    },
  },
]

describe('what is promised of keys is broken without', () => {
  it.each(controls)('$without', async ({ sabotage, traits, history: chosen }) => {
    const history = { traits: { ...iamLike, ...traits }, ...chosen }
    expect((await playKeys(history)).violations).toEqual([])
    expect((await playKeys(history, sabotage)).violations).not.toEqual([])
  })
})
