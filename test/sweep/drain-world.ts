import type { EvidenceRecord } from '../../lambdas/evidence/record.ts'
import type { Watcher } from '../../lambdas/evidence/watcher.ts'
import { acknowledging } from '../../lambdas/rollout/acknowledged.ts'
import type { AskRollout, Progress } from '../../lambdas/rollout/rollout.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import { type SweepMemory, sweepMemory } from '../../lambdas/sweep/memory.ts'
import { encodeState, STATE_TAG, stateOf } from '../../lambdas/sweep/state.ts'
import { type Sweep, sweep } from '../../lambdas/sweep/sweep.ts'
import { noCensus } from '../fakes/census.ts'
import { type Call, type Process, processOf, type Strike } from '../fakes/process.ts'
import { type FakeSecret, fakeSecret } from '../fakes/secret.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { secretWith } from '../rotation/secret.ts'
import { listed } from './listed.ts'
import { nobody, retirementDefaults } from './watched.ts'

export const MINUTE_MS = 60_000
export const DRAIN_MS = 120 * MINUTE_MS
export const QUARANTINE_MS = 90 * MINUTE_MS
const SAMPLE_MS = retirementDefaults.sampleEverySeconds * 1000

/** A guard of the sweep taken away, to see an invariant fail without it. */
export interface Laxity {
  readonly watcher?: (watcher: Watcher) => Watcher
  readonly rollout?: (rollout: AskRollout) => AskRollout
  readonly retire?: (
    retire: (request: RetireRequest) => Promise<RetireResult>,
  ) => (request: RetireRequest) => Promise<RetireResult>
}

interface Slot {
  state: 'live' | 'disabled' | 'free'
  at: number
}

/**
 * One secret of which a version was replaced, its server and whoever uses that, as the sweep sees them: a retire function of one step for each request. What must
 * hold after every call of any sweep:
 *
 * - nothing is disabled that is AWSCURRENT, on hold, in mode observe, or before it went unused for its drain, as far as looks and the log of logins show, with every
 *   declared consumer on the new version and as much known as the policy asks for
 * - nothing is removed before its quarantine is over, or while the log shows a login that was refused
 */
export interface DrainWorld {
  readonly clock: { now: number }
  readonly secret: FakeSecret
  readonly violations: string[]
  readonly consumer: { state: Progress['state'] }
  readonly sessions: { open: boolean }
  /** Who logs in for a moment with what drains. */
  use(): void
  /** The version before this one becomes AWSCURRENT again. */
  rollBack(): void
  acknowledge(): void
  coldStart(): void
  sweep(strike?: Strike): Process
  /** Is there a credential that consumers need and that does not work, though a sweep could know by now? */
  owed(): string[]
}

export function drainWorld(laxity: Laxity = {}): DrainWorld {
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const now = () => clock.now
  const secret = fakeSecret(now, [
    [['AWSCURRENT', 'DRAINING'], 'one'],
    [['AWSCURRENT'], 'two'],
  ])
  secret.tag('overlap:drain', `${DRAIN_MS / MINUTE_MS}m`)
  secret.tag('overlap:quarantine', `${QUARANTINE_MS / MINUTE_MS}m`)
  secret.tag('overlap:mode', 'enforce')
  const violations: string[] = []
  const note = (what: string) => violations.push(`${new Date(clock.now).toISOString()} ${what}`)
  const consumer: DrainWorld['consumer'] = { state: 'absent' }
  const sessions = { open: false }
  const slots = new Map<string, Slot>(secret.versionIds().map((id) => [id, { state: 'live', at: clock.now }]))
  const records: EvidenceRecord[] = []
  const logins: { readonly version: string; readonly at: number; readonly refused: boolean }[] = []
  let memory: SweepMemory = sweepMemory()
  let replacedAt = clock.now

  const tag = (name: string) => secret.describe().tags.get(name)
  const slot = (version: string): Slot => slots.get(version) ?? { state: 'free', at: 0 }
  const isLogged = () => tag('overlap:login-log') !== undefined
  const set = (version: string, state: Slot['state']) => slots.set(version, { state, at: clock.now })
  const labelsOf = (version: string) => secret.describe().versions.get(version) ?? []

  const judgeDisabling = (version: string, provedAt: number) => {
    const since = clock.now - DRAIN_MS
    const known = (at: number) => at > since && at <= provedAt
    if (labelsOf(version).includes('AWSCURRENT')) note('disabled what is AWSCURRENT')
    if (tag('overlap:hold') !== undefined) note('disabled on hold')
    if (tag('overlap:mode') !== 'enforce') note('disabled what is only observed')
    if (replacedAt > since) note('disabled before its drain')
    if (tag('overlap:consumers') !== undefined && consumer.state !== 'done')
      note('disabled before its consumers')
    const looks = records.filter(
      (one) => one.event === 'sample' && one.version === version && one.sightings.length > 0,
    )
    if (looks.some(({ at }) => known(Date.parse(at)))) note('disabled what a look saw in use')
    if (isLogged() && logins.some((one) => one.version === version && known(one.at)))
      note('disabled what the log shows in use')
    if (tag('overlap:evidence') === 'logged' && !isLogged()) note('disabled by less than is asked for')
  }
  const judgeRemoval = (version: string) => {
    const { state, at } = slot(version)
    if (state === 'disabled' && clock.now - at < QUARANTINE_MS) note('removed before its quarantine')
    const isRefused = (one: (typeof logins)[number]) => one.version === version && one.at > at + 1000
    if (state === 'disabled' && isLogged() && logins.some(isRefused)) note('removed what somebody needs')
  }

  const retireFor = (call: Call, provedAt: () => number) => (request: RetireRequest) =>
    call(request.action, (): RetireResult => {
      const { action, versionId, unchangedSince = Number.POSITIVE_INFINITY } = request
      const { state } = slot(versionId)
      const label = action === 'restore' ? 'AWSCURRENT' : 'DRAINING'
      if (!labelsOf(versionId).includes(label))
        throw new OverlapError('LABELS_MOVED', `${versionId} is not ${label}`)
      const isUsed = sessions.open && state === 'live'
      switch (action) {
        case 'inspect': {
          const sighting = { endpoint: 'db:5432', application: 'reports', address: '', since: '' }
          return { outcome: 'inspected', ...nobody, sightings: isUsed ? [sighting] : [] }
        }
        case 'disable': {
          if (labelsOf(versionId).includes('AWSCURRENT'))
            throw new OverlapError('PRINCIPAL_IN_USE', versionId)
          if (state !== 'live') return { outcome: 'disabled' }
          if (isUsed) throw new OverlapError('STILL_USED', 'reports')
          if ((secret.describe().lastChanged?.getTime() ?? 0) > unchangedSince)
            throw new OverlapError('DRAIN_IN_PROGRESS', 'changed')
          judgeDisabling(versionId, provedAt())
          set(versionId, 'disabled')
          return { outcome: 'disabled' }
        }
        case 'remove':
          if (state === 'live') throw new OverlapError('STILL_USED', 'it is live')
          judgeRemoval(versionId)
          set(versionId, 'free')
          secret.moveLabel('DRAINING', { from: versionId })
          return { outcome: 'removed' }
        case 'enable':
          if (state !== 'disabled') return { outcome: 'nothing' }
          set(versionId, 'live')
          return { outcome: 'enabled' }
        default:
          if (state === 'live') return { outcome: 'nothing' }
          set(versionId, 'live')
          return { outcome: 'restored' }
      }
    })

  const iso = (ms: number) => new Date(ms).toISOString()
  const watcherFor = (call: Call, onProve: () => void): Watcher => ({
    note: (secretId, version, look) =>
      call('note', () => {
        const sightings = 'unknown' in look ? [] : look.sightings
        records.push({ v: 1, event: 'sample', secret: secretId, version, at: iso(clock.now), sightings })
      }),
    prove: ({ versionId, from, until, consumers }) =>
      call('prove', () => {
        onProve()
        const within = (at: number) => at > from && at <= until
        const seen = records.flatMap((one) =>
          one.event === 'sample' && one.version === versionId && one.sightings.length > 0
            ? Date.parse(one.at)
            : [],
        )
        const logged = isLogged() ? logins.filter((one) => one.version === versionId).map(({ at }) => at) : []
        const uses = [...seen, ...logged].filter(within)
        const sighting = { endpoint: 'db:5432', application: 'reports', address: '', since: '' }
        const lastUse = uses.length === 0 ? undefined : { at: Math.max(...uses), sighting }
        return {
          proof: {
            rung: isLogged() ? 'a' : consumers.length > 0 ? 'b' : 'd',
            from: iso(from),
            until: iso(until),
            samples: 1,
            gaps: [],
            consumers,
            missing: [],
          },
          lastUse,
          uses: lastUse === undefined ? [] : [lastUse],
        }
      }),
    disabling: (_secretId, version) =>
      call('read the journal', () =>
        records
          .flatMap((one) => (one.event === 'disabled' && one.version === version ? one.proof : []))
          .at(-1),
      ),
    accepted: async () => ({ names: [], addresses: [] }),
    refused: ({ versionId, from, until }) =>
      call('read the log', () => {
        if (!isLogged()) return undefined
        return logins
          .filter(({ version, at }) => version === versionId && at > from && at <= until)
          .map(
            ({ at }) =>
              ({ principal: 'a', at, outcome: 'refused', address: '', application: 'etl' }) as const,
          )
      }),
    record: (record) =>
      call('record', () => {
        records.push(record)
      }),
  })
  const rolloutFor =
    (call: Call): AskRollout =>
    ({ action }) =>
      call(action, () => {
        if (consumer.state === 'absent' && action === 'advance') consumer.state = 'running'
        return { state: consumer.state }
      })

  const sweepProcess = (strike?: Strike): Process => {
    const remembered = memory
    const main = (call: Call) => {
      let provedAt = 0
      const given: Sweep = {
        store: secret.storeFor(call),
        catalog: {
          async *list() {
            yield listed(await call('ListSecrets', secret.describe))
          },
          saveState: (_arn, state) => call('TagResource', () => secret.tag(STATE_TAG, encodeState(state))),
          requestRotation: () =>
            call('RotateSecret', () => {
              note('asked for a rotation that nobody wants')
            }),
        },
        census: noCensus,
        retirers: new Map([
          [secretWith({}).rotationFunction ?? '', (laxity.retire ?? same)(retireFor(call, () => provedAt))],
        ]),
        rollouts: () => (laxity.rollout ?? same)(rolloutFor(call)),
        watcher: (laxity.watcher ?? same)(
          watcherFor(call, () => {
            provedAt = clock.now
          }),
        ),
        memory: remembered,
        deployment: {
          ...retirementDefaults,
          drainFloorSeconds: 3600,
          abandonSeconds: 86_400,
          schedules: new Map(),
          freezes: [],
        },
        telemetry: silentTelemetry,
        requestsPerMinute: 60,
        now,
        sleep: async () => {},
        remaining: () => Number.POSITIVE_INFINITY,
      }
      return sweep(given)
    }
    const after = () => {
      clock.now += 1
    }
    return processOf<unknown>(main, { after, ...(strike === undefined ? {} : { strike }) })
  }

  return {
    clock,
    secret,
    violations,
    consumer,
    sessions,
    use() {
      const version = secret.holder('DRAINING')
      if (version === undefined) return
      logins.push({ version, at: clock.now, refused: slot(version).state !== 'live' })
      clock.now += 1
    },
    rollBack() {
      const [from, to] = [secret.holder('AWSCURRENT'), secret.holder('AWSPREVIOUS')]
      if (from === undefined || to === undefined) return
      secret.moveLabel('AWSCURRENT', { from, to })
      replacedAt = clock.now
      consumer.state = 'absent'
      clock.now += 1
    },
    acknowledge() {
      const current = secret.holder('AWSCURRENT') ?? ''
      const { drain } = stateOf(secret.describe(), clock.now)
      const since = drain?.version === current ? undefined : drain?.since
      secret.tag('overlap:acknowledged', acknowledging(current, since, ['event:etl']))
    },
    coldStart: () => {
      memory = sweepMemory()
    },
    sweep: sweepProcess,
    owed() {
      const [current, draining] = [secret.holder('AWSCURRENT') ?? '', secret.holder('DRAINING')]
      const found = slot(current).state === 'live' ? [] : ['AWSCURRENT does not work']
      if (draining === undefined || !isLogged() || slot(draining).state !== 'disabled') return found
      const { at } = slot(draining)
      const isOwed = logins.some(
        (one) => one.version === draining && one.at > at + 1000 && one.at <= clock.now - SAMPLE_MS,
      )
      return isOwed ? [...found, 'a login was refused, and nobody has enabled it'] : found
    },
  }
}

const same = <T>(given: T): T => given
