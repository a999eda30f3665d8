import { setTimeout as sleep } from 'node:timers/promises'

/** True when no process has this id. */
export function gone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Waits for a condition; throws after 20 s, saying what did not come. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited 20 s until ${what}`)
    await sleep(10)
  }
}
