import type { Sandbox } from './sandbox.ts'

/** How often alarms are looked at. */
const MINUTE_MS = 60_000

/**
 * Lets time pass, in milliseconds by the sandbox's clock. Not from under a function that is at work: what it writes down would be of another day. And
 * not before alarms have looked at what was measured last, which they do at the end of a minute: after a long jump it would be old.
 */
export async function letPass(
  { clock, settled }: Pick<Sandbox, 'clock' | 'settled'>,
  ms: number,
): Promise<void> {
  await settled()
  const end = clock.now() + ms
  if (ms > 2 * MINUTE_MS) {
    clock.advance(MINUTE_MS)
    await settled()
  }
  clock.advance(Math.max(0, end - clock.now()))
}
