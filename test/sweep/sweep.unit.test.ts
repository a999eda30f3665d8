import { describe, expect, it } from 'vitest'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { RetireRequest, RetireResult } from '../../lambdas/rotation/retire.ts'
import type { SecretDescription, SecretStore } from '../../lambdas/rotation/secret-store.ts'
import type { SecretCatalog } from '../../lambdas/sweep/gather.ts'
import { decodeState, encodeState, STATE_TAG, type SweepState } from '../../lambdas/sweep/state.ts'
import { type Sweep, sweep } from '../../lambdas/sweep/sweep.ts'
import { silentTelemetry } from '../fakes/telemetry.ts'
import { secretWith } from '../rotation/secret.ts'

const NOW = Date.parse('2026-01-04T03:00:00.000Z')
const HOUR_MS = 3_600_000
const OURS = secretWith({}).rotationFunction ?? ''
const replaced = { old: ['AWSPREVIOUS', 'DRAINING'], now: ['AWSCURRENT'] }
const waiting = { now: ['AWSCURRENT'], next: ['AWSPENDING'] }
const drained: SweepState = { drain: { version: 'old', since: NOW - 25 * HOUR_MS } }

const tagged = (state: SweepState) => ({ tags: new Map([[STATE_TAG, encodeState(state)]]) })

type Answer = (request: RetireRequest) => Promise<RetireResult>
const retired: Answer = async () => ({ outcome: 'retired' })

/** Sweeps these secrets once and tells what was done, in order. */
async function swept(
  secrets: Readonly<Record<string, SecretDescription | Error>>,
  { retire = retired, ...different }: Partial<Sweep> & { retire?: Answer; created?: Map<string, Date> } = {},
) {
  const done: string[] = []
  const retirer: Answer = (request) => {
    done.push(`${request.action} ${request.versionId}${request.evenIfUsed ? ' even if used' : ''}`)
    return retire(request)
  }
  const unused = () => Promise.reject(new Error('the sweep has no business here'))
  const store: SecretStore = {
    describe: async (secretId) => {
      const secret = secrets[secretId]
      if (secret instanceof Error || secret === undefined) throw secret
      return { ...secret, arn: secretId }
    },
    read: unused,
    write: unused,
    createdDates: async () => different.created ?? new Map(),
    moveLabel: async (_secretId, label, { from, to }) => {
      done.push(`${label} from ${from ?? 'nowhere'} to ${to ?? 'nowhere'}`)
    },
  }
  const saved: SweepState[] = []
  const catalog: SecretCatalog = {
    async *nominees() {
      for (const secretId of Object.keys(secrets)) yield { secretId, rotationFunction: OURS }
    },
    saveState: async (_secretId, state) => {
      done.push('save')
      saved.push(decodeState(encodeState(state)))
    },
    requestRotation: async () => {
      done.push('rotate')
    },
  }
  const pass = await sweep({
    store,
    catalog,
    retirers: new Map([[OURS, retirer]]),
    deployment: { drainFloorSeconds: 3600, abandonSeconds: 24 * 3600 },
    telemetry: silentTelemetry,
    now: () => NOW,
    remaining: () => 900_000,
    ...different,
  })
  return { pass, done, saved }
}

describe('a pass of the sweep', () => {
  it('starts the clock of a version at its own first sight', async () => {
    const { done, saved } = await swept({ a: secretWith(replaced) })
    expect(done).toEqual(['save'])
    expect(saved).toEqual([{ drain: { version: 'old', since: NOW } }])
  })

  it('keeps what it knew of the waiting rotation when it starts a drain, and the other way round', async () => {
    const pending = { version: 'next', since: NOW - 1 }
    const first = await swept({ a: secretWith({ ...replaced, next: ['AWSPENDING'] }, tagged({ pending })) })
    expect(first.saved).toEqual([{ drain: { version: 'old', since: NOW }, pending }])
    const drain = { version: 'old', since: NOW - 1 }
    const second = await swept({ a: secretWith({ ...replaced, next: ['AWSPENDING'] }, tagged({ drain })) })
    expect(second.saved).toEqual([{ drain, pending: { version: 'next', since: NOW } }])
  })

  it('retires what has drained, and forgets its clock', async () => {
    const { done, saved } = await swept({ a: secretWith(replaced, tagged(drained)) })
    expect(done).toEqual(['disable old', 'save'])
    expect(saved).toEqual([{}])
  })

  it('resumes the rotation that waited for the slot', async () => {
    const secret = secretWith(
      { ...replaced, next: ['AWSPENDING'] },
      tagged({ ...drained, pending: { version: 'next', since: NOW } }),
    )
    const { done, saved } = await swept({ a: secret })
    expect(done).toEqual(['disable old', 'save', 'rotate'])
    expect(saved).toEqual([{ pending: { version: 'next', since: NOW } }])
  })

  it('does not turn a cancelled rotation on again', async () => {
    const secret = secretWith(
      { ...replaced, next: ['AWSPENDING'] },
      { ...tagged({ ...drained, pending: { version: 'next', since: NOW } }), rotationEnabled: false },
    )
    expect((await swept({ a: secret })).done).toEqual(['disable old', 'save'])
  })

  it('notes when a version was last seen in use, and lets its drain go on', async () => {
    const { pass, saved, done } = await swept(
      { a: secretWith(replaced, tagged(drained)) },
      { retire: () => Promise.reject(new OverlapError('STILL_USED', 'reports')) },
    )
    expect(pass).toEqual({ seen: 1, failed: 1, cut: false })
    expect(done).toEqual(['disable old', 'save'])
    expect(saved).toEqual([{ drain: { version: 'old', since: NOW - 25 * HOUR_MS, seen: NOW } }])
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

  it('lets the waiting rotation put the label right when it has taken the slot', async () => {
    const secret = secretWith(
      { ...replaced, next: ['AWSPENDING'] },
      tagged({ ...drained, pending: { version: 'next', since: NOW } }),
    )
    const inUse = () => Promise.reject(new OverlapError('PRINCIPAL_IN_USE', 'x'))
    expect((await swept({ a: secret }, { retire: inUse })).done).toEqual(['disable old', 'rotate'])
  })

  it('moves DRAINING from AWSCURRENT to where it belongs', async () => {
    const rolledBack = secretWith({ old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] })
    expect((await swept({ a: rolledBack })).done).toEqual(['DRAINING from old to bad'])
  })

  it('stops the clock of a version that is AWSCURRENT again', async () => {
    const rolledBack = secretWith({ old: ['AWSCURRENT', 'DRAINING'], bad: ['AWSPREVIOUS'] }, tagged(drained))
    const { done, saved } = await swept({ a: rolledBack })
    expect([done, saved]).toEqual([['save'], [{}]])
  })

  it('takes AWSPENDING away from a rotation that was overtaken', async () => {
    const created = new Map([
      ['next', new Date(1)],
      ['now', new Date(2)],
    ])
    const secret = secretWith(waiting, tagged({ pending: { version: 'next', since: NOW } }))
    expect((await swept({ a: secret }, { created })).done).toEqual(['AWSPENDING from next to nowhere'])
  })

  it.each([
    { what: 'is empty', empty: true, outcome: ['peek next', 'AWSPENDING from next to nowhere'] },
    { what: 'has a value', empty: false, outcome: ['peek next', 'rotate'] },
  ])('asks about a rotation that is a day old, and when it $what: $outcome', async ({ empty, outcome }) => {
    const secret = secretWith(waiting, tagged({ pending: { version: 'next', since: NOW - 24 * HOUR_MS } }))
    expect((await swept({ a: secret }, { retire: async () => ({ outcome: 'peeked', empty }) })).done).toEqual(
      outcome,
    )
  })

  it('asks for no value and no peek while a rotation is young', async () => {
    const secret = secretWith(waiting, tagged({ pending: { version: 'next', since: NOW - HOUR_MS } }))
    expect((await swept({ a: secret })).done).toEqual(['rotate'])
  })

  it('goes on to the next secret when one fails', async () => {
    const { pass, done } = await swept({
      a: new OverlapError('SECRETS_MANAGER_FAILED', 'x'),
      b: secretWith(replaced, { tags: new Map([['overlap:drain', 'soon']]) }),
      c: secretWith(replaced, tagged(drained)),
    })
    expect(pass).toEqual({ seen: 3, failed: 2, cut: false })
    expect(done).toEqual(['disable old', 'save'])
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
    const { pass, done } = await swept(
      { a: secretWith(replaced, tagged(drained)), b: secretWith(replaced, tagged(drained)) },
      { remaining: () => left.shift() ?? 0 },
    )
    expect(pass).toEqual({ seen: 1, failed: 0, cut: true })
    expect(done).toEqual(['disable old', 'save'])
  })

  it('never reads a value: its store has none to give', async () => {
    const { pass } = await swept({
      a: secretWith(replaced),
      b: secretWith(replaced, tagged(drained)),
      c: secretWith(waiting),
      d: secretWith({ old: ['AWSCURRENT', 'DRAINING'] }),
    })
    expect(pass).toEqual({ seen: 4, failed: 0, cut: false })
  })
})
