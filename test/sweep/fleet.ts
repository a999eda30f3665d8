import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import type { AskRollout } from '../../lambdas/rollout/rollout.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { Telemetry } from '../../lambdas/rotation/observed.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import type { Census } from '../../lambdas/sweep/census.ts'
import { sweepMemory } from '../../lambdas/sweep/memory.ts'
import { scheduleOf, type WrittenSchedule } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG, type SweepState, stateOf } from '../../lambdas/sweep/state.ts'
import { type Pass, type Sweep, sweep, sweepOne } from '../../lambdas/sweep/sweep.ts'
import { noCensus } from '../fakes/census.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { secretWith } from '../rotation/secret.ts'
import { listed } from './listed.ts'
import { clockWatcher, nobody, retirementDefaults } from './watched.ts'

const OURS = secretWith({}).rotationFunction ?? ''

export interface FleetOptions {
  readonly schedules?: Readonly<Record<string, WrittenSchedule>>
  readonly telemetry?: Telemetry
  /** Default: nobody uses anything, and whatever is asked for is done. */
  readonly retire?: (request: RetireRequest) => Promise<RetireResult>
  /** Default: no function rolls anything out. */
  readonly rollout?: AskRollout
  /** Default: proves by the clock alone. */
  readonly watcher?: Partial<Watcher>
  readonly deployment?: Partial<Sweep['deployment']>
  readonly requestsPerMinute?: number
  readonly census?: Census
  /** When versions were stored; default long ago. */
  readonly stored?: ReadonlyMap<string, Date>
  /** Milliseconds that a pass may take. */
  readonly timeMs?: number
  /** Milliseconds that each call takes. */
  readonly callMs?: number
}

/** The secrets of a deployment, and a service that begins a rotation for a token once. */
export interface Fleet {
  readonly clock: { now: number }
  /** Adds a secret or changes one: tags and versions as written, the rest as `secretWith` has it. */
  set(arn: string, different?: Partial<SecretDescription>, tags?: Readonly<Record<string, string>>): void
  get(arn: string): SecretDescription
  state(arn: string): SweepState
  tag(arn: string, tags: Readonly<Record<string, string | undefined>>): void
  /** The service has finished the rotation that waits. */
  finish(arn: string): void
  /** Lists are as they were then, until this is called again. */
  freezeList(): void
  /** The function that sweeps starts anew, and remembers nothing. */
  coldStart(): void
  pass(options?: { readonly listFails?: boolean }): Promise<Pass>
  visit(arn: string): Promise<Pass>
  /** Rotations that the service has begun: secret and token. */
  readonly begun: readonly (readonly [arn: string, token: string])[]
  /** Calls and requests, in order; those to the journal left out. */
  readonly calls: readonly string[]
  /** What the journal was asked for, in order. */
  readonly journalCalls: readonly string[]
  /** What was kept, oldest first; a test may put in what was kept before. */
  readonly journal: EvidenceRecord[]
}

export function fleet(now: string, options: FleetOptions = {}): Fleet {
  const clock = { now: Date.parse(now) }
  const secrets = new Map<string, SecretDescription>()
  let late: readonly SecretDescription[] | undefined
  const begun: (readonly [string, string])[] = []
  const calls: string[] = []
  const journal: EvidenceRecord[] = []
  const journalCalls: string[] = []
  let memory = sweepMemory()
  const get = (arn: string) => {
    const found = secrets.get(arn)
    if (found === undefined) throw new Error(`there is no ${arn}`)
    return found
  }
  const change = (arn: string, different: Partial<SecretDescription>) =>
    secrets.set(arn, { ...get(arn), ...different, lastChanged: new Date(clock.now) })
  const called = async (what: string) => {
    calls.push(what)
    clock.now += options.callMs ?? 0
  }
  const tag: Fleet['tag'] = (arn, tags) => {
    const all = new Map(get(arn).tags)
    for (const [name, value] of Object.entries(tags))
      if (value === undefined) all.delete(name)
      else all.set(name, value)
    change(arn, { tags: all })
  }
  const retire = async (request: RetireRequest): Promise<RetireResult> => {
    await called(`${request.action} ${request.versionId} of ${request.secretId}`)
    if (options.retire) return options.retire(request)
    const { versions } = get(request.secretId)
    if (request.action === 'remove')
      change(request.secretId, {
        versions: new Map(
          [...versions].map(([id, labels]) => [id, labels.filter((label) => label !== 'DRAINING')]),
        ),
      })
    const { drain } = stateOf(get(request.secretId), clock.now)
    const isOff = drain?.version === request.versionId && drain.off !== undefined
    return resultOf(request, isOff)
  }
  const watcher = {
    ...clockWatcher(
      () => clock.now,
      journal,
      async (name, effect) => {
        journalCalls.push(name)
        return effect()
      },
    ),
    ...options.watcher,
  }
  const rollout: AskRollout | undefined =
    options.rollout &&
    (async (request) => {
      await called(`${request.action} ${request.consumer} of ${request.secretId}`)
      return options.rollout?.(request) ?? { state: 'absent' }
    })
  const given = (listFails = false): Sweep => {
    const endsAt = clock.now + (options.timeMs ?? 300_000)
    return {
      store: {
        describe: async (arn) => {
          await called(`describe ${arn}`)
          return get(arn)
        },
        read: () => Promise.reject(new Error('the sweep reads no value')),
        write: () => Promise.reject(new Error('the sweep writes no value')),
        createdDates: async (arn) => {
          await called(`list versions of ${arn}`)
          return new Map(
            [...get(arn).versions.keys()].map((id) => [id, options.stored?.get(id) ?? new Date(0)]),
          )
        },
        moveLabel: (arn, label) => called(`move ${label} of ${arn}`),
      },
      catalog: {
        async *list() {
          if (listFails) throw new OverlapError('SECRETS_MANAGER_FAILED', 'slow down')
          for (const secret of late ?? secrets.values()) yield listed(secret)
        },
        saveState: async (arn, state) => {
          await called(`save ${arn}`)
          tag(arn, { [STATE_TAG]: encodeState(state) })
        },
        requestRotation: async (arn, token) => {
          await called(`rotate ${arn}`)
          const { versions } = get(arn)
          const waits = [...versions.values()].some((labels) => `${labels}` === 'AWSPENDING')
          if (waits || versions.has(token)) return
          begun.push([arn, token])
          change(arn, { versions: new Map([...versions, [token, ['AWSPENDING']]]), rotationEnabled: true })
        },
      },
      retirers: new Map([[OURS, retire]]),
      rollouts: () => rollout,
      watcher,
      memory,
      census: options.census ?? noCensus,
      deployment: {
        ...retirementDefaults,
        drainFloorSeconds: 3600,
        abandonSeconds: 86_400,
        schedules: new Map(
          Object.entries(options.schedules ?? {}).map(([name, written]) => [name, scheduleOf(written)]),
        ),
        freezes: [],
        ...options.deployment,
      },
      telemetry: { ...(options.telemetry ?? silentTelemetry), now: () => clock.now },
      requestsPerMinute: options.requestsPerMinute ?? 60,
      now: () => clock.now,
      sleep: async (ms) => {
        clock.now += ms
      },
      remaining: () => endsAt - clock.now,
    }
  }

  return {
    clock,
    begun,
    calls,
    journal,
    journalCalls,
    coldStart: () => {
      memory = sweepMemory()
    },
    get,
    tag,
    set: (arn, different = {}, tags = {}) => {
      const versions = different.versions ?? new Map([['first', ['AWSCURRENT']]])
      secrets.set(arn, {
        ...secretWith({}, { lastChanged: new Date(clock.now), tags: new Map(Object.entries(tags)) }),
        ...different,
        versions,
        arn,
      })
    },
    state: (arn) => stateOf(get(arn), clock.now),
    finish: (arn) => {
      const { versions } = get(arn)
      const next = new Map(
        [...versions].flatMap(([id, labels]): [string, string[]][] => {
          if (labels.includes('AWSPENDING')) return [[id, ['AWSCURRENT']]]
          return labels.includes('AWSCURRENT') ? [[id, ['AWSPREVIOUS', 'DRAINING']]] : []
        }),
      )
      change(arn, { versions: next, lastRotated: new Date(clock.now) })
    },
    freezeList: () => {
      late = [...secrets.values()]
    },
    pass: ({ listFails } = {}) => sweep(given(listFails)),
    visit: (arn) => sweepOne(given(), arn),
  }
}

/** As it is told: nothing but what is told as disabled was disabled, and what waits may be the only value that works. */
function resultOf({ action }: RetireRequest, isOff: boolean): RetireResult {
  switch (action) {
    case 'inspect':
      return { outcome: 'inspected', ...nobody }
    case 'disable':
      return { outcome: 'disabled' }
    case 'remove':
      return { outcome: 'removed' }
    case 'leave':
      return { outcome: 'left' }
    case 'try':
      return { outcome: 'refused' }
    case 'enable':
      return { outcome: isOff ? 'enabled' : 'nothing' }
    case 'peek':
    case 'restore':
    case 'reclaim':
      return { outcome: 'nothing' }
  }
}
