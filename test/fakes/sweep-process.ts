import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import { holdOf } from '../../lambdas/rotation/hold.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import type { SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import { scheduleOf } from '../../lambdas/sweep/occurrence.ts'
import { encodeState, STATE_TAG } from '../../lambdas/sweep/state.ts'
import type { Sweep } from '../../lambdas/sweep/sweep.ts'
import type { SecretCatalog } from '../../lambdas/sweep/visiting.ts'
import { secretWith } from '../rotation/secret.ts'
import { listed } from '../sweep/listed.ts'
import { clockWatcher, retirementDefaults, unwatched } from '../sweep/watched.ts'
import { noCensus } from './census.ts'
import { type Call, type Process, type ProcessOptions, processOf } from './process.ts'
import { isCurrentLeaked, type Promises } from './promised.ts'
import type { FakeSecret } from './secret.ts'
import { silentTelemetry } from './telemetry.ts'

const HOUR_MS = 3600_000
/** After which a rotation that does not finish is given up. */
export const ABANDON_MS = 24 * HOUR_MS
/** The schedules of the deployment. No secret has one unless its tag says so. */
export const schedules = new Map([
  ['daily', scheduleOf({ cron: '0 3 * * ? *', timezone: 'UTC' })],
  ['twice-a-day', scheduleOf({ cron: '30 2,14 * * ? *', timezone: 'Europe/Berlin' })],
])
const ROTATION_FUNCTION = secretWith({}).rotationFunction ?? ''

export interface Sweeping {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly promised: Promises
  readonly storeFor: (call: Call) => SecretStore
  /** Where a retire function is noted that goes on by itself when the sweep dies. */
  readonly loose: Process[]
  readonly retire: (request: RetireRequest) => Process<RetireResult>
}

/** A pass of the sweep, whose journal `records` outlives it. */
export function sweepProcess(
  { clock, secret, promised, storeFor, loose, retire }: Sweeping,
  records: EvidenceRecord[],
  run: (given: Sweep) => Promise<unknown>,
  options: ProcessOptions,
): Process {
  const now = () => clock.now
  const main = async (call: Call): Promise<unknown> => {
    let seen: SecretDescription | undefined
    const store = storeFor(call)
    const describe = async (secretId: string) => {
      seen = await store.describe(secretId)
      return seen
    }
    const invokeRetire = async (request: RetireRequest): Promise<RetireResult> => {
      const invoked = retire(request)
      await call('Invoke', () => loose.push(invoked))
      loose.splice(loose.indexOf(invoked), 1)
      return invoked.answer(self)
    }
    return run({
      store: { ...store, describe },
      catalog: catalogFor(call, () => seen),
      census: noCensus,
      retirers: new Map([[ROTATION_FUNCTION, invokeRetire]]),
      ...unwatched(now, call),
      watcher: watcherFor(call),
      deployment: {
        ...retirementDefaults,
        drainFloorSeconds: 3600,
        abandonSeconds: ABANDON_MS / 1000,
        schedules,
        freezes: [],
      },
      telemetry: silentTelemetry,
      requestsPerMinute: 60,
      now,
      sleep: async () => {},
      remaining: () => Number.POSITIVE_INFINITY,
    })
  }
  const self: Process = processOf<unknown>(main, options)
  return self

  function catalogFor(call: Call, seen: () => SecretDescription | undefined): SecretCatalog {
    const { note } = promised
    return {
      async *list() {
        yield listed(await call('ListSecrets', secret.describe))
      },
      saveState: (_secretId, state) =>
        call('TagResource', () => {
          secret.tag(STATE_TAG, encodeState(state))
        }),
      requestRotation: (_secretId, token) => {
        const { rotationEnabled = false, tags = new Map(), versions = new Map() } = seen() ?? {}
        if (!rotationEnabled) note(`asked for ${token}, which was cancelled`)
        // What leaked does not wait.
        if (holdOf(tags, [], clock.now) && !isCurrentLeaked({ tags, versions }))
          note(`asked for ${token} on hold`)
        const isNew = !secret.versionIds().includes(token)
        if (isNew && [...versions.values()].flat().includes('DRAINING'))
          note(`asked for ${token}, for which there is no slot`)
        return call('RotateSecret', () => secret.rotate(token))
      },
    }
  }

  /** Proves by the clock, unless a look saw somebody. */
  function watcherFor(call: Call): Watcher {
    const watcher = clockWatcher(now, records, call)
    return {
      ...watcher,
      note: async (secretId, version, look) => {
        await watcher.note(secretId, version, look)
        if ('sightings' in look && look.sightings.length > 0) promised.seen(version, look.sightings)
      },
      prove: async (question) => {
        const proven = await watcher.prove(question)
        const { versionId, from, until } = question
        promised.proven(versionId)
        const at = promised.lastSeen(versionId)
        if (at === undefined || at < from || at > until) return proven
        const sighting = { endpoint: 'db:5432', application: 'reports', address: '', since: '' }
        return { ...proven, lastUse: { at, sighting }, uses: [{ at, sighting }] }
      },
    }
  }
}
