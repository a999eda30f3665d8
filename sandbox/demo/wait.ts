import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 30_000
const PAUSE_MS = 20

/** Asks until there is an answer. Throws when `signal` aborts, and after 30 s, naming what was waited for. */
export async function until<T>(
  what: string,
  signal: AbortSignal,
  answer: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    signal.throwIfAborted()
    const found = await answer()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS / 1000} s until ${what}`)
    await sleep(PAUSE_MS, undefined, { signal })
  }
}
