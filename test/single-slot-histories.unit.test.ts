import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rotate } from '../lambdas/rotation/engine.ts'
import { isDeferred, OverlapError } from '../lambdas/rotation/errors.ts'
import { type Step, steps } from '../lambdas/rotation/event.ts'
import { lineage } from '../lambdas/rotation/lineage.ts'
import { retire } from '../lambdas/rotation/retire.ts'
import type { RetireRequest } from '../lambdas/rotation/retire-request.ts'
import type { Label, SecretStore } from '../lambdas/rotation/secret-store.ts'
import { severityOf } from '../lambdas/rotation/severity.ts'
import { encodeState, STATE_TAG } from '../lambdas/sweep/state.ts'
import { sweep } from '../lambdas/sweep/sweep.ts'
import { at } from './fakes/blows.ts'
import { noCensus } from './fakes/census.ts'
import { type Call, directly, processOf } from './fakes/process.ts'
import { fakeSecret } from './fakes/secret.ts'
import { singleSlotTarget } from './fakes/single-slot-target.ts'
import { silentTelemetry } from './fakes/telemetry.ts'
import { SECRET_ARN, secretWith } from './rotation/secret.ts'
import { listed } from './sweep/listed.ts'
import { retirementDefaults, unwatched } from './sweep/watched.ts'

/**
 * A credential that is swapped. What must hold, whatever happens:
 *
 * - the password that works is in a version that has a label, unless a person has moved or taken away that very label,
 * - a step that fails while its own version alone works is a page, and none while AWSCURRENT works.
 */
const MINUTE_MS = 60_000
const ROTATION_FUNCTION = secretWith({}).rotationFunction ?? ''
const labels: readonly Label[] = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']

const blow = fc.option(
  fc.record({ at: fc.integer({ min: 1, max: 8 }), how: fc.constantFrom('killed before', 'killed after') }),
  { nil: undefined, freq: 3 },
)
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('a rotation is asked for') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('a step is delivered'),
      step: fc.constantFrom(...steps),
      token: fc.nat({ max: 2 }),
      blow,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('the service tries the rotation'), blow }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('the sweep runs') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('time passes'),
      minutes: fc.constantFrom<number>(1, 11, 61, 1500),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('a person stores AWSCURRENT again') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('a person cancels the rotation') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('labels cannot be moved'), isSo: fc.boolean() }),
  },
)
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never

async function play(events: readonly Event[]): Promise<string[]> {
  const clock = { now: Date.parse('2026-01-04T03:00:00.000Z') }
  const target = singleSlotTarget('one')
  const secret = fakeSecret(
    () => clock.now,
    [[['AWSCURRENT'], JSON.stringify({ user: 'app', password: 'one' })]],
  )
  secret.tag('overlap:mode', 'enforce')
  const broken: string[] = []
  let stuck = false
  let edits = 0

  const works = (version = '') => {
    const value = secret.value(version)
    return value !== undefined && target.works(JSON.parse(value))
  }
  const storeFor = (call: Call): SecretStore => {
    const store = secret.storeFor(call)
    const refused = () => Promise.reject(new OverlapError('SECRETS_MANAGER_FAILED', 'labels cannot be moved'))
    return { ...store, moveLabel: (...given) => (stuck ? refused() : store.moveLabel(...given)) }
  }
  const after = () => {
    clock.now += 1
    if (!labels.some((label) => works(secret.holder(label))))
      broken.push('no label leads to the password that works')
  }

  const deliver = async (
    step: Step,
    token: string,
    given: { at: number; how: 'killed before' | 'killed after' } | undefined,
  ) => {
    const delivery = processOf(
      (call) =>
        rotate(
          {
            store: storeFor(call),
            adapterFor: () => target.adapterFor(call),
            lineage: lineage(() => clock.now),
            deployment: 'overlap',
            holdOf: () => undefined,
            sleep: async () => {},
          },
          { step, secretId: SECRET_ARN, token, rotationToken: undefined },
        ),
      { after, ...(given === undefined ? {} : { strike: at(given.at, given.how) }) },
    )
    await delivery.run()
    const error = delivery.failure()
    if (error === undefined) return delivery.state() === 'ended'
    if (!(error instanceof OverlapError)) broken.push(`unexpected: ${error}`)
    else {
      const how = isDeferred(error) ? 'deferral' : severityOf(error)
      const [current, own] = [works(secret.holder('AWSCURRENT')), works(token)]
      if (how === 'page' ? current : own && !current)
        broken.push(`${step} failed with ${error.code} as a ${how}`)
    }
    return false
  }

  const happen = async (one: Event): Promise<unknown> => {
    switch (one.do) {
      case 'a rotation is asked for':
        return secret.rotate()
      case 'a step is delivered': {
        const ids = secret.versionIds()
        return deliver(one.step, ids.at(-1 - (one.token % ids.length)) ?? '', one.blow)
      }
      case 'the service tries the rotation': {
        const token = secret.holder('AWSPENDING')
        if (token === undefined) return
        for (const step of steps) if (!(await deliver(step, token, one.blow))) return
        return secret.rotated(token)
      }
      case 'the sweep runs':
        return sweep({
          store: storeFor(directly),
          catalog: {
            async *list() {
              yield listed(secret.describe())
            },
            saveState: async (_secretId, state) => secret.tag(STATE_TAG, encodeState(state)),
            requestRotation: async (_secretId, token) => secret.rotate(token),
          },
          census: noCensus,
          retirers: new Map([
            [
              ROTATION_FUNCTION,
              (request: RetireRequest) =>
                retire({ store: storeFor(directly), retirerFor: () => target.retirerFor(directly) }, request),
            ],
          ]),
          deployment: {
            ...retirementDefaults,
            drainFloorSeconds: 3600,
            abandonSeconds: 86_400,
            schedules: new Map(),
            freezes: [],
          },
          ...unwatched(() => clock.now),
          telemetry: silentTelemetry,
          requestsPerMinute: 60,
          now: () => clock.now,
          sleep: async () => {},
          remaining: () => Number.POSITIVE_INFINITY,
        })
      case 'time passes':
        clock.now += one.minutes * MINUTE_MS
        return
      case 'a person stores AWSCURRENT again': {
        // Twice in a row would leave the password in no labelled version, by hand alone.
        if (!works(secret.holder('AWSCURRENT')) && !works(secret.holder('AWSPENDING'))) return
        const value = JSON.parse(secret.value(secret.holder('AWSCURRENT') ?? '') ?? '{}')
        edits += 1
        return secret.putByHand(JSON.stringify({ ...value, note: `edit ${edits}` }))
      }
      case 'a person cancels the rotation':
        return secret.cancelRotation()
      case 'labels cannot be moved':
        stuck = one.isSo
        return
    }
  }
  for (const one of events) {
    await happen(one)
    after()
  }
  return [...new Set(broken)]
}

describe('whatever happens to a secret whose password is swapped', () => {
  it('its password is not lost, and somebody is told when consumers are kept out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), async (events) => {
        expect(await play(events)).toEqual([])
      }),
      { numRuns: Number(process.env.HISTORIES ?? 400) },
    )
  }, 600_000)
})
