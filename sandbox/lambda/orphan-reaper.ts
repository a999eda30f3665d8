import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that outlives this one, however this one ends, and then ends the processes that it was told of. */
export interface OrphanReaper {
  watch(pid: number): void
  forget(pid: number): void
  /** Ends the reaper, and whatever it still watches. */
  close(): Promise<void>
}

export function startOrphanReaper(): OrphanReaper {
  // Detached, so that Ctrl-C in a terminal reaches only the host, which then ends its processes in order.
  const reaper = spawn(process.execPath, [fileURLToPath(new URL('./orphan-reaper.cjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  })
  const ended = once(reaper, 'close')
  // A reaper that was killed from outside takes no more names; the host still ends its own processes.
  reaper.stdin.on('error', () => {})
  return {
    watch: (pid) => void reaper.stdin.write(`+${pid}\n`),
    forget: (pid) => void reaper.stdin.write(`-${pid}\n`),
    async close() {
      reaper.stdin.end()
      await ended
    },
  }
}
