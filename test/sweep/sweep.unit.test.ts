import { describe, expect, it, vi } from 'vitest'
import { type ErrorCode, OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire-request.ts'
import type { SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import type { Deployment } from '../../lambdas/sweep/sight.ts'
import { encodeState, STATE_TAG, type SweepState, stateOf } from '../../lambdas/sweep/state.ts'
import { type Sweep, sweep } from '../../lambdas/sweep/sweep.ts'
import type { SecretCatalog } from '../../lambdas/sweep/visiting.ts'
import { noCensus } from '../fakes/census.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { secretWith } from '../rotation/secret.ts'
import { listed } from './listed.ts'
import { nobody, retirementDefaults, unwatched } from './watched.ts'

const NOW = Date.parse('2026-01-04T03:00:00.000Z')
const HOUR_MS = 3_600_000
const OURS = secretWith({}).rotationFunction ?? ''
const replaced = { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }
const waiting = { now: ['AWSCURRENT'], next: ['AWSPENDING'] }
const drained: SweepState = { drain: { version: 'old', since: NOW - 25 * HOUR_MS } }

const deployment: Deployment = {
  ...retirementDefaults,
  drainFloorSeconds: 3600,
  abandonSeconds: 24 * 3600,
  schedules: new Map(),
  freezes: [],
}

const tagged = (state: SweepState) => ({ tags: new Map([[STATE_TAG, encodeState(state)]]) })

type Answer = (request: RetireRequest) => Promise<RetireResult>
const retired: Answer = async ({ action }) => {
  switch (action) {
    case 'inspect':
      return { outcome: 'inspected', ...nobody }
    case 'disable':
      return { outcome: 'disabled' }
    case 'remove':
      return { outcome: 'removed' }
    case 'peek':
      return { outcome: 'dispensable' }
    default:
      return { outcome: 'nothing' }
  }
}

/** Sweeps these secrets once and tells what was done, in order. */
async function swept(
  secrets: Readonly<Record<string, SecretDescription | Error>>,
  {
    retire = retired,
    ...different
  }: Partial<Sweep> & {
    retire?: Answer
    created?: Map<string, Date>
    moveLabel?: SecretStore['moveLabel']
  } = {},
) {
  const done: string[] = []
  const retirer: Answer = (request) => {
    // A look changes nothing, and is remembered elsewhere.
    if (request.action === 'inspect') return retired(request)
    done.push(`${request.action} ${request.versionId}${request.evenIfUsed ? ' even if used' : ''}`)
    return retire(request)
  }
  const unused = () => Promise.reject(new Error('the sweep has no business here'))
  const store: SecretStore = {
    describe: async (secretId) => {
      const secret = secrets[secretId]
      if (secret instanceof Error || secret === undefined) throw secret
      return { ...secret, arn: secretId, tags: new Map([['overlap:mode', 'enforce'], ...secret.tags]) }
    },
    read: unused,
    write: unused,
    createdDates: async () => different.created ?? new Map(),
    moveLabel:
      different.moveLabel ??
      (async (_secretId, label, { from, to }) => {
        done.push(`${label} from ${from ?? 'nowhere'} to ${to ?? 'nowhere'}`)
      }),
  }
  const saved: SweepState[] = []
  const catalog: SecretCatalog = {
    async *list() {
      for (const [arn, secret] of Object.entries(secrets))
        yield listed(
          secret instanceof Error
            ? secretWith(replaced, { arn })
            : { ...secret, arn, rotationFunction: OURS, deleted: false },
        )
    },
    saveState: async (secretId, state) => {
      done.push('save')
      const { versions = new Map() } = secrets[secretId] as SecretDescription
      saved.push(stateOf({ versions, tags: new Map([[STATE_TAG, encodeState(state)]]) }, NOW))
    },
    requestRotation: async (_secretId, token) => {
      done.push(`rotate ${token}`)
    },
  }
  const pass = await sweep({
    store,
    catalog,
    retirers: new Map([[OURS, retirer]]),
    ...unwatched(() => NOW),
    census: noCensus,
    deployment,
    telemetry: silentTelemetry,
    requestsPerMinute: 60,
    now: () => NOW,
    sleep: async () => {},
    remaining: () => 900_000,
    ...different,
  })
  return { pass, done, saved }
}

describe('a pass of the sweep', () => {
  it('starts the clock of a version at its own first sight', async () => {
    const { done, saved } = await swept({ a: secretWith(replaced, { lastRotated: new Date(NOW - 1) }) })
    expect(done).toEqual(['save'])
    expect(saved).toEqual([{ drain: { version: 'old', since: NOW } }])
  })

  it('keeps what it knew of the waiting rotation when it starts a drain, and the other way round', async () => {
    const pending = { version: 'next', since: NOW - 1000 }
    const first = await swept({ a: secretWith({ ...replaced, next: ['AWSPENDING'] }, tagged({ pending })) })
    expect(first.saved).toEqual([{ drain: { version: 'old', since: NOW }, pending }])
    const drain = { version: 'old', since: NOW - 1000 }
    const second = await swept({ a: secretWith({ ...replaced, next: ['AWSPENDING'] }, tagged({ drain })) })
    expect(second.saved).toEqual([{ drain, pending: { version: 'next', since: NOW } }])
  })

  it('retires what has drained, and remembers which version that was', async () => {
    const { done, saved } = await swept({ a: secretWith(replaced, tagged(drained)) })
    expect([done, saved]).toEqual([['disable old', 'save'], [{ drain: { ...drained.drain, off: NOW } }]])
  })

  it('frees the slot when the quarantine is over', async () => {
    const drain = { version: 'old', since: NOW - 99 * HOUR_MS, off: NOW - 48 * HOUR_MS }
    expect((await swept({ a: secretWith(replaced, tagged({ drain })) })).done).toEqual(['remove old'])
    const later = { ...drain, off: drain.off + 1000 }
    expect((await swept({ a: secretWith(replaced, tagged({ drain: later })) })).done).toEqual([])
  })

  it('keeps the plan of a secret of which it stops the clock of a version', async () => {
    const plan = { digest: '0a1b2c3d', from: 1000 }
    const versions = { old: ['AWSCURRENT'], bad: ['AWSPREVIOUS'] }
    const { saved } = await swept({ a: secretWith(versions, tagged({ ...drained, plan })) })
    expect(saved).toEqual([{ plan }])
  })

  const quarantined = { drain: { version: 'old', since: NOW - 99 * HOUR_MS, off: NOW - 48 * HOUR_MS } }
  const behindQuarantine = secretWith(
    { ...replaced, next: ['AWSPENDING'] },
    tagged({ ...quarantined, pending: { version: 'next', since: NOW } }),
  )

  it('resumes the rotation that waited for the slot', async () => {
    expect((await swept({ a: behindQuarantine })).done).toEqual(['remove old', 'rotate next'])
  })

  it('does not turn a cancelled rotation on again', async () => {
    const cancelled = { ...behindQuarantine, rotationEnabled: false }
    expect((await swept({ a: cancelled })).done).toEqual(['remove old'])
  })

  it('begins the quiet time anew when a version turns out to be in use', async () => {
    const { pass, done, saved } = await swept(
      { a: secretWith(replaced, tagged(drained)) },
      { retire: () => Promise.reject(new OverlapError('STILL_USED', 'reports')) },
    )
    expect(pass).toEqual({ seen: 1, failed: 1, overdue: 0, news: 0, stuck: 0, stuckNews: 0, left: 0 })
    expect([done, saved]).toEqual([['disable old', 'save'], [{ drain: { ...drained.drain, seen: NOW } }]])
  })

  it('tells the retire function since when the secret must not have been changed, except for a swap, which is over at once', async () => {
    const requests: RetireRequest[] = []
    const retire: Answer = async (request) => {
      requests.push(request)
      return retired(request)
    }
    await swept({ a: secretWith(replaced, tagged(drained)) }, { retire })
    const { done } = await swept(
      { a: secretWith(replaced, { tags: new Map([['overlap:drain', '0s']]) }) },
      { retire, deployment: { ...deployment, drainFloorSeconds: 0, abandonSeconds: 1 } },
    )
    expect(requests.map(({ action, unchangedSince }) => [action, unchangedSince])).toEqual([
      ['disable', NOW - 24 * HOUR_MS],
      ['disable', undefined],
      ['remove', undefined],
    ])
    expect(done).toEqual(['disable old even if used', 'save', 'remove old'])
  })

  it.each(['UNREACHABLE', 'LOCK_TIMEOUT', 'UNEXPECTED'] as const)(
    'changes nothing when the retire function answers %s: unknown is not retired',
    async (code) => {
      const { done, pass } = await swept(
        { a: secretWith(replaced, tagged(drained)) },
        { retire: () => Promise.reject(new OverlapError(code, 'x')) },
      )
      expect(done).toEqual(['disable old'])
      expect(pass.failed).toBe(1)
    },
  )

  const behindDrain = (waitedMs: number) =>
    secretWith(
      { ...replaced, next: ['AWSPENDING'] },
      tagged({ ...drained, pending: { version: 'next', since: NOW - waitedMs } }),
    )
  const failing =
    (code: ErrorCode): Answer =>
    async ({ action }) => {
      if (action === 'peek') return { outcome: 'dispensable' }
      throw new OverlapError(code, 'x')
    }

  it.each([
    { code: 'PRINCIPAL_IN_USE', waitedMs: HOUR_MS, done: ['disable old', 'rotate next'] },
    { code: 'CURRENT_REFUSED', waitedMs: HOUR_MS, done: ['disable old', 'rotate next'] },
    {
      code: 'CURRENT_REFUSED',
      waitedMs: 24 * HOUR_MS,
      done: ['peek next', 'disable old', 'AWSPENDING from next to nowhere'],
    },
    { code: 'CURRENT_REFUSED', waitedMs: 1, done: ['disable old'] },
    { code: 'STILL_USED', waitedMs: HOUR_MS, done: ['disable old', 'save'] },
  ] as const)(
    'helps the rotation that waits $waitedMs ms behind a retirement that fails with $code: $done',
    async ({ code, waitedMs, done }) => {
      const swept1 = await swept({ a: behindDrain(waitedMs) }, { retire: failing(code) })
      expect([swept1.done, swept1.pass.failed]).toEqual([done, 1])
    },
  )

  it('says why the retirement failed, also when the help fails', async () => {
    const error = vi.spyOn(silentTelemetry.logger, 'error')
    await swept(
      { a: behindDrain(24 * HOUR_MS) },
      { retire: failing('CURRENT_REFUSED'), moveLabel: () => Promise.reject(new Error('help failed')) },
    )
    expect(error.mock.calls.at(-1)?.[1]).toMatchObject({ reason: 'CURRENT_REFUSED' })
    error.mockRestore()
  })

  it('moves DRAINING from AWSCURRENT to where it belongs, once AWSCURRENT works again', async () => {
    const rolledBack = secretWith({ old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] })
    expect((await swept({ a: rolledBack })).done).toEqual(['restore old', 'DRAINING from old to bad'])
  })

  it('stops the clock of a version that is AWSCURRENT again, once that works again', async () => {
    const rolledBack = secretWith({ old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] }, tagged(drained))
    const { done, saved } = await swept({ a: rolledBack })
    expect([done, saved]).toEqual([['restore old', 'save'], [{}]])
  })

  it.each([
    { age: HOUR_MS, done: ['restore old', 'rotate next'] },
    { age: 1, done: [] },
  ])(
    'makes AWSCURRENT work, where it was going to drain, before it helps a rotation of $age ms: $done',
    async ({ age, done }) => {
      const pending = { version: 'next', since: NOW - age }
      const pinned = { old: ['AWSCURRENT', 'DRAINING'], next: ['AWSPENDING'] }
      expect((await swept({ a: secretWith(pinned, tagged({ pending })) })).done).toEqual(done)
    },
  )

  it.each([{ state: {} }, { state: drained }])(
    'leaves everything for the next pass when AWSCURRENT could not be restored (%o)',
    async ({ state }) => {
      const rolledBack = secretWith({ old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] }, tagged(state))
      const { done } = await swept({ a: rolledBack }, { retire: failing('UNREACHABLE') })
      expect(done).toEqual(['restore old'])
    },
  )

  it('takes AWSPENDING away from a rotation that was overtaken', async () => {
    const created = new Map([
      ['next', new Date(1)],
      ['now', new Date(2)],
    ])
    const overtaken = (age: number) =>
      swept(
        { a: secretWith(waiting, tagged({ pending: { version: 'next', since: NOW - age } })) },
        { created, retire },
      )
    let retire: Answer = async () => ({ outcome: 'dispensable' })
    expect((await overtaken(0)).done).toEqual(['peek next', 'AWSPENDING from next to nowhere'])
    // Its value is the one that works: somebody has to publish it, and the rotation function says so again.
    retire = () => Promise.reject(new OverlapError('CURRENT_REFUSED', 'x'))
    expect((await overtaken(0)).done).toEqual(['peek next'])
    expect((await overtaken(HOUR_MS)).done).toEqual(['peek next', 'rotate next'])
  })

  it('asks about a rotation that was cancelled and waits: nobody else finds out whether AWSCURRENT works', async () => {
    const cancelled = (age: number) =>
      secretWith(waiting, {
        ...tagged({ pending: { version: 'next', since: NOW - age } }),
        rotationEnabled: false,
      })
    expect((await swept({ a: cancelled(HOUR_MS) })).done).toEqual(['peek next'])
    expect((await swept({ a: cancelled(1) })).done).toEqual([])
  })

  const dayOld = secretWith(waiting, tagged({ pending: { version: 'next', since: NOW - 24 * HOUR_MS } }))
  const refusing = (code: ErrorCode) => () => Promise.reject(new OverlapError(code, 'x'))
  it.each([
    {
      what: 'can be given up',
      retire: async () => ({ outcome: 'dispensable' }) as const,
      outcome: ['peek next', 'AWSPENDING from next to nowhere'],
    },
    { what: 'cannot', retire: refusing('CURRENT_REFUSED'), outcome: ['peek next', 'rotate next'] },
    {
      what: 'is not known to be anything',
      retire: refusing('SECRET_INVALID'),
      outcome: ['peek next', 'rotate next'],
    },
  ])('asks about a rotation that is a day old, and when it $what: $outcome', async ({ retire, outcome }) => {
    expect((await swept({ a: dayOld }, { retire })).done).toEqual(outcome)
  })

  it('asks for no value and no peek while a rotation is young', async () => {
    const secret = secretWith(waiting, tagged({ pending: { version: 'next', since: NOW - HOUR_MS } }))
    expect((await swept({ a: secret })).done).toEqual(['rotate next'])
  })

  it('goes on to the next secret when one fails', async () => {
    const { pass, done } = await swept({
      a: new OverlapError('SECRETS_MANAGER_FAILED', 'x'),
      b: secretWith(replaced, { tags: new Map([['overlap:drain', 'soon']]) }),
      c: secretWith(replaced, tagged(drained)),
    })
    expect(pass).toEqual({ seen: 3, failed: 2, overdue: 0, news: 0, stuck: 0, stuckNews: 0, left: 0 })
    // Of the one whose tag cannot be read, what was cut off is put back.
    expect(done).toEqual(['disable old', 'save', 'enable old'])
  })

  it.each([
    { what: 'belongs to another deployment by now', different: { rotationFunction: 'arn:theirs' } },
    { what: 'has no rotation function any more', different: { rotationFunction: undefined } },
    { what: 'is scheduled for deletion', different: { deleted: true } },
  ])('leaves a secret alone that $what: the listing was late', async ({ different }) => {
    const { done, pass } = await swept({ a: secretWith(replaced, { ...tagged(drained), ...different }) })
    expect([done, pass.failed]).toEqual([[], 0])
  })

  it('begins no secret that it has no time to finish, and says so', async () => {
    const left = [20_000, 14_999]
    const warn = vi.spyOn(silentTelemetry.logger, 'warn')
    const { pass, done } = await swept(
      { a: secretWith(replaced, tagged(drained)), b: secretWith(replaced, tagged(drained)) },
      { remaining: () => left.shift() ?? 0 },
    )
    expect(pass).toEqual({ seen: 1, failed: 0, overdue: 0, news: 0, stuck: 0, stuckNews: 0, left: 1 })
    expect(done).toEqual(['disable old', 'save'])
    expect(warn.mock.calls).toEqual([[expect.stringContaining('cut'), pass]])
    warn.mockRestore()
  })

  it.each([1, 5, 7, 15])(
    'visits every secret in turn when each of 30 takes a tenth of a pass, every %i minutes',
    async (minutes) => {
      const secrets = Object.fromEntries(
        Array.from({ length: 30 }, (_, n) => [`${n}`, secretWith(replaced, tagged(drained))]),
      )
      const visits = new Map<string, number>()
      const retire: Answer = async ({ secretId }) => {
        visits.set(secretId, (visits.get(secretId) ?? 0) + 1)
        throw new OverlapError('UNREACHABLE', 'a sick server')
      }
      for (let pass = 0; pass < 60; pass++) {
        const end = [...visits.values()].reduce((sum, each) => sum + each, 0) + 10
        await swept(secrets, {
          retire,
          now: () => NOW + pass * minutes * 60_000,
          remaining: () => ([...visits.values()].reduce((sum, each) => sum + each, 0) < end ? 900_000 : 0),
        })
      }
      expect(visits.size).toBe(30)
      expect(Math.min(...visits.values())).toBeGreaterThanOrEqual(10)
    },
  )

  it('never reads a value: its store has none to give', async () => {
    const { pass } = await swept({
      a: secretWith(replaced),
      b: secretWith(replaced, tagged(drained)),
      c: secretWith(waiting),
      d: secretWith({ old: ['AWSCURRENT', 'DRAINING'] }),
    })
    expect(pass).toEqual({ seen: 4, failed: 0, overdue: 0, news: 0, stuck: 0, stuckNews: 0, left: 0 })
  })
})
