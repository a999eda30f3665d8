import { patienceOf, type SharedOptions } from './options.ts'
import type { PlacedKey } from './place.ts'
import { keyWith } from './placed-key.ts'

/** Lists are late, too. How long a key that is not listed may be a new one, and one that is listed as inactive may work. Milliseconds. */
export const LISTED_MS = 5_000
/** Between two looks at a list. Milliseconds. */
export const LOOK_AGAIN_MS = 2_500
/** One refusal of a key that is listed as active proves nothing: how often it is asked for again. */
const MORE_TIMES = 3

export interface Recheck {
  /** Waits until the place may know a key that it did not know; false when that is not worth while. */
  again(): Promise<boolean>
  /** Was there no time left for that? Then nothing is known of the key. */
  isTimeUp(): boolean
  /** Did the place list it as active all the same? */
  isListedActive(): boolean
}

/** `worksSince`: when the key was activated, where that is known. */
export function rechecking<C>(options: SharedOptions<C>, key: C, worksSince?: number): Recheck {
  const { everyMs, freshMs } = patienceOf(options)
  const { place, codec, now, sleep, remaining } = options
  const id = codec.keyId(key)
  const began = now()
  // Counted, too: a clock may stand still.
  let waited = 0
  let times = 0
  let listed: PlacedKey | undefined
  let isTimeUp = false

  /** How long to wait; undefined: not at all. */
  const pause = async (): Promise<number | undefined> => {
    const moment = Math.max(now(), began + waited)
    const unless = (isOver: boolean, ms: number) => (isOver ? undefined : ms)
    if (worksSince !== undefined)
      return unless(times >= MORE_TIMES && moment >= worksSince + freshMs, everyMs)
    if (listed?.active !== true) listed = keyWith(await place.keys(key), id)
    if (listed?.active !== true) return unless(moment >= began + LISTED_MS, LOOK_AGAIN_MS)
    const since = listed.record?.state === 'live' ? listed.record.since : 0
    return unless(times >= MORE_TIMES && moment >= Math.max(listed.created ?? 0, since) + freshMs, everyMs)
  }
  return {
    async again() {
      const ms = await pause()
      isTimeUp = ms !== undefined && remaining() < ms
      if (ms === undefined || isTimeUp) return false
      await sleep(ms)
      waited += ms
      times += 1
      return true
    },
    isTimeUp: () => isTimeUp,
    isListedActive: () => listed?.active === true,
  }
}
