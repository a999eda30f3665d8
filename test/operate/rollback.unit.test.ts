import { describe, expect, it, vi } from 'vitest'
import type { RequestOf } from '../../lambdas/operate/request.ts'
import { rollback } from '../../lambdas/operate/rollback.ts'
import type { AskedRotation } from '../../lambdas/rotation/asked-rotation.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { SecretDescription } from '../../lambdas/rotation/secret-store.ts'
import { SECRET_ARN } from '../rotation/secret.ts'
import { draining, NOW, OLD } from './draining.ts'
import { settings } from './operating.ts'

const asking = (to?: string): RequestOf<'rollback'> => ({
  action: 'rollback',
  target: { secret: 'app/db' },
  to,
  reason: 'orders cannot log in',
  by: 'ann@desk',
})

function goingBack(
  answer: Awaited<ReturnType<AskedRotation['rollback']>> | OverlapError,
  ...given: Parameters<typeof draining>
) {
  const world = draining(...given)
  const asked = vi.fn<AskedRotation['rollback']>(async () => {
    if (answer instanceof OverlapError) throw answer
    return answer
  })
  const run = (request: RequestOf<'rollback'>, different: object = {}, secret?: SecretDescription) => {
    const { operating, subject } = world.by()
    const functions = { ...subject.functions, rotate: { ...world.rotate, rollback: asked } }
    return rollback(
      { ...operating, ...different },
      { ...subject, ...(secret && { secret }), functions },
      request,
    )
  }
  return { ...world, run, rollbackAsked: asked }
}
const done = { outcome: 'rolled-back', versionId: OLD, replaced: NOW } as const

describe('rollback', () => {
  it.each([
    [undefined, { from: NOW }],
    [OLD, { to: OLD, from: NOW }],
  ])(
    'to %s asks the rotation function, and says what was not taken away and what comes next',
    async (to, wanted) => {
      const { run, rollbackAsked, records } = goingBack(done)
      expect(await run(asking(to))).toEqual({
        secret: SECRET_ARN,
        name: 'app/db',
        outcome: 'rolled-back',
        information: [
          `version ${OLD} works and is AWSCURRENT again; version ${NOW} was not taken away, and drains`,
          expect.stringMatching(/sweep brings declared consumers back/),
        ],
        run: 'npm run overlap -- status app/db',
      })
      expect(rollbackAsked.mock.calls).toEqual([[SECRET_ARN, wanted]])
      expect(records).toEqual([
        expect.objectContaining({
          event: 'rolled-back',
          version: OLD,
          by: 'ann@desk',
          reason: 'orders cannot log in',
        }),
      ])
    },
  )

  it.each([
    { to: undefined, labels: { [OLD]: ['AWSCURRENT'], [NOW]: ['AWSPREVIOUS', 'DRAINING'] }, already: true },
    { to: undefined, labels: { [OLD]: ['AWSCURRENT'], [NOW]: ['AWSPREVIOUS'] }, already: true },
    { to: NOW, labels: { [OLD]: ['AWSCURRENT'], [NOW]: ['AWSPREVIOUS'] }, already: false },
    { to: undefined, labels: { [NOW]: ['AWSCURRENT'], [OLD]: ['AWSPREVIOUS'] }, already: false },
    { to: undefined, labels: { [OLD]: ['AWSCURRENT'] }, already: false },
  ])(
    'asked again to $to, with labels $labels, says that it was done: $already',
    async ({ to, labels, already }) => {
      const { run, secret, by } = goingBack(new OverlapError('NO_WAY_BACK', 'newer'))
      const [older, newer] = [new Date('2026-01-01'), new Date('2026-01-02')]
      const described = { ...secret.describe(), versions: new Map(Object.entries(labels)) }
      const { operating } = by()
      const secrets = {
        ...operating.secrets,
        createdDates: async () =>
          new Map([
            [OLD, older],
            [NOW, newer],
          ]),
      }
      const asked = run(asking(to), { secrets }, described)
      if (!already) return expect(asked).rejects.toMatchObject({ code: 'NO_WAY_BACK' })
      expect(await asked).toMatchObject({
        outcome: 'already-rolled-back',
        information: [
          `already rolled back from version ${NOW} to version ${OLD}, which is AWSCURRENT: nothing was done`,
        ],
      })
    },
  )

  it('of a secret on hold says that consumers wait for its end', async () => {
    const { run } = goingBack(done, { 'overlap:hold': '2026-12-27T00:00:00.000Z year-end' })
    expect((await run(asking())).information).toContainEqual(
      expect.stringMatching(
        /on hold until 2026-12-27T00:00:00Z.*no consumer is brought back.*Run: npm run overlap -- release app\/db/,
      ),
    )
  })

  it('in a freeze says so', async () => {
    const { run } = goingBack(done)
    const freezes = [{ from: 0, until: Date.parse('2026-12-27T00:00:00Z'), reason: 'year-end' }]
    expect((await run(asking(), { settings: { ...settings, freezes } })).information).toContainEqual(
      expect.stringMatching(/frozen until.*Restart them yourself/),
    )
  })

  it('to what is AWSCURRENT already is nothing, and no second word of it is kept', async () => {
    const { run, records } = goingBack({ outcome: 'rolled-back', versionId: NOW, replaced: OLD })
    expect(await run(asking(NOW))).toMatchObject({
      outcome: 'rolled-back',
      information: [expect.stringMatching(/nothing was done/)],
    })
    expect(records).toEqual([])
  })

  it('is done, whatever becomes of the journal', async () => {
    const { run, watcher } = goingBack(done)
    const record = () => Promise.reject(new OverlapError('JOURNAL_FAILED', 'throttled'))
    expect(await run(asking(), { watcher: { ...watcher, record } })).toMatchObject({
      outcome: 'rolled-back',
      information: expect.arrayContaining([expect.stringMatching(/it is done, and could not be written/)]),
    })
  })

  it.each(['NO_WAY_BACK', 'LEAKED', 'LABELS_MOVED'] as const)(
    'that is refused with %s keeps the reason',
    async (code) => {
      const { run, records } = goingBack(new OverlapError(code, 'it was removed'))
      await expect(run(asking())).rejects.toMatchObject({ code, message: 'it was removed' })
      expect(records).toEqual([])
    },
  )

  it.each(['UNREACHABLE', 'TIME_UP', 'UNEXPECTED'] as const)(
    'that ends with %s may have been done, and says how to see',
    async (code) => {
      const { run } = goingBack(new OverlapError(code, 'no answer'))
      await expect(run(asking())).rejects.toMatchObject({
        code,
        message: expect.stringMatching(
          /no answer\. Whether AWSCURRENT was moved is not known; nothing was revoked/,
        ),
        detail: { statement: 'npm run overlap -- status app/db' },
      })
    },
  )
})
