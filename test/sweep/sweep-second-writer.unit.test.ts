import { afterEach, describe, expect, it, vi } from 'vitest'
import { encodeState, STATE_TAG, type SweepState } from '../../lambdas/sweep/state.ts'
import {
  answering,
  DAY_MS,
  drained,
  draining,
  enforced,
  HOUR_MS,
  logged,
  long,
  MINUTE_MS,
  reports,
  sighted,
} from './drained-secret.ts'
import type { Fleet } from './fleet.ts'
import { NOW_MS } from './recorded-fleet.ts'
import { nobody } from './watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const writes = (swept: Fleet, drain: NonNullable<SweepState['drain']>) =>
  swept.tag('shop', { [STATE_TAG]: encodeState({ drain }) })

describe('what somebody else writes into the tag while a pass is under way', () => {
  it('that a person has disabled the version is neither written over nor undone, whatever the look saw', async () => {
    for (const drain of [
      { ...long, seen: NOW_MS - HOUR_MS },
      { version: 'old', since: NOW_MS - HOUR_MS },
    ]) {
      const { swept, drain: now } = draining(drain, logged, {
        retire: answering({
          inspect: async () => {
            writes(swept, { version: 'old', since: drain.since, off: NOW_MS })
            return { outcome: 'inspected', ...nobody, sightings: [reports] }
          },
        }),
      })
      await swept.pass()
      expect(now()).toEqual({ version: 'old', since: drain.since, off: NOW_MS })
      expect(swept.calls).not.toContain('enable old of shop')
    }
  })

  it('nor is it put back as an attempt that was cut off', async () => {
    const { swept, drain } = draining({ ...long, seen: NOW_MS - HOUR_MS }, enforced, {
      retire: answering({
        inspect: async () => {
          writes(swept, { ...long, off: NOW_MS })
          return { outcome: 'inspected', ...nobody }
        },
      }),
    })
    await swept.pass()
    expect([drain(), swept.calls.includes('enable old of shop')]).toEqual([{ ...long, off: NOW_MS }, false])
  })

  it('that consumers are there stays, and so does a later use', async () => {
    const later = { ...long, rolled: NOW_MS - 2 * DAY_MS, seen: NOW_MS + MINUTE_MS }
    const { swept, drain } = draining({ version: 'old', since: long.since }, enforced, {
      retire: answering({
        inspect: async () => {
          writes(swept, later)
          return sighted()
        },
      }),
    })
    await swept.pass()
    expect(drain()).toEqual(later)
  })

  it('that consumers have to come again is not written over one that is disabled', async () => {
    const rolled = { ...long, rolled: NOW_MS - 2 * DAY_MS }
    const { swept, drain } = draining(
      rolled,
      { ...enforced, 'overlap:consumers': 'ecs:shop/api' },
      {
        rollout: async () => {
          writes(swept, { ...rolled, off: NOW_MS })
          return { state: 'absent' }
        },
      },
    )
    await swept.pass()
    expect(drain()).toEqual({ ...rolled, off: NOW_MS })
  })
})

describe('a version that was disabled by whoever died before the tag said so', () => {
  it('is put back by the next pass, though a session that outlived its password was seen since', async () => {
    const { swept } = draining({ ...long, seen: NOW_MS - MINUTE_MS })
    await swept.pass()
    expect(swept.calls).toContain('enable old of shop')
  })

  it('is put back once for each look, and not in every pass', async () => {
    const { swept } = draining({ ...drained, seen: NOW_MS - MINUTE_MS })
    for (let pass = 0; pass < 12; pass++) {
      await swept.pass()
      swept.clock.now += 5 * MINUTE_MS
    }
    expect(swept.calls.filter((call) => call.startsWith('enable'))).toHaveLength(4)
    expect(swept.calls.filter((call) => call.startsWith('inspect'))).toHaveLength(4)
  })
})
