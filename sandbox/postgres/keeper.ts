import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface KeptCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly user: { readonly uid: number; readonly gid: number; readonly other: boolean }
  /** Path of the file that its output is appended to. */
  readonly log: string
}

/** A process that ends, at the latest, when this one does. */
export interface KeptProcess {
  readonly pid: number
  /** Resolves with what it ended by, e.g. `exit code 1` or `SIGKILL`. */
  readonly exited: Promise<string>
  /** What it ended by; undefined while it runs. */
  ending(): string | undefined
  signal(name: NodeJS.Signals): void
}

/**
 * Starts and ends the processes of one run. It is a process in a session of its own, so that it still acts when this one is killed.
 */
export interface Keeper {
  readonly pid: number | undefined
  run(command: KeptCommand): Promise<KeptProcess>
  /** From here on it holds nothing alive: a program that forgets to stop its server ends nonetheless, and the server with it. */
  release(): void
  /** Ends every process and removes the run's folders. May be called twice. */
  end(): Promise<void>
}

type Report =
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }
  | {
      readonly type: 'exited'
      readonly id: number
      readonly code: number | null
      readonly signal: string | null
    }

interface Listener {
  started(pid: number): void
  failed(error: Error): void
  exited(how: string): void
}

/**
 * Returns at once: what it is told to run waits until it is up.
 * @param folders the keeper's to remove, from the moment of this call
 */
export function startKeeper(folders: readonly string[]): Keeper {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, [fileURLToPath(new URL('keeper.mjs', import.meta.url)), ...folders], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env,
  })
  const listeners = new Map<number, Listener>()
  const pids = new Set<number>()
  let asked = false
  let nextId = 0

  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  child.on('message', (message) => {
    const report = message as Report
    const listener = listeners.get(report.id)
    if (report.type === 'failed') listener?.failed(new Error(report.reason))
    if (report.type === 'exited') listener?.exited(report.signal ?? `exit code ${report.code}`)
    if (report.type === 'started') {
      pids.add(report.pid)
      listener?.started(report.pid)
    }
  })
  void gone.then(() => {
    if (!asked) abandon(folders, pids)
    for (const listener of listeners.values()) {
      listener.failed(new Error('The process that keeps the sandbox’s PostgreSQL has ended.'))
      listener.exited('an unknown end')
    }
  })

  return {
    pid: child.pid,
    run: (command) =>
      new Promise<KeptProcess>((resolve, reject) => {
        const id = nextId++
        const { user, ...rest } = command
        if (!child.connected) return reject(new Error('The keeper has ended.'))
        let ending: string | undefined
        const exited = new Promise<string>((resolveExited) => {
          listeners.set(id, {
            started: (pid) => resolve({ pid, exited, ending: () => ending, signal }),
            failed: reject,
            exited: (how) => {
              ending = how
              resolveExited(how)
            },
          })
        })
        const signal = (name: NodeJS.Signals): void => {
          if (child.connected) child.send({ type: 'signal', id, signal: name })
        }
        // spawn takes signed ids.
        child.send({
          type: 'run',
          id,
          ...rest,
          ...(user.other ? { uid: user.uid | 0, gid: user.gid | 0 } : {}),
        })
      }),
    release: () => {
      child.unref()
      child.channel?.unref()
    },
    end: async () => {
      asked = true
      child.ref()
      if (child.connected) child.disconnect()
      await gone
    },
  }
}

/** The keeper was killed and nobody else is left to end what it ran. A pid counts only while its own data directory names it. */
function abandon(folders: readonly string[], pids: ReadonlySet<number>): void {
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      const pid = readPostmasterPid(join(folder, name))
      if (pid !== undefined && pids.has(pid)) process.kill(pid, 'SIGQUIT')
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

function readPostmasterPid(dataDirectory: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}
