import { afterEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_THRESHOLDS } from '../../lambdas/inventory/entry.ts'
import { type WidgetFunction, widgetHandler } from '../../lambdas/inventory/widget-handler.ts'
import { OverlapError } from '../../lambdas/rotation/errors.ts'
import type { ListedSecret } from '../../lambdas/sweep/listed-secret.ts'
import { recordedTelemetry } from '../fakes/telemetry.ts'
import { retirementDefaults } from '../sweep/watched.ts'
import { daysAgo, listed, NOW, OUR_FUNCTION, ours, REGION } from './account.ts'

const dates = new Map([
  ['new', daysAgo(120)],
  ['old', daysAgo(365)],
])

/** The function over these secrets, which says how long it may still run each time it looks. */
function widgetOver(secrets: readonly ListedSecret[], changes: Partial<WidgetFunction> = {}) {
  const recorded = recordedTelemetry(() => NOW)
  const asked: string[] = []
  const handler = widgetHandler({
    telemetry: recorded.telemetry,
    environment: {
      functions: [{ rotate: OUR_FUNCTION, retire: OUR_FUNCTION }],
      deployment: {
        ...retirementDefaults,
        drainFloorSeconds: 3_600,
        abandonSeconds: 86_400,
        schedules: new Map(),
        freezes: [],
      },
    },
    thresholds: DEFAULT_THRESHOLDS,
    async *secretsFor() {
      yield* secrets
    },
    createdDatesFor: () => async (arn) => {
      asked.push(arn)
      return dates
    },
    ...changes,
  })
  const call = (event: unknown, remaining: () => number = () => 30_000) =>
    handler(event, {
      getRemainingTimeInMillis: remaining,
      invokedFunctionArn: `arn:aws:lambda:${REGION}:111122223333:function:overlap-inventory`,
    })
  return { call, asked, logs: recorded.logs }
}

const secrets = Array.from({ length: 20 }, (_, at) => listed(`s${at}`))

describe('the widget function', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  it('describes itself', async () => {
    const { call, asked } = widgetOver(secrets)
    expect(await call({ describe: true })).toMatch(/^## Overlap/)
    expect(asked).toEqual([])
  })

  it('says of what its deployment left behind that nothing rotates it', async () => {
    const rotationFunction = OUR_FUNCTION.replace(/main$/, 'gone')
    const { call } = widgetOver([ours('kept'), ours('left', { rotationFunction })])
    expect((await call({ view: 'stale' })).match(/Put back what was taken out/g)).toHaveLength(1)
  })

  it('lists what is stale, and remembers the ages that it looked up', async () => {
    const { call, asked } = widgetOver(secrets)
    for (const _ of [1, 2]) {
      const html = await call({ view: 'stale' })
      expect(html).toContain('20 of 20 secrets')
      expect(html).toContain('120 days')
    }
    expect(asked).toHaveLength(20)
  })

  it('looks up ages only while there is time, says of how many it did not, and comes further next time', async () => {
    let left = 30_000
    const { call, asked } = widgetOver(secrets, {
      createdDatesFor: () => async (arn) => {
        asked.push(arn)
        left -= 1_500
        return dates
      },
    })
    const first = await call({ view: 'stale' }, () => left)
    expect(asked.length).toBeLessThan(20)
    expect(first).toContain(`There was no time to look up the age of ${20 - asked.length} secrets.`)
    expect(first).toContain('20 of 20 secrets')
    left = 30_000
    expect(await call({ view: 'stale' }, () => left)).not.toContain('There was no time')
  })

  it('stops listing when its time is up, and says that there is more', async () => {
    let left = 30_000
    const { call } = widgetOver([], {
      async *secretsFor() {
        for (let at = 0; ; at += 1) {
          left -= 10
          yield listed(`s${at}`)
        }
      },
    })
    expect(await call({ view: 'stale' }, () => left)).toMatch(
      /The list ends after \d{4} secrets: time was up\./,
    )
  })

  it('shows what was listed before the listing failed, and why it ends', async () => {
    const { call } = widgetOver([], {
      async *secretsFor() {
        yield* secrets.slice(0, 3)
        throw new OverlapError('SECRETS_MANAGER_FAILED', 'ListSecrets failed: <throttled>')
      },
    })
    const html = await call({ view: 'stale' })
    expect(html).toContain('3 of 3 secrets')
    expect(html).toContain(
      'The list ends after 3 secrets: SECRETS_MANAGER_FAILED: ListSecrets failed: &lt;throttled&gt;',
    )
  })

  it.each([
    [
      'an event that it does not understand',
      { view: '<b>' },
      undefined,
      'EVENT_INVALID',
      'view must be one of',
    ],
    [
      'a right that it lacks',
      { view: 'stale' },
      new OverlapError('SECRETS_MANAGER_FAILED', 'AccessDenied <arn>'),
      'SECRETS_MANAGER_FAILED',
      'AccessDenied &lt;arn&gt;',
    ],
    [
      'a mistake of its own, which it does not tell',
      { view: 'stale' },
      new TypeError('secret stuff'),
      'UNEXPECTED',
      'unexpected error',
    ],
  ])(
    "answers %s with something to read, in the viewer's colours, and logs it",
    async (_, event, error, code, message) => {
      const { call, logs } = widgetOver([], {
        // biome-ignore lint/correctness/useYield: it fails at once.
        async *secretsFor() {
          if (error) throw error
        },
      })
      const html = await call({ ...event, widgetContext: { theme: 'dark' } })
      expect(html).toContain('class="overlap dark"')
      expect(html).toContain(`<b>${code}</b>`)
      expect(html).toContain(message)
      expect(html).not.toContain('secret stuff')
      expect(logs()).toEqual([expect.objectContaining({ level: 'WARN', kind: 'inventory', reason: code })])
    },
  )
})
